"""Witness: which container's, and under which nonce, the commands are that signs of life are about; read once for each."""

from __future__ import annotations

import collections

from hermes.aws.records import commands as command_records
from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.decisions import provenance

#: Commands that are remembered; what is no longer is read again.
_KEPT = 10_000


class Witness:
    """Judges `started` and `progress`, of which a command has many."""

    def __init__(self, *, commands: command_records.Commands) -> None:
        self._commands = commands
        self._known: collections.OrderedDict[str, Command] = collections.OrderedDict()

    async def doubt(self, message: wire.Started | wire.Progress, via: provenance.Via) -> str | None:
        """Why it is not to be believed; None if it is. Raises `errors.Transient`."""
        known = self._known.get(message.command_id)
        # One without a nonce is believed less once a worker has claimed the command: the record says whether.
        if known is not None and message.nonce is not None and not _doubt(known, message, via):
            return None
        command = await self._commands.get(message.command_id)  # not known here, or it went on meanwhile
        if command is None:
            return "no record knows this command"
        self.note(command)
        return _doubt(command, message, via)

    def note(self, command: Command) -> None:
        """It is sent: signs of life are to come."""
        light = {"context": "", "instruction": "", "history": (), "result": None}
        self._known[command.command_id] = command.model_copy(update=light)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)


def _doubt(command: Command, message: wire.Started | wire.Progress, via: provenance.Via) -> str | None:
    return provenance.doubt(command, via, attempt=message.attempt, nonce=message.nonce)
