"""One HTTP connection: uvicorn's protocol with an idle limit and a place that another connection may take."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from hermes.ingress.connections import ConnectionSlot, ConnectionSlots
from hermes.ingress.peer import Peers
from hermes.ingress.spool import CHUNK_BYTES

_TOO_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 40\r\n\r\n"
    b"too many connections, try again later..\n"
)
#: Pieces of a chunked body that may be of any size, and what all of them must have on average once there are more. Each costs the loop
#: some microseconds: of the smallest, one read would hold everything else up for a tenth of a second.
_SMALL_PIECES: Final = 500
_PIECE_BYTES: Final = 256
#: A client that does not even read our farewell is cut off after this.
_FAREWELL_SECONDS = 5.0


class _Framing(h11.Connection):
    """h11's reader of one connection, which refuses a body in countless small pieces."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._chunked = False
        self._pieces = 0
        self._bytes = 0

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunked = any(name == b"transfer-encoding" for name, _ in event.headers)
            self._pieces = self._bytes = 0
        elif self._chunked and isinstance(event, h11.Data):
            self._pieces += 1
            self._bytes += len(event.data)
            if self._pieces > _SMALL_PIECES and self._bytes < self._pieces * _PIECE_BYTES:
                raise h11.RemoteProtocolError("the pieces of the body are too small")
        return event


class HttpConnection(H11Protocol):
    """Limits two waits that are endless in uvicorn: for the first request of a connection, and for the rest of a header."""

    def __init__(
        self, *given: Any, connections: ConnectionSlots, peers: Peers, header_seconds: float, **more: Any
    ) -> None:
        super().__init__(*given, **more)
        most = self.config.h11_max_incomplete_event_size
        self.conn = _Framing(h11.SERVER, **({} if most is None else {"max_incomplete_event_size": most}))
        self._places = connections
        self._peers = peers
        self._header_seconds = header_seconds
        self._slot: ConnectionSlot | None = None
        self._header_end: asyncio.TimerHandle | None = None
        self._come = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        # asyncio reads 256 KiB at once; many clients that send ahead are much memory.
        transport.max_size = CHUNK_BYTES  # type: ignore[attr-defined]
        super().connection_made(transport)
        self._slot = self._places.enter(self._peers.of(transport.get_extra_info("peername")), self._leave)
        if self._slot is None:
            self._leave()
            return
        self._expect_header()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._slot is None or self.transport.is_closing():
            return
        super().data_received(data)
        before, self._come = self._come, self._come + len(data)
        if before // CHUNK_BYTES != self._come // CHUNK_BYTES:
            self._places.used(self._slot)
        if self._answering:
            self._cancel()
            # All of the request has come: what it costs now is ours.
            self._slot.busy = self.conn.their_state is not h11.SEND_BODY

    def on_response_complete(self) -> None:
        """The answer is written; the next request may come."""
        if self._slot is not None:
            self._slot.busy = False
            self._places.used(self._slot)
        self._expect_header()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._cancel()
        if self._slot is not None:
            self._places.leave(self._slot)
        super().connection_lost(exc)

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_header(self) -> None:
        self._cancel()
        self._header_end = self.loop.call_later(self._header_seconds, self.transport.close)

    def _cancel(self) -> None:
        if self._header_end is not None:
            self._header_end.cancel()
            self._header_end = None

    def _leave(self) -> None:
        if self.transport.is_closing():
            return
        if not self._answering:
            self.transport.write(_TOO_BUSY)
        self.transport.close()
        self.loop.call_later(_FAREWELL_SECONDS, self.transport.abort)
