"""Mail by SMTP, in the gateway's own event loop.

The answer is 250 only after the mail is stored, 4xx if it cannot be stored now, 5xx if it is never accepted.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aiosmtpd.smtp import Envelope, Session

from hermes import errors, limits
from hermes.config.loading import POSTMASTER
from hermes.ingress import listening
from hermes.ingress.certificate import Certificate
from hermes.ingress.connections import ConnectionSlot
from hermes.ingress.dialogue import TOO_BUSY, Dialogue
from hermes.ingress.mail_store import MailStore
from hermes.ingress.peer import Peer
from hermes.ingress.shared_limits import SharedLimits
from hermes.ingress.spool import Body
from hermes.mail.authenticate import token

#: Of them, those that differ in the token alone: a mail to two threads of one project is rare, to more it is an attack.
SUBADDRESSES: Final = 5
#: The connection of a client that sends nothing for this long is closed (RFC 5321, 4.5.3.2.7).
SMTP_IDLE_SECONDS: Final = 300.0

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListenPlace:
    """Where a server listens."""

    host: str = "127.0.0.1"
    port: int = 0
    """0: any free one."""
    path: Path | None = None
    """A Unix socket in place of host and port."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DialogueBounds:
    """The limits of one dialogue."""

    recipients: int = limits.ENVELOPE_RECIPIENTS
    """Of one transaction."""
    idle_seconds: float = SMTP_IDLE_SECONDS
    close_seconds: float = limits.SMTP_CLOSE_SECONDS
    progress_seconds: float = limits.SMTP_PROGRESS_SECONDS


