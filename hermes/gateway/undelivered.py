"""Undelivered: messages that were set aside. Whoever waits for what they say is told now, rather than late or nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from hermes import errors
from hermes.aws import commands as command_records
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState

_NOT_HANDED_OVER = (
    "Your request could not be handed over to where it is worked on, though it was tried several times. Nothing was changed.",
    "Whoever runs Hermes for you can see it. Please send it again later.",
)
_REPORT_UNREADABLE = (
    "The work ended, but the report of what was done could not be read.",
    "What was saved is on the branch of this thread. Whoever runs Hermes for you can see the report.",
)


class Undelivered:
    """Ends the commands that they are about, each once."""

    def __init__(
        self,
        *,
        commands: command_records.Commands,
        conclude: Callable[[wire.ResultMessage], Awaitable[bool]],
        give_up: Callable[[Command, str, str], Awaitable[None]],
    ) -> None:
        """`give_up` ends a command that never began; one that has begun meanwhile goes on."""
        self._commands = commands
        self._conclude = conclude
        self._give_up = give_up

    async def command(self, body: str) -> None:
        """A message from an input queue. One of a command that began, ended, or has a later attempt says nothing."""
        found = wire.command_named_in(body)
        command = await self._commands.get(found[0]) if found is not None else None
        if command is None or found is None:
            return
        if command.state is CommandState.ACCEPTED and command.attempt == found[1]:
            await self._give_up(command, *_NOT_HANDED_OVER)

    async def report(self, body: str) -> None:
        """A message from an output queue; only a final report ends something: as it says, where it can be read after all."""
        found = wire.result_named_in(body)
        if found is None or await self._commands.get(found[0]) is None:
            return
        with contextlib.suppress(errors.Unreadable):
            said = wire.read_output(body)
            if isinstance(said, wire.ResultMessage):
                await self._conclude(said)
            return
        (command_id, attempt), (error, hint) = found, _REPORT_UNREADABLE
        await self._conclude(
            wire.ResultMessage(command_id=command_id, attempt=attempt, success=False, error=error, hint=hint)
        )
