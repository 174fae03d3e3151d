"""Notices: mails about a command that is open, one of each kind, whichever replica writes it."""

from __future__ import annotations

from typing import Final

from hermes.aws.records.stores import Stores
from hermes.domain import lifecycle
from hermes.domain.commands import Command
from hermes.domain.effects import Effects, SendReply
from hermes.domain.env import Env
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import Open, ReplyKind, RequestFacts
from hermes.gateway.replies.replies import ReplyWriter, scope_of


def put_aside(command: Command) -> str:
    """The name of the notice that a command was put aside; there is one for each time."""
    return f"aside-{command.let_go}"


#: The name of the notice that a container is still starting.
STARTING: Final = "starting"
#: The name of the notice that a mail arrived.
ACKNOWLEDGED: Final = "ack"
#: What a mail program shows beside the person's mail in its place.
_REACTION: Final = "👍"
#: A thread gets at most one of those in this time.
_ACKNOWLEDGED_SECONDS: Final = 3600.0


class Notices:
    """Writes notices, each once."""

    def __init__(self, *, stores: Stores, writer: ReplyWriter, env: Env) -> None:
        self._tables = stores.tables
        self._commands = stores.commands
        self._sessions = stores.sessions
        self._outbox = stores.outbox
        self._writer = writer
        self._env = env

    async def acknowledge(self, command: Command) -> Effects:
        """Tell its author that an open command arrived, unless the thread was told of one within the hour.

        One transaction with the command, so that no acknowledgement is written once it has ended, and none twice. Raises
        `errors.ConditionFailed` if it went on meanwhile, and `errors.Transient`; then it is still owed.
        """
        now = self._env.now()
        session = await self._sessions.get(command.session_id)
        told = await self._outbox.get(f"{command.command_id}#{ACKNOWLEDGED}") is not None
        told = told or await self._outbox.get(f"{command.command_id}#{STARTING}") is not None
        recent = session is not None and now - (session.acknowledged_at or 0.0) < _ACKNOWLEDGED_SECONDS
        if session is None or told or recent:
            await self._commands.step(lifecycle.acknowledge(command))
            return ()
        request = RequestFacts(
            instruction=command.title, attachments=tuple(ref.name for ref in command.context.attachments)
        )
        facts = Open(kind=ReplyKind.ACKNOWLEDGED, request=request)
        reply = self.written(command, ACKNOWLEDGED, facts, reaction=_REACTION if session.reacts else "")
        await self._tables.transact(
            [
                self._commands.write(lifecycle.acknowledge(command)),
                self._sessions.acknowledge(session.session_id, now=now, least=_ACKNOWLEDGED_SECONDS),
                self._outbox.add(reply),
            ]
        )
        return (SendReply(reply),)

    async def add(self, command: Command, which: str, facts: Open) -> Effects:
        """Put one mail about an open command in the outbox; nothing follows if it is there. `which` tells it from its others."""
        if await self._outbox.get(f"{command.command_id}#{which}") is not None:
            return ()
        reply = self.written(command, which, facts)
        return (SendReply(reply),) if await self._outbox.put(reply) else ()

    async def was_acknowledged(self, command: Command) -> bool:
        """Whether its author was told that it arrived."""
        return await self._outbox.get(f"{command.command_id}#{ACKNOWLEDGED}") is not None

    def written(self, command: Command, which: str, facts: Open, *, reaction: str = "") -> Reply:
        """The mail alone, for a caller that puts it into a transaction and sends it then."""
        (reply,) = self._writer.write(
            reply_id=f"{command.command_id}#{which}",
            facts=facts,
            origin=command.origin,
            scope=scope_of(command),
            session_id=command.session_id,
            command_id=command.command_id,
            mail_id=command.mail_id,
            reaction=reaction,
        )
        return reply