class SmtpIngress:
    """A server of dialogues. Also the handler that aiosmtpd calls: the `handle_…` methods are its interface."""

    name = "smtp"
    dialogue: type[Dialogue] = Dialogue
    relayed = False
    """Is the client the operator's own mail server, whose address does not identify the sender?"""

    def __init__(
        self,
        *,
        depositor: MailStore,
        accepts: Callable[[str], bool],
        hostname: str,
        shared: SharedLimits | None = None,
        place: ListenPlace | None = None,
        bounds: DialogueBounds | None = None,
        trust_loopback: bool = False,
        certificate: Certificate | None = None,
    ) -> None:
        """`accepts` decides whether an envelope recipient is one of ours; `hostname` is our name in the dialogue.

        `shared` holds what all ways in share; without one it is our own. With a `certificate` the server offers STARTTLS.
        """
        place, bounds = place or ListenPlace(), bounds or DialogueBounds()
        self._depositor = depositor
        self._accepts = accepts
        self._hostname = hostname
        self._host = place.host
        self._wanted_port = place.port
        self._path = place.path
        self._trust_loopback = trust_loopback
        self._certificate = certificate
        self._recipients = bounds.recipients
        self._shared = shared or SharedLimits()
        self._connections = self._shared.connections()
        self._idle_seconds = bounds.idle_seconds
        self._close_seconds = bounds.close_seconds
        self._progress_seconds = bounds.progress_seconds
        self._server: asyncio.Server | None = None
        self._dialogues: set[Dialogue] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    async def start(self) -> None:
        """Listen. Raises `errors.ConfigError` when the address cannot be had."""
        # aiosmtpd logs whole commands, with the addresses in them, at info level.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        if self._certificate is not None:
            self._certificate.load()
        where = str(self._path) if self._path else f"{self._host}:{self._wanted_port}"
        try:
            self._server = await self._listen()
        except (OSError, OverflowError) as error:
            if self._path is None:
                raise listening.refusal(f"{self.name}_ingress", self._host, self._wanted_port, error) from error
            reason = errors.reason(error)
            raise errors.ConfigError(f"{self.name}_ingress.path: it cannot listen on {where}: {reason}") from error
        log.info(f"{self.name.upper()} is listening.", extra={"action": f"{self.name}.listening", "where": where})

    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        if self._path is None:
            return await loop.create_server(self._dialogue, self._host, self._wanted_port)
        if _answers(self._path):
            raise OSError("another process listens there")
        # What a killed process left there is replaced. Everybody may connect who may enter the folder.
        server = await loop.create_unix_server(self._dialogue, str(self._path))
        self._path.chmod(0o666)
        return server

    @property
    def port(self) -> int:
        """The port that it listens on; 0 where it listens on none."""
        # It must not raise: aiosmtpd looks at every attribute of its handler for each connection.
        if self._server is None or not self._server.sockets or self._path is not None:
            return 0
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, let current mails finish (within a limit), and close the connections."""
        if self._server is None:
            return
        self._server.close()
        for dialogue in list(self._dialogues):
            dialogue.finish()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._close_seconds):
                await self._empty.wait()
        for dialogue in list(self._dialogues):
            dialogue.abort()
        await self._empty.wait()
        await self._server.wait_closed()
        self._server = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _dialogue(self) -> Dialogue:
        return self.dialogue(
            self,
            owner=self,
            mails=self._shared.limits.mails_per_connection,
            progress_seconds=self._progress_seconds,
            data_size_limit=limits.MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname=self._hostname,
            tls_context=self._certificate.context if self._certificate else None,
            ident="Hermes",
            timeout=self._idle_seconds,
            loop=asyncio.get_running_loop(),
        )

    # ── what a dialogue asks ───────────────────────────────────────────────────────────────────────────────────────

    def began(self, dialogue: Dialogue) -> ConnectionSlot | None:
        """A client has connected: its place, if there is one."""
        self._dialogues.add(dialogue)
        self._empty.clear()
        if self._server is None or not self._server.is_serving():
            return None
        slot = self._connections.enter(self._peer(dialogue), lambda: dialogue.hang_up(TOO_BUSY))
        if slot is None:
            log.info("connection refused", extra={"action": f"{self.name}.busy", "ingress": self.name})
        return slot

    def ended(self, dialogue: Dialogue) -> None:
        """The client is gone."""
        self._dialogues.discard(dialogue)
        if dialogue.slot is not None:
            self._connections.leave(dialogue.slot)
        if not self._dialogues:
            self._empty.set()

    def used(self, slot: ConnectionSlot) -> None:
        """A dialogue was of use just now."""
        self._connections.used(slot)

    def idle_seconds(self, slot: ConnectionSlot) -> float:
        """How long a dialogue has been of no use."""
        return self._connections.idle_seconds(slot)

    def body(self, dialogue: Dialogue) -> Body:
        """Room for the mail that comes."""
        return self._shared.spool.body(self._peer(dialogue).holder)

    async def take(self, dialogue: Dialogue, envelope: Envelope, body: Body) -> str:
        """Store a mail that has come whole, then confirm it."""
        peer = self._peer(dialogue)
        sender = "" if envelope.mail_from == "<>" else envelope.mail_from
        try:
            await self._depositor.deposit(
                body,
                recipients=envelope.rcpt_tos,
                sender=(sender or "").encode("utf-8", "replace").decode("utf-8"),
                ingress=self.name,
                client_address=dialogue.client_address if self.relayed else (str(peer.ip) if peer.ip else None),
                trusted=self._trust_loopback and peer.ip is not None and peer.ip.is_loopback,
            )
        except errors.Refused:
            return "552 5.3.4 The mail is larger than Hermes takes"
        except errors.HermesError as error:
            # Also what AWS refuses for good (a missing bucket, no access): the operator mends it while the sender's server waits.
            log.warning("mail not stored: %s", error, extra={"action": "mail.deferred", "ingress": self.name})
            return "451 4.3.0 Hermes cannot store the mail now; send it again later"
        return "250 2.0.0 Stored"

    def _peer(self, dialogue: Dialogue) -> Peer:
        return self._shared.peers.of(dialogue.session.peer if dialogue.session else None)

    # ── what aiosmtpd asks ─────────────────────────────────────────────────────────────────────────────────────────

    async def handle_EHLO(
        self, server: Dialogue, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """EHLO or LHLO: adds our extensions to those that aiosmtpd announces."""
        session.host_name = hostname
        return [*responses[:-1], *server.offers, responses[-1]]

    async def handle_MAIL(
        self, server: Dialogue, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """MAIL: a sender whose bytes are no UTF-8 is nobody's address (RFC 6531, 3.3)."""
        try:
            address.encode("utf-8")
        except UnicodeEncodeError:
            return "553 5.6.7 The sender's address is not valid UTF-8"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: Dialogue, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """RCPT: is it one of ours?"""
        try:
            address.encode("utf-8")
        except UnicodeEncodeError:
            return "553 5.6.7 The address is not valid UTF-8"
        if address.lower() == POSTMASTER:
            # RFC 5321, 4.5.1: without a domain it is ours.
            address = f"{POSTMASTER}@{self._hostname}"
        if not self._accepts(address):
            return "550 5.1.1 No project has this address"
        if len(envelope.rcpt_tos) >= self._recipients:
            return "452 4.5.3 Too many recipients; send the rest in another transaction"
        base = token.read(address)[0]
        if sum(token.read(one)[0] == base for one in envelope.rcpt_tos) >= SUBADDRESSES:
            return "452 4.5.3 Too many addresses of one project; send the rest in another transaction"
        if not self._shared.rates.take(self._shared.peers.of(session.peer)):
            return "451 4.7.1 Too many mails from your address; send the rest later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Handle an unexpected error: nothing was acknowledged, so nothing is lost."""
        log.error("dialogue failed", exc_info=error, extra={"action": "smtp.failed"})
        return "451 4.3.0 Hermes failed; send it again later"


def _answers(path: Path) -> bool:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        return probe.connect_ex(str(path)) == 0
