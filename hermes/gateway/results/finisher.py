"""Finisher: writes the final result of a command and its reply in one transaction. The first final result wins."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
from collections.abc import Mapping, Sequence
from typing import Final

from hermes import errors
from hermes.aws import tables
from hermes.aws.once import once
from hermes.aws.records.stores import Stores
from hermes.domain import events, lifecycle, wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import bounds, conclusion, provenance, shares
from hermes.domain.effects import Effects, Release, SendAgain, SendNext, SendReply
from hermes.domain.env import Env
from hermes.domain.reply_facts import DoneKind, ReplyKind, StoppedKind
from hermes.domain.request import CommandType
from hermes.gateway.commands.reruns import Reruns
from hermes.gateway.replies.replies import ReplyWriter, alias_of, scope_of
from hermes.gateway.results.final_facts import Around, FinalFacts

_TRIES = 8
#: Characters of a failure's technical words in an event.
_WHY_CHARS: Final = 1000


class Finish(enum.StrEnum):
    """The outcome of a final report."""

    FINISHED = "finished"
    """The command is terminal now, and its reply is in the outbox."""
    RERUN = "rerun"
    """The command is accepted again as its next attempt."""
    DUPLICATE = "duplicate"
    """The command was terminal already, or a later attempt is under way."""
    KEPT = "kept"
    """The command is no longer in the state for which this end was meant; it continues."""
    DOUBTED = "doubted"
    """Its sender may not speak for this command (see `hermes.domain.decisions.provenance`)."""
    UNKNOWN = "unknown"
    """No record knows the command."""


@dataclasses.dataclass(frozen=True, slots=True)
class Finished:
    """The outcome of a report, the command's new record, and the effects."""

    what: Finish
    command: Command | None = None
    effects: Effects = ()


_KINDS: Final[Mapping[CommandState, DoneKind | StoppedKind]] = {
    CommandState.SUCCEEDED: ReplyKind.SUCCEEDED,
    CommandState.FAILED: ReplyKind.FAILED,
    CommandState.TIMED_OUT: ReplyKind.TIMED_OUT,
    CommandState.NEEDS_INPUT: ReplyKind.NEEDS_INPUT,
    CommandState.INTERRUPTED: ReplyKind.INTERRUPTED,
}


