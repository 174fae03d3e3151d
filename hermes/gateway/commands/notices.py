"""Notices: mails on the way to an answer, of which there is one of each, whoever writes it."""

from __future__ import annotations

from collections.abc import Callable

from hermes.aws.records import outbox as outbox_records
from hermes.domain.commands import Command
from hermes.domain.replies import Reply
from hermes.gateway.replies.replies import ReplyWriter, first_line, scope_of
from hermes.mail.write import templates


def put_aside(command: Command) -> str:
    """Which of a command's notices tells that it was put aside: one for each time."""
    return f"aside-{command.let_go}"


class Notices:
    """Writes them, and hands them on to be sent."""

    def __init__(
        self, *, outbox: outbox_records.OutboxRecords, writer: ReplyWriter, send_reply: Callable[[Reply], None]
    ) -> None:
        self._outbox = outbox
        self._writer = writer
        self._send_reply = send_reply

    async def say(self, command: Command, which: str, kind: templates.ReplyKind, **facts: object) -> bool:
        """One mail about a command that is open; True if it was written now. `which` tells it from others of the command."""
        if await self._outbox.get(f"{command.command_id}#{which}") is not None:
            return False
        reply = self.written(command, which, kind, **facts)
        if not await self._outbox.put(reply):
            return False
        self._send_reply(reply)
        return True

    def written(self, command: Command, which: str, kind: templates.ReplyKind, **facts: object) -> Reply:
        """The mail alone, for who puts it into a transaction and sends it then."""
        return self._writer.write(
            reply_id=f"{command.command_id}#{which}",
            kind=kind,
            facts={"instruction": first_line(command.instruction), **facts},
            origin=command.origin,
            scope=scope_of(command),
            session_id=command.session_id,
            command_id=command.command_id,
            mail_id=command.mail_id,
        )
