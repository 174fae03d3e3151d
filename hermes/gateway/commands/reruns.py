"""Reruns: a command that was cut short, or that gave way to another thread, is accepted again as its next attempt."""

from __future__ import annotations

from collections.abc import Sequence

from hermes.aws import tables
from hermes.aws.once import once
from hermes.aws.records.stores import Stores
from hermes.domain import events, lifecycle, wire
from hermes.domain.commands import Command
from hermes.domain.effects import Effects, SendAgain, SendReply
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptReason
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import KeptWork, Open, ReplyKind, RequestFacts
from hermes.gateway.commands.notices import Notices, put_aside


class Reruns:
    """Writes each rerun once, and tells the person if it waits for another thread."""

    def __init__(
        self,
        *,
        stores: Stores,
        notices: Notices,
        timing: lifecycle.Timing,
        env: Env,
    ) -> None:
        self._tables = stores.tables
        self._commands = stores.commands
        self._outbox = stores.outbox
        self._preemptions = stores.preemptions
        self._sessions = stores.sessions
        self._notices = notices
        self._timing = timing
        self._env = env

    async def yielded(self, command: Command, result: wire.ResultMessage) -> bool:
        """Whether a newer mail of another thread stopped it: by the record, or by the level if the worker saw that first."""
        if command.interruption is not None:
            return command.interruption.preempted
        if result.interrupt_reason is not InterruptReason.PRIORITY_OVERRIDE:
            return False
        if await self._preemptions.over(command) is None:
            return False
        session = await self._sessions.get(
            command.session_id
        )  # its own thread decides: a command that a mail of its thread stopped ends
        return session is None or command.seq >= session.interrupt_upto

    async def again(
        self, command: Command, result: wire.ResultMessage, *, yielded: bool, also: Sequence[tables.Write] = ()
    ) -> tuple[Command, Effects]:
        """Accept it again, with `also` in the same transaction; returns the new record and the effects.

        Raises `errors.ConditionFailed` if it went on meanwhile.
        """
        now, token = self._env.now(), self._env.new_id()
        reason = result.interrupt_reason or InterruptReason.SYSTEM_SHUTDOWN
        what = "gave way" if yielded else "cut short"
        detail = f"attempt {command.attempt} {what}: {reason.value}"
        step = lifecycle.rerun(
            command,
            context=_context(command, result, reason),
            what=what,
            detail=detail,
            yielded=yielded,
            token=token,
            now=now,
            timing=self._timing,
        )
        notice = await self._notice(command, result) if yielded else None
        writes = [self._commands.write(step), *also, *([self._outbox.add(notice)] if notice else [])]
        await once(
            self._tables.transact(writes),
            look=lambda: self._commands.get(command.command_id),
            ours=lambda current: current.timer_token == token,
        )
        self._env.crash_point("rerun.recorded")
        changed = await self._commands.get(command.command_id) or command
        self._env.emit(events.of_command("command.rerun", now, f"{detail}; it runs again", changed))
        return changed, (*([SendReply(notice)] if notice is not None else []), SendAgain(changed))

    async def _notice(self, command: Command, result: wire.ResultMessage) -> Reply | None:
        """The notice that it waits, for which mail, and where its work is; None if there is one already."""
        which = put_aside(command)
        if await self._outbox.get(f"{command.command_id}#{which}") is not None:
            return None
        standing = await self._preemptions.get(command.container_key)
        newer = await self._commands.get(standing.by_command) if standing is not None else None
        return self._notices.written(
            command,
            which,
            Open(
                kind=ReplyKind.PUT_ASIDE,
                request=RequestFacts(instruction=command.title),
                work=KeptWork.of(result),
                newer=newer.title if newer is not None else "",
            ),
        )


def _context(command: Command, result: wire.ResultMessage, reason: InterruptReason) -> wire.CommandContext:
    """The context of the next attempt, which continues from the newest commit of any attempt."""
    earlier = command.context.previous if command.attempt > 1 else None
    pushed = result.branch if result.pushed else None
    previous = wire.Previous(
        command_id=command.command_id,
        instruction=command.instruction[:2000],
        reason=reason,
        commit=result.git_commit or (earlier.commit if earlier is not None else None),
        branch=pushed if result.git_commit else (earlier.branch if earlier is not None else None),
    )
    return command.context.model_copy(update={"previous": previous})