class Finisher:
    """Reads the command, decides, and writes result and reply."""

    def __init__(
        self,
        *,
        stores: Stores,
        writer: ReplyWriter,
        reruns: Reruns,
        facts: FinalFacts,
        env: Env,
    ) -> None:
        self._tables = stores.tables
        self._commands = stores.commands
        self._sessions = stores.sessions
        self._outbox = stores.outbox
        self._usage = stores.usage
        self._costs = stores.costs
        self._writer = writer
        self._reruns = reruns
        self._facts = facts
        self._env = env
        self._writing: set[asyncio.Future[Finished]] = set()

    async def finish(
        self,
        result: wire.ResultMessage,
        *,
        via: provenance.Via | None = None,
        unconfirmed: bool = False,
        only: CommandState | None = None,
    ) -> Finished:
        """Write the final result of a command. Any replica may.

        `via`: the way that a container's report came, which decides whether it may speak for the command.
        `unconfirmed`: the command was to stop and its container never confirmed it. `only`: write nothing unless the
        command is in this state. Shielded from cancellation once begun: it is the only write that a shutdown lets
        end. Raises `errors.Transient`.
        """
        writing = asyncio.ensure_future(self._finish(result, via, unconfirmed, only))
        self._writing.add(writing)  # the loop keeps weak references to tasks, and a cancelled caller drops this one
        writing.add_done_callback(self._writing.discard)
        return await asyncio.shield(writing)

    async def _finish(
        self, result: wire.ResultMessage, via: provenance.Via | None, unconfirmed: bool, only: CommandState | None
    ) -> Finished:
        extras = True
        gone: set[str] = set()
        around: Around | None = None
        for attempt in range(_TRIES):
            command = await self._commands.get(result.command_id)
            if command is None:
                return Finished(Finish.UNKNOWN)
            if via is not None and provenance.doubt(command, via, attempt=result.attempt or None, nonce=result.nonce):
                return Finished(Finish.DOUBTED, command)
            if result.attempt == wire.CURRENT_ATTEMPT:
                result = result.model_copy(update={"attempt": command.attempt})
            if command.state.terminal or command.attempt > result.attempt:
                # It may be accepted again by a replica that died before sending it.
                again = (SendAgain(command),) if command.state is CommandState.ACCEPTED else ()
                return Finished(Finish.DUPLICATE, command, again)
            if only is not None and command.state is not only:
                return Finished(Finish.KEPT, command)
            yielded = await self._reruns.yielded(command, result)
            decided = conclusion.conclude(command, result, preempted=yielded)
            slots = [row for row in command.counted or () if row not in gone]
            try:
                if decided.rerun:
                    spent = self._spent(command, result, self._env.now())
                    changed, effects = await self._reruns.again(command, result, yielded=yielded, also=spent)
                    return Finished(Finish.RERUN, changed, effects)
                if around is None:
                    around = await self._facts.around(command, result)
                return await self._conclude(command, result, decided.state, unconfirmed, extras, slots, around)
            except errors.ConditionFailed as failed:
                # The reply's alias belongs to another session, or a session or count is gone: the end of a command does not wait
                # for that.
                if not {0, 1} & set(failed.items):
                    empty = {row for number, row in enumerate(slots, start=2) if number in failed.items}
                    gone |= empty
                    extras = extras and bool(empty)
            except errors.TransactionBusy:
                pass  # mostly a count that others change too
            await self._env.sleep(0.02 * 2**attempt * (0.5 + self._env.jitter()))
        raise errors.TransactionBusy(f"command {result.command_id} stayed contended")

    async def _conclude(
        self,
        command: Command,
        result: wire.ResultMessage,
        state: CommandState,
        unconfirmed: bool,
        extras: bool,
        slots: Sequence[str],
        around: Around,
    ) -> Finished:
        now = self._env.now()
        kind = _KINDS[state]
        if state is CommandState.INTERRUPTED and unconfirmed:
            kind = ReplyKind.INTERRUPT_UNCONFIRMED
        if state is CommandState.SUCCEEDED and command.context.publishing is not None:
            kind = ReplyKind.TAKEN_BACK if command.context.publishing.takes_back else ReplyKind.PUBLISHED
        elif state is CommandState.SUCCEEDED and not result.files_changed and not result.git_commit:
            kind = ReplyKind.ANSWERED if command.type is CommandType.ASK else ReplyKind.NOTHING_CHANGED
        facts = await self._facts.of(command, result, kind, around)
        reply, *others = self._writer.final(command, facts, session=around.session, also=around.also)
        ended = lifecycle.conclude(
            command,
            state,
            result=bounds.stored(result),
            error=(result.error or "")[:300],
            attempt=result.attempt,
            now=now,
        )
        alias = alias_of(reply, now=now)
        writes: list[tables.Write] = [
            self._commands.write(ended),
            self._outbox.add(reply),
            *(self._usage.give_back(row, now=now) for row in slots),
            *self._spent(command, result, now),
            *([self._sessions.alias(alias)] if alias and extras else []),
        ]
        writes += map(self._outbox.add, others)
        if result.agent_session_id and extras:
            writes.append(self._sessions.remember_agent(command.session_id, result.agent_session_id))
        self._env.crash_point("finish.planned")
        # If our own answer was lost, exactly this reply is in the outbox, with our lease.
        await once(
            self._tables.transact(writes),
            look=lambda: self._outbox.get(reply.reply_id),
            ours=lambda current: (current.raw, current.created_at) == (reply.raw, reply.created_at),
        )
        self._env.crash_point("finish.recorded")
        done = ended.after
        self._say(
            f"command.{state.value}",
            _sentence(state, result),
            done,
            **_times(done),
            **_trouble(done, result),
            **_counted(done, result),
        )
        released = (Release(done),) if done.rank is not None else ()
        sends = map(SendReply, (reply, *others))
        return Finished(Finish.FINISHED, done, (*sends, SendNext(done), *released))

    def _spent(self, command: Command, result: wire.ResultMessage, now: float) -> list[tables.Write]:
        """The writes that add this attempt's cost to the accounts, and to the shares that count it."""
        dollars = shares.dollars(result.cost_usd)
        seconds = now - command.started_at if command.started_at is not None else 0.0
        return [
            self._costs.add(command, dollars=dollars, seconds=seconds, now=now),
            *(self._usage.spend(subject, dollars, now=now) for subject in command.charged or () if dollars),
        ]

    def _say(self, name: str, text: str, command: Command, **more: object) -> None:
        self._env.emit(events.of_command(name, self._env.now(), text, command, **more))


def _trouble(command: Command, result: wire.ResultMessage) -> dict[str, object]:
    """Of a command that failed: what it failed of, and the technical words, which only the operator reads."""
    if command.state is not CommandState.FAILED:
        return {}
    why = " ".join(part for part in (result.error, result.hint) if part)[:_WHY_CHARS]
    return {"fault": (result.fault or errors.Fault.INTERNAL).value, "project": scope_of(command), "why": why}


def _counted(command: Command, result: wire.ResultMessage) -> dict[str, object]:
    """What is counted of an end: why it was stopped, and what it cost."""
    stopped = command.state in (CommandState.INTERRUPTED, CommandState.TIMED_OUT)
    reason = command.interruption.reason if command.interruption is not None else result.interrupt_reason
    cost = shares.dollars(result.cost_usd)
    return {
        **({"interrupt_reason": reason.value} if stopped and reason is not None else {}),
        **({"cost_usd": cost} if cost else {}),
    }


def _times(command: Command) -> dict[str, float]:
    """How long it waited and how long it ran, never below 0: clocks of several machines wrote the record."""
    if command.started_at is None or command.finished_at is None:
        return {}
    dwell, run = command.started_at - command.accepted_at, command.finished_at - command.started_at
    return {"dwell_seconds": round(max(0.0, dwell), 3), "run_seconds": round(max(0.0, run), 3)}


def _sentence(state: CommandState, result: wire.ResultMessage) -> str:
    commit = f"; commit {result.git_commit[:10]} on {result.branch}" if result.git_commit else ""
    saved = "; its work is kept" if result.git_commit else ""
    match state:
        case CommandState.SUCCEEDED:
            return f"done, {len(result.files_changed)} file(s) changed{commit}"
        case CommandState.INTERRUPTED | CommandState.TIMED_OUT:
            return f"stopped{saved}{commit}"
        case (
            CommandState.FAILED
            | CommandState.NEEDS_INPUT
            | CommandState.ACCEPTED
            | CommandState.RUNNING
            | CommandState.INTERRUPTING
        ):
            return f"{state.value}{commit}"
