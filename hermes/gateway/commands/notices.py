"""Notices: mails about a command that is open, one of each kind, whichever replica writes it."""

from __future__ import annotations

from hermes.aws.records import outbox as outbox_records
from hermes.domain.commands import Command
from hermes.domain.effects import Effects, SendReply
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import Open
from hermes.gateway.replies.replies import ReplyWriter, scope_of


def put_aside(command: Command) -> str:
    """The name of the notice that a command was put aside; there is one for each time."""
    return f"aside-{command.let_go}"


class Notices:
    """Writes notices, each once."""

    def __init__(self, *, outbox: outbox_records.OutboxRecords, writer: ReplyWriter) -> None:
        self._outbox = outbox
        self._writer = writer

    async def add(self, command: Command, which: str, facts: Open) -> Effects:
        """Put one mail about an open command in the outbox; nothing follows if it is there. `which` tells it from its others."""
        if await self._outbox.get(f"{command.command_id}#{which}") is not None:
            return ()
        reply = self.written(command, which, facts)
        return (SendReply(reply),) if await self._outbox.put(reply) else ()

    def written(self, command: Command, which: str, facts: Open) -> Reply:
        """The mail alone, for a caller that puts it into a transaction and sends it then."""
        (reply,) = self._writer.write(
            reply_id=f"{command.command_id}#{which}",
            facts=facts,
            origin=command.origin,
            scope=scope_of(command),
            session_id=command.session_id,
            command_id=command.command_id,
            mail_id=command.mail_id,
        )
        return reply
