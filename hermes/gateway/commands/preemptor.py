"""Preemptor: makes a container's older commands give way to a newer mail of another thread, and releases them afterwards.

The level in the records is the truth. It is read when a command is sent, claimed or swept and at heartbeats, so a lost message or process
costs only time.
"""

from __future__ import annotations

from collections.abc import Sequence

from hermes import errors
from hermes.aws.records.stores import Stores
from hermes.domain import events, lifecycle
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import unstarted
from hermes.domain.decisions.preemption import Preemption
from hermes.domain.effects import Effects
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptReason, Preempted
from hermes.domain.reply_facts import Open, ReplyKind, RequestFacts
from hermes.gateway.commands.interrupter import Interrupter
from hermes.gateway.commands.notices import Notices, put_aside
from hermes.gateway.commands.precedence import Precedence


class Preemptor:
    """Stops and releases commands by the level of their container."""

    def __init__(
        self,
        *,
        stores: Stores,
        notices: Notices,
        interrupter: Interrupter,
        precedence: Precedence,
        timing: lifecycle.Timing,
        env: Env,
    ) -> None:
        self._preemptions = stores.preemptions
        self._commands = stores.commands
        self._notices = notices
        self._interrupter = interrupter
        self._precedence = precedence
        self._timing = timing
        self._env = env

    async def preempt(self, command: Command) -> Effects:
        """Stop what gives way to an accepted command, if the command is the one at the level."""
        standing, others = await self._precedence.below(command)
        if standing is None:
            return ()
        effects: Effects = ()
        for other in others:
            effects += await self._stop(other, standing)
        return effects

    async def stop_if_below(self, command: Command) -> tuple[bool, Effects]:
        """Stop a command whose interrupt was lost with a process; True if another command comes before it."""
        standing = await self._preemptions.over(command)
        return (False, ()) if standing is None else (True, await self._stop(command, standing))

    async def cleared(self, command: Command) -> Command | None:
        """The new record of an accepted command that may be sent; None while another thread's mail comes first, or if it is dropped."""
        standing = await self._preemptions.over(command)
        if standing is None:
            return command
        if command.if_preempted is Preempted.DROP:
            return None
        first = await self._commands.get(standing.by_command)
        if first is not None and not first.state.terminal:
            return None
        now = self._env.now()
        try:
            let_go = await self._commands.step(
                lifecycle.release(command, rank=standing.order, now=now, timing=self._timing)
            )
        except errors.ConditionFailed:
            return None  # another replica has moved it
        self._env.crash_point("preempted.let_go")
        self._say("command.let_go", "the newer mail of another thread is done; it goes on", let_go)
        return let_go

    async def give_way(self, command: Command) -> Effects:
        """Let an accepted command that may not be sent wait, and tell the person once; or end it."""
        standing = await self._preemptions.over(command)
        if standing is None:
            return ()
        if command.if_preempted is Preempted.DROP:
            return await self._stop(command, standing)
        newer = await self._commands.get(standing.by_command)
        notice = Open(
            kind=ReplyKind.PUT_ASIDE,
            request=RequestFacts(instruction=command.title),
            work=unstarted.work(command),
            newer=newer.title if newer is not None else "",
        )
        effects = await self._notices.add(command, put_aside(command), notice)
        if effects:
            self._say("command.held", "a newer mail of another thread comes first; the person is told", command)
        return effects

    async def released(self, ended: Command) -> Sequence[Command]:
        """The commands of other threads that waited for one that has ended and are sent now."""
        return await self._precedence.sent_after(ended)

    async def _stop(self, other: Command, standing: Preemption) -> Effects:
        if other.state is CommandState.ACCEPTED and other.if_preempted is Preempted.REQUEUE:
            return await self.give_way(other)
        if other.state is CommandState.INTERRUPTING:
            return ()
        self._env.crash_point("preempted.found")
        return await self._interrupter.interrupt(
            other,
            reason=InterruptReason.PRIORITY_OVERRIDE,
            by=standing.by_command,
            message="A newer message in another thread comes first",
            preempted=True,
        )

    def _say(self, name: str, text: str, command: Command) -> None:
        self._env.emit(events.of_command(name, self._env.now(), text, command))
