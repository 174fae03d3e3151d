"""Reads from the records which commands of a container wait for a command of another thread."""

from __future__ import annotations

import asyncio

from hermes.aws.records.stores import Stores
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions.preemption import Preemption
from hermes.domain.interrupts import Preempted


class Precedence:
    """Reads the order of commands across threads; changes nothing."""

    def __init__(self, *, stores: Stores) -> None:
        self._preemptions = stores.preemptions
        self._commands = stores.commands

    async def below(self, command: Command) -> tuple[Preemption | None, list[Command]]:
        """The preemption that this command holds, and the open commands that it comes before; `(None, [])` where it holds none."""
        standing = await self._preemptions.get(command.container_key) if command.rank is not None else None
        if standing is None or standing.by_command != command.command_id:
            return None, []
        return standing, [other for other in await self._open(command.container_key) if standing.over(other)]

    async def waiting_for(self, command: Command) -> list[Command]:
        """The commands that were put aside for this one, started or not, and continue after it."""
        _, others = await self.below(command)
        return sorted(filter(_goes_on, others), key=lambda other: other.accepted_at)

    async def sent_after(self, ended: Command) -> list[Command]:
        """The commands that waited for one that has ended and may be sent now. Any that this misses is sent when it is due."""
        _, others = await self.below(ended)
        return [other for other in others if other.state is CommandState.ACCEPTED]

    async def _open(self, key: str) -> list[Command]:
        """The open commands of a container: found by an index that may be a second late, then read consistently."""
        found = [
            timer.command_id for timer in await self._commands.due(before=None, most=None) if timer.container_key == key
        ]
        read = await asyncio.gather(*(self._commands.get(command_id) for command_id in found))
        return [command for command in read if command is not None and not command.state.terminal]


def _goes_on(command: Command) -> bool:
    """Whether the command is not being stopped for good."""
    stopped = command.interruption is not None and not command.interruption.preempted
    return command.if_preempted is Preempted.REQUEUE and not stopped
