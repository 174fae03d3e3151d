"""One SMTP or LMTP dialogue: aiosmtpd's protocol with the limits and the shutdown that it lacks.

It uses names that aiosmtpd does not document (`_reset_timeout`, `_set_post_data_state`); its tests hold them in place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from hermes import limits

TOO_BUSY = b"421 4.3.2 Hermes has too many connections, try again later\r\n"
CLOSING = b"421 4.3.2 Hermes is closing, try again later\r\n"


class Dialogue(SMTP):
    """Tells its owner of its beginning and end, and can be asked to end after the mail under way."""

    #: Longer than the standard's 1000: some senders forget to wrap their lines.
    line_length_limit = limits.SMTP_LINE_BYTES

    def __init__(
        self,
        handler: Any,
        *,
        began: Callable[[Dialogue], bool],
        ended: Callable[[Dialogue], None],
        session_seconds: float = limits.SMTP_SESSION_SECONDS,
        **settings: Any,
    ) -> None:
        """`began` says whether there is room for this dialogue."""
        super().__init__(handler, **settings)
        self._began = began
        self._ended = ended
        self._session_seconds = session_seconds
        self._session_end: asyncio.TimerHandle | None = None
        self._closing = False
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._refused = not self._began(self)
        self._session_end = self.loop.call_later(self._session_seconds, transport.close)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes have come: the client is not idle (aiosmtpd counts commands alone, and a large mail is one command)."""
        self._reset_timeout()
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        if self._session_end:
            self._session_end.cancel()
        super().connection_lost(error)
        self._ended(self)

    @property
    def under_way(self) -> bool:
        """Is a mail being handed over? From MAIL until our answer to its data."""
        return bool(self.envelope is not None and self.envelope.mail_from)

    def finish(self) -> None:
        """End now, or after the mail under way."""
        self._closing = True
        if not self.under_way:
            self._hang_up()

    def abort(self) -> None:
        """End at once."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def push(self, status: Any) -> None:
        """Answer; the last answer of a dialogue that is to finish is followed by our farewell."""
        if self._refused:
            self._hang_up(TOO_BUSY)
            return
        await super().push(status)
        if self._closing and not self.under_way:
            self._hang_up()

    async def _handle_client(self) -> None:
        # A client that is gone while we answer is no error of ours; aiosmtpd leaves the exception to the event loop.
        with contextlib.suppress(ConnectionError):
            await super()._handle_client()

    def _hang_up(self, farewell: bytes = CLOSING) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(farewell)
            self.transport.close()


class LmtpDialogue(Dialogue, LMTP):
    """The same in LMTP (RFC 2033): LHLO for EHLO, and an answer for each recipient, of whom our server takes one."""
