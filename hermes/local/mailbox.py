"""The person's mailbox of the demo: a receiving SMTP server on loopback that writes to a Maildir."""

from __future__ import annotations

import asyncio
import email.message
import logging
import mailbox
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from hermes import errors, limits
from hermes.domain.reply_facts import ReplyKind

#: Another process's Maildir is looked at this often.
MAILBOX_LOOK_SECONDS: Final = 0.2

HOST = "127.0.0.1"
_INTERIM = frozenset(kind.value for kind in ReplyKind if kind.interim)
Message = email.message.Message


class DemoMailbox:
    """Accepts every mail; also the handler that aiosmtpd calls."""

    def __init__(self, *, path: Path) -> None:
        self.path = path
        self._maildir = mailbox.Maildir(path, create=True)
        self._arrived = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._transports: set[asyncio.BaseTransport] = set()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._server is None or not self._server.sockets:
            raise RuntimeError("the mailbox is not listening")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen on a free port of loopback. Raises `errors.ConfigError`."""
        # aiosmtpd logs whole commands, with the addresses in them, at info level.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        try:
            self._server = await asyncio.get_running_loop().create_server(self._protocol, HOST, 0)
        except OSError as error:
            raise errors.ConfigError(f"the mailbox cannot listen on {HOST}: {error}") from error

    async def close(self) -> None:
        """Stop listening."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self._transports):
            transport.close()
        async with asyncio.timeout(limits.SMTP_CLOSE_SECONDS):
            await self._server.wait_closed()
        self._server = None

    def messages(self) -> list[Message]:
        """Every mail in it, in the order of arrival."""
        return read(self.path)

    async def wait_for(self, wanted: Callable[[Message], bool], seconds: float) -> Message:
        """The first wanted mail, whether present or future. Raises `errors.StepFailed` after `seconds`."""
        try:
            async with asyncio.timeout(seconds), self._arrived:
                while True:
                    found = next((message for message in self.messages() if wanted(message)), None)
                    if found is not None:
                        return found
                    await self._arrived.wait()
        except TimeoutError as error:
            raise errors.StepFailed(f"no such mail came to {self.path} in {seconds:g} s") from error

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store a mail; the file appears atomically."""
        async with self._arrived:
            content = envelope.original_content or b""
            lines = f"Return-Path: <{envelope.mail_from or ''}>\nDelivered-To: {', '.join(envelope.rcpt_tos)}\n"
            self._maildir.add(lines.encode("utf-8", "replace") + bytes(content).replace(b"\r\n", b"\n"))
            self._arrived.notify_all()
        return "250 2.0.0 OK"

    def _protocol(self) -> SMTP:
        return _Tracked(self, self._transports)


async def find_reply(path: Path, message_id: str, *, seconds: float) -> Message | None:
    """Poll a Maildir for the answer to `message_id`, which no word of what goes on is; None if none came in time."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                for message in read(path):
                    if answers(message, message_id):
                        return message
                await asyncio.sleep(MAILBOX_LOOK_SECONDS)
    except TimeoutError:
        return None


def answers(message: Message, message_id: str) -> bool:
    """Whether the mail is the answer to `message_id`."""
    return str(message["In-Reply-To"]).strip() == message_id and str(message["X-Hermes-Kind"]).strip() not in _INTERIM


def read(path: Path) -> list[Message]:
    """Every mail of a Maildir, oldest first."""
    files = [file for folder in ("new", "cur") for file in (path / folder).glob("*")]
    files.sort(key=lambda file: (file.stat().st_mtime_ns, file.name))
    return [email.message_from_bytes(file.read_bytes()) for file in files]


class _Tracked(SMTP):
    """A connection that the mailbox knows and can close."""

    def __init__(self, handler: DemoMailbox, transports: set[asyncio.BaseTransport]) -> None:
        super().__init__(
            handler,
            data_size_limit=limits.MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="mailbox",
            loop=asyncio.get_running_loop(),
        )
        self._transports = transports
        self._own: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._own = transport
        self._transports.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._own is not None:
            self._transports.discard(self._own)
        super().connection_lost(error)
