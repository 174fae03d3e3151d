"""Witness: checks progress messages against the container and nonce of their command, read once for each command."""

from __future__ import annotations

import collections

from hermes.aws.records import commands as command_records
from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.decisions import provenance

#: Commands that are remembered; others are read again.
_KEPT = 10_000


class Witness:
    """Checks `started` and `progress` messages, of which a command has many."""

    def __init__(self, *, commands: command_records.Commands) -> None:
        self._commands = commands
        self._known: collections.OrderedDict[str, Command] = collections.OrderedDict()

    async def doubt(self, message: wire.Started | wire.Progress, via: provenance.Via) -> str | None:
        """Why the message does not count; None if it does. Raises `errors.Transient`."""
        known = self._known.get(message.command_id)
        # A message without a nonce may not count once a worker has claimed the command; the record says so.
        if known is not None and message.nonce is not None and not _doubt(known, message, via):
            return None
        command = await self._commands.get(message.command_id)  # not known here, or it has a later attempt
        if command is None:
            return "no record knows this command"
        self.note(command)
        return _doubt(command, message, via)

    def note(self, command: Command) -> None:
        """Note that a command was sent and will report."""
        light = {"context": "", "instruction": "", "history": (), "result": None}
        self._known[command.command_id] = command.model_copy(update=light)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)


def _doubt(command: Command, message: wire.Started | wire.Progress, via: provenance.Via) -> str | None:
    return provenance.doubt(command, via, attempt=message.attempt, nonce=message.nonce)
