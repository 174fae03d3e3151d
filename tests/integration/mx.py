"""A mail server for the tests of those who talk to one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


class Server:
    """A mail server that says what it is told to say, and keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.mail = self.rcpt = self.data = "250 OK"
        self.mail_of_used: str | None = None
        self.rcpt_of_used: str | None = None
        """Said instead over a connection that has brought a mail."""
        self.before_data_answer: Callable[[SMTP], Awaitable[None]] | None = None
        self.settings: dict[str, Any] = {}
        self.port = 0
        self.rset: list[str] = []
        """Said to the next of these commands."""
        self.answers = asyncio.Event()
        self.answers.set()
        """Whether RSET and QUIT are answered."""
        self.connections = 0
        self.brought: list[Session] = []
        """Of each mail that it took, the session that it came in."""
        self.open = self.most_open = 0
        """Connections at this moment, and at most."""
        self.commands: list[str] = []
        """What was said to it beside mails: RSET, QUIT."""

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.mail_of_used is not None and session in self.brought:
            return self.mail_of_used
        if self.mail.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.mail

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.rcpt_of_used is not None and session in self.brought:
            return self.rcpt_of_used
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data.startswith("250"):
            self.taken.append(envelope)
            self.brought.append(session)
        if self.before_data_answer:
            await self.before_data_answer(server)
        return self.data

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.commands.append("RSET")
        await self.answers.wait()
        return self.rset.pop() if self.rset else "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.commands.append("QUIT")
        await self.answers.wait()
        return "221 Bye"

    def protocol(self) -> SMTP:
        self.connections += 1
        return _Dialogue(
            self, hostname="mx.test", loop=asyncio.get_running_loop(), enable_SMTPUTF8=True, **self.settings
        )


class _Dialogue(SMTP):
    """Tells the server when it begins and ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        server: Server = self.event_handler
        server.open += 1
        server.most_open = max(server.most_open, server.open)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.event_handler.open -= 1


@contextlib.asynccontextmanager
async def mx() -> AsyncIterator[Server]:
    """One that listens."""
    one = Server()
    listening = await asyncio.get_running_loop().create_server(one.protocol, "127.0.0.1", 0)
    one.port = listening.sockets[0].getsockname()[1]
    yield one
    listening.close()
