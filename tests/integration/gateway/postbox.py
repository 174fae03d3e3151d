"""The mail server that replies go to: a real one (aiosmtpd), which takes mails, defers or refuses as told."""

from __future__ import annotations

import asyncio
import email
import email.message
from collections import deque

from aiosmtpd.smtp import SMTP, Envelope, Session


class Postbox:
    """Listens on a free port of loopback."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        """Every mail that was taken, in order."""
        self.tried: list[bytes] = []
        """Every mail that was offered, also those that were not taken."""
        self.answers: deque[str] = deque()
        """Answers to the next DATA, one each; then 250."""
        self._server: asyncio.Server | None = None
        self._transports: set[asyncio.BaseTransport] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._protocol, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for transport in self._transports:
            transport.close()
        await self._server.wait_closed()

    def mails(self) -> list[email.message.Message]:
        return [email.message_from_bytes(raw) for raw in self.raw]

    def answers_to(self, message_id: str) -> list[email.message.Message]:
        """The mails that answer this one."""
        return [mail for mail in self.mails() if str(mail["In-Reply-To"]).strip() == message_id]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = bytes(envelope.original_content or b"")
        self.tried.append(raw)
        answer = self.answers.popleft() if self.answers else "250 2.0.0 OK"
        if answer.startswith("250"):
            self.raw.append(raw)
        return answer

    def _protocol(self) -> SMTP:
        box = self

        class Server(SMTP):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                box._transports.add(transport)
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                box._transports.clear()
                super().connection_lost(error)

        return Server(self, hostname="postbox", loop=asyncio.get_running_loop(), enable_SMTPUTF8=True)


def text_of(mail: email.message.Message) -> str:
    """The text version of a mail."""
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload.decode("utf-8")
    raise AssertionError("the mail has no text version")


def text_of_raw(raw: bytes) -> str:
    """The text of a mail that lies in the outbox, in one line."""
    return " ".join(text_of(email.message_from_bytes(raw)).split())
