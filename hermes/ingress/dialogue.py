"""One SMTP or LMTP dialogue: aiosmtpd's protocol with the limits, the spool and the shutdown that it lacks.

aiosmtpd collects the bytes after DATA in memory, line by line; here they go directly into a `Body`. It uses undocumented names of
aiosmtpd (`_reset_timeout`, `_set_post_data_state`, `_reader`); the tests fail if they change.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope

from hermes import errors, limits
from hermes.ingress.connections import ConnectionSlot
from hermes.ingress.smtp_data import SmtpData
from hermes.ingress.spool import Body

#: A line of SMTP data; the standard says 1000, and some senders forget to wrap.
SMTP_LINE_BYTES: Final = 64 * 1024
#: A dialogue ends by then, however slowly it trickles.
SMTP_SESSION_SECONDS: Final = 1800.0

log = logging.getLogger(__name__)

TOO_BUSY = b"421 4.3.2 Hermes has too many connections, try again later\r\n"
CLOSING = b"421 4.3.2 Hermes is closing, try again later\r\n"
TOO_SLOW = b"421 4.4.2 This takes too long, try again later\r\n"
ENOUGH = b"421 4.7.0 Enough mails on this connection, open another one\r\n"

#: What is read at a time; while the disk is slow each dialogue holds two of these.
_READ_BYTES = 32 * 1024
#: What of a command waits for us to read it; the longest command is shorter.
_COMMAND_BYTES = 8 * 1024
#: NOOP, EHLO, VRFY and the like on one connection; a polite client sends few.
_CALLS = 20
#: RCPT on one connection, taken or not: ten mails to as many as a transaction may have.
_RECIPIENT_CALLS = 1000
#: A mail that comes slower than this, looked at so often, is not waited for: the slowest real lines are ten times as fast.
_PROGRESS_BYTES = 32 * 1024
#: A dialogue that neither stores a mail nor makes progress is ended after this, whatever the client sends meanwhile.
_USELESS_SECONDS = 300.0
#: A client that does not even read our farewell is cut off after this.
_FAREWELL_SECONDS = 5.0
#: Parameters of MAIL and RCPT that some servers send to everybody: wishes about reports, authorship and haste (RFC 3461, 4954, 6710).
#: A server that ignores them loses nothing; one that refuses the mail for them makes every mail of such servers bounce.
_IGNORED = frozenset({"RET", "ENVID", "NOTIFY", "ORCPT", "AUTH", "MT-PRIORITY"})
#: The dot after a domain that means the root of DNS.
_ROOT = re.compile(r"(?<=[^\s.@])\.(?=>?(?:\s|$))")


class Owner(Protocol):
    """The server of dialogues, as a dialogue sees it."""

    def began(self, dialogue: Dialogue) -> ConnectionSlot | None:
        """A client has connected: its place, if there is one."""

    def ended(self, dialogue: Dialogue) -> None:
        """The client is gone."""

    def used(self, slot: ConnectionSlot) -> None:
        """A dialogue was of use just now."""

    def idle_seconds(self, slot: ConnectionSlot) -> float:
        """How long a dialogue has been of no use."""

    def body(self, dialogue: Dialogue) -> Body:
        """Room for the mail that comes."""

    async def take(self, dialogue: Dialogue, envelope: Envelope, body: Body) -> str:
        """Store a mail that has come whole; returns our answer."""


class _Fate(enum.Enum):
    """The handling of the bytes after DATA; a refused mail is still read to its end before the answer (RFC 5321, 4.2.5)."""

    KEPT = ""
    TOO_LONG = "500 Line too long (see RFC5321 4.5.3.1.6)"
    TOO_MUCH = "552 Error: Too much mail data"
    NO_ROOM = "452 4.3.1 Hermes has no room for the mail now, send it again later"


class Dialogue(SMTP):
    """One dialogue: reports its start and end to its owner, and can be asked to end after the current mail."""

    offers: tuple[str, ...] = ()
    """Lines of our answer to EHLO or LHLO beside those of aiosmtpd."""
    client_address: str | None = None
    """Of the client from which the mail server that talks to us took the mail under way, where that tells it."""
    # To aiosmtpd the bound of its stream's buffer; a line of DATA is measured here.
    line_length_limit = _COMMAND_BYTES

    def __init__(
        self,
        handler: Any,
        *,
        owner: Owner,
        mails: int,
        session_seconds: float = SMTP_SESSION_SECONDS,
        progress_seconds: float = limits.SMTP_PROGRESS_SECONDS,
        **settings: Any,
    ) -> None:
        """`mails` is the limit per connection; `progress_seconds` is the interval of the progress check of a mail."""
        # Commands cost us more than they cost the client; after this many aiosmtpd replies 421 and hangs up.
        calls = {"*": _CALLS, "RCPT": _RECIPIENT_CALLS, **dict.fromkeys(("MAIL", "DATA", "RSET"), 2 * mails)}
        super().__init__(handler, command_call_limit=calls, **settings)
        self._owner = owner
        self._mails_left = mails
        self._session_seconds = session_seconds
        self._progress_seconds = progress_seconds
        self._session_end: asyncio.TimerHandle | None = None
        self._next_look: asyncio.TimerHandle | None = None
        self._slot: ConnectionSlot | None = None
        self._closing = False
        self._come: int | None = None
        """Bytes of the mail since the last look; None while none comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected, or goes on under TLS."""
        if self._slot is not None:
            self._upgraded(transport)
            return
        # asyncio reads 256 KiB at once, which a client may send ahead while its mail is stored; many of them are much memory.
        transport.max_size = _READ_BYTES  # type: ignore[attr-defined]
        self._session_end = self.loop.call_later(self._session_seconds, self.hang_up, TOO_SLOW)
        self._next_look = self.loop.call_later(self._progress_seconds, self._look)
        super().connection_made(transport)
        self._slot = self._owner.began(self)

    def _upgraded(self, transport: asyncio.BaseTransport) -> None:
        # After STARTTLS it is the same client in the same place; aiosmtpd has forgotten what the client sent before (RFC 3207, 4.2).
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes have come: the client is not idle (aiosmtpd counts commands alone, and a large mail is one command)."""
        self._reset_timeout()
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        for timer in (self._session_end, self._next_look):
            if timer:
                timer.cancel()
        super().connection_lost(error)
        self._owner.ended(self)

    @property
    def slot(self) -> ConnectionSlot | None:
        """Its place among the connections; None if it has none."""
        return self._slot

    @property
    def under_way(self) -> bool:
        """Whether a mail is being transferred: from MAIL until our answer to its data."""
        return bool(self.envelope is not None and self.envelope.mail_from)

    def finish(self) -> None:
        """End now, or after the mail under way."""
        self._closing = True
        if not self.under_way:
            self.hang_up()

    def abort(self) -> None:
        """End at once."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def hang_up(self, farewell: bytes = CLOSING) -> None:
        """Close the connection after a final reply line."""
        if isinstance(self.transport, asyncio.WriteTransport) and not self.transport.is_closing():
            self.transport.write(farewell)
            self.transport.close()
            self.loop.call_later(_FAREWELL_SECONDS, self.transport.abort)

    async def push(self, status: Any) -> None:
        """Answer; the last answer of a dialogue that is to finish is followed by our farewell."""
        if self._slot is None:
            self.hang_up(TOO_BUSY)
            return
        await super().push(status)
        if self._closing and not self.under_way:
            self.hang_up()

    async def smtp_MAIL(self, arg: str | None) -> None:
        """MAIL, so many times."""
        if self._mails_left <= 0:
            self.hang_up(ENOUGH)
            return
        await super().smtp_MAIL(arg)

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        known = [one for one in params if one.partition("=")[0] not in _IGNORED]
        found: dict[str, str | bool] | None = super()._getparams(known)
        return found

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        address, rest = super()._getaddr(arg)
        if address is None and (bare := _ROOT.sub("", arg, count=1)) != arg:
            # RFC 5321 has no dot at the end of a domain; DNS does, and the mail is for the same mailbox.
            return super()._getaddr(bare)
        return address, rest

    async def smtp_DATA(self, arg: str | None) -> None:
        """DATA: like aiosmtpd's, but the bytes go into a `Body`."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        body = self._owner.body(self)
        self._mails_left -= 1
        try:
            self._come = 0
            fate = await self._read(body)
            self._come = None
            answer = await self._taken(self.envelope, body) if fate is _Fate.KEPT else fate.value
        finally:
            self._come = None
            body.discard()
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(answer)

    async def _read(self, body: Body) -> _Fate:
        """Read to the end of the mail, into the body while it is to be kept."""
        data, fate, rest = SmtpData(line_bytes=SMTP_LINE_BYTES), _Fate.KEPT, None
        while rest is None:
            chunk = await self._reader.read(_READ_BYTES)
            if not chunk:
                raise ConnectionResetError("the client left in the middle of its mail")
            self._progress(len(chunk))
            content, rest = data.feed(chunk)
            # Not held for as long as the disk takes.
            del chunk
            if fate is not _Fate.KEPT:
                continue
            if data.too_long:
                fate = _Fate.TOO_LONG
            elif self.data_size_limit and data.size > self.data_size_limit:
                fate = _Fate.TOO_MUCH
            else:
                try:
                    await body.write(content)
                    if rest is not None:
                        body.finish()
                except errors.NoRoom as error:
                    log.warning("mail not taken: %s", error, extra={"action": "mail.deferred"})
                    fate = _Fate.NO_ROOM
            if fate is not _Fate.KEPT:
                body.discard()
        # A client may send its next commands together with the end of its mail.
        self._reader._buffer[:0] = rest  # type: ignore[attr-defined]  # noqa: SLF001
        return fate

    async def _taken(self, envelope: Envelope, body: Body) -> str:
        if self._slot is None:
            return TOO_BUSY.decode()
        self._slot.busy = True
        try:
            answer = await self._owner.take(self, envelope, body)
        finally:
            self._slot.busy = False
        if answer.startswith("2"):
            self._owner.used(self._slot)
        return answer

    def _progress(self, count: int) -> None:
        before = self._come or 0
        self._come = before + count
        if self._slot is not None and before // _READ_BYTES != self._come // _READ_BYTES:
            self._owner.used(self._slot)

    def _look(self) -> None:
        self._next_look = self.loop.call_later(self._progress_seconds, self._look)
        if self._come is not None:
            if self._come < _PROGRESS_BYTES:
                self.hang_up(TOO_SLOW)
            self._come = 0
        elif self._slot and not self._slot.busy and self._owner.idle_seconds(self._slot) > _USELESS_SECONDS:
            self.hang_up(TOO_SLOW)

    async def _handle_client(self) -> None:
        # A client that is gone while we answer is not our error; aiosmtpd leaves the exception to the event loop.
        with contextlib.suppress(ConnectionError):
            await super()._handle_client()


class LmtpDialogue(Dialogue, LMTP):
    """The same in LMTP (RFC 2033): LHLO for EHLO, and a reply for each recipient; our server accepts one recipient."""
