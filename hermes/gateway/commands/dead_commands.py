"""Ends the commands of dead letters now, so that the person who waits is told soon."""

from __future__ import annotations

import contextlib

from hermes import errors
from hermes.aws.records import commands as command_records
from hermes.domain import wire
from hermes.domain.commands import CommandState
from hermes.domain.decisions import provenance
from hermes.gateway.commands.command_executor import CommandExecutor

_NOT_HANDED_OVER = (
    "Your request could not be handed over to where it is worked on, though it was tried several times. Nothing was changed.",
    "Whoever runs Hermes for you can see it. Please send it again later.",
)
_REPORT_UNREADABLE = (
    "The work ended, but the report of what was done could not be read.",
    "What was saved is on the branch of this thread. Whoever runs Hermes for you can see the report.",
)


class DeadCommandHandler:
    """Ends each command of a dead letter once."""

    def __init__(self, *, commands: command_records.Commands, executor: CommandExecutor) -> None:
        self._commands = commands
        self._executor = executor

    async def command(self, body: str) -> None:
        """Handle a dead letter of an input queue. It is ignored if its command began, ended, or has a later attempt."""
        found = wire.command_named_in(body)
        command = await self._commands.get(found.command_id) if found is not None else None
        if command is None or found is None:
            return
        if found.nonce is not None and found.nonce != command.nonce:
            return  # it names a command for which it was not made
        if command.state is CommandState.ACCEPTED and command.attempt == found.attempt:
            await self._executor.give_up(command, *_NOT_HANDED_OVER, errors.Fault.INTERNAL)

    async def report(self, body: str, key: str | None = None) -> None:
        """Handle a dead letter of this container's output queue. Only a final report ends its command, as it says if it can be read.

        `key` None: the queue is not known; then the report counts only with the command's nonce, if it has one.
        """
        found, via = wire.result_named_in(body), provenance.Via(key)
        if found is None or await self._commands.get(found.command_id) is None:
            return
        with contextlib.suppress(errors.Unreadable):
            said = wire.read_output(body)
            if isinstance(said, wire.ResultMessage):
                await self._executor.conclude(said, via=via)
            return
        error, hint = _REPORT_UNREADABLE
        await self._executor.conclude(
            wire.ResultMessage(
                command_id=found.command_id,
                attempt=found.attempt,
                nonce=found.nonce,
                success=False,
                error=error,
                hint=hint,
                fault=errors.Fault.INTERNAL,
            ),
            via=via,
        )
