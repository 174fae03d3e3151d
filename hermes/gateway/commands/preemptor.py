"""Preemptor: makes the older commands of a container give way to a newer mail of another thread, and lets them go when that is done.

The level in the records is the truth. It is read where a command is sent, claimed, swept or beaten for, so a message or a process that is
lost costs time and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from hermes import errors
from hermes.aws.records.stores import Stores
from hermes.domain import events, lifecycle
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions.preemption import Preemption
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptReason, Preempted
from hermes.gateway.commands.notices import Notices
from hermes.gateway.replies.replies import first_line
from hermes.mail.write import templates


class Interrupt(Protocol):
    """Stops one command, record first."""

    async def __call__(
        self, command: Command, *, reason: InterruptReason, by: str | None, message: str, preempted: bool
    ) -> None:
        """Repeating it is harmless."""


def put_aside(command: Command) -> str:
    """Which of a command's notices tells that it was put aside: one for each time."""
    return f"aside-{command.let_go}"


class Preemptor:
    """Knows what stands over what."""

    def __init__(
        self,
        *,
        stores: Stores,
        notices: Notices,
        interrupt: Interrupt,
        dispatch: Callable[[Command], Awaitable[None]],
        timing: lifecycle.Timing,
        env: Env,
    ) -> None:
        self._preemptions = stores.preemptions
        self._commands = stores.commands
        self._notices = notices
        self._interrupt = interrupt
        self._dispatch = dispatch
        self._timing = timing
        self._env = env

    async def preempt(self, command: Command) -> None:
        """A command was accepted: stop what gives way to it, if it is the one that stands at the level."""
        standing = await self._preemptions.get(command.container_key)
        if standing is None or standing.by_command != command.command_id:
            return
        for other in await self._open(command.container_key):
            if standing.over(other):
                await self._stop(other, standing)

    async def stop_if_below(self, command: Command) -> bool:
        """Whose process died before it said so: it is said now. True if something stands over this command."""
        standing = await self._preemptions.over(command)
        if standing is None:
            return False
        await self._stop(command, standing)
        return True

    async def cleared(self, command: Command) -> Command | None:
        """An accepted command as it may be sent; None while a newer mail of another thread comes first (or for good)."""
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
            return None  # it went on, by another's hand
        self._env.crash_point("preempted.let_go")
        self._say("command.let_go", "the newer mail of another thread is done; it goes on", let_go)
        return let_go

    async def give_way(self, command: Command) -> None:
        """An accepted command that may not be sent: it waits, and the person is told once; or it ends here."""
        standing = await self._preemptions.over(command)
        if standing is None:
            return
        if command.if_preempted is Preempted.DROP:
            await self._stop(command, standing)
            return
        newer = await self._commands.get(standing.by_command)
        by = first_line(newer.instruction) if newer is not None else ""
        work = {"never_started": True} if command.attempt == 1 else {}
        if await self._notices.say(command, put_aside(command), templates.ReplyKind.PUT_ASIDE, stopped_by=by, **work):
            self._say("command.held", "a newer mail of another thread comes first; the person is told", command)

    async def let_go(self, ended: Command) -> None:
        """A command has ended: send what waited for it. What this misses is sent when it is due."""
        standing = await self._preemptions.get(ended.container_key) if ended.rank is not None else None
        if standing is None or standing.by_command != ended.command_id:
            return
        for other in await self._open(ended.container_key):
            if other.state is CommandState.ACCEPTED and standing.over(other):
                await self._dispatch(other)

    async def waiting_for(self, command: Command) -> list[Command]:
        """What was put aside for this command, before or after it had begun, and goes on once this one has ended."""
        standing = await self._preemptions.get(command.container_key) if command.rank is not None else None
        if standing is None or standing.by_command != command.command_id:
            return []
        others = [
            other for other in await self._open(command.container_key) if standing.over(other) and _goes_on(other)
        ]
        return sorted(others, key=lambda other: other.accepted_at)

    async def _stop(self, other: Command, standing: Preemption) -> None:
        if other.state is CommandState.ACCEPTED and other.if_preempted is Preempted.REQUEUE:
            await self.give_way(other)
        elif other.state is not CommandState.INTERRUPTING:
            self._env.crash_point("preempted.found")
            await self._interrupt(
                other,
                reason=InterruptReason.PRIORITY_OVERRIDE,
                by=standing.by_command,
                message="A newer message in another thread comes first",
                preempted=True,
            )

    async def _open(self, key: str) -> list[Command]:
        """The open commands of a container: found by an index that may be a second late, then read consistently."""
        found = [
            timer.command_id for timer in await self._commands.due(before=None, most=None) if timer.container_key == key
        ]
        read = await asyncio.gather(*(self._commands.get(command_id) for command_id in found))
        return [command for command in read if command is not None and not command.state.terminal]

    def _say(self, name: str, text: str, command: Command) -> None:
        self._env.emit(events.of_command(name, self._env.now(), text, command))


def _goes_on(command: Command) -> bool:
    """Not one that is being stopped for good meanwhile."""
    stopped = command.interruption is not None and not command.interruption.preempted
    return command.if_preempted is Preempted.REQUEUE and not stopped
