"""One HTTP connection: uvicorn's protocol with an idle limit and a place that another connection may take."""

from __future__ import annotations

import asyncio
from typing import Any

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
#: A client that does not even read our farewell is cut off after this.
_FAREWELL_SECONDS = 5.0


class HttpConnection(H11Protocol):
    """Limits two waits that are endless in uvicorn: for the first request of a connection, and for the rest of a header."""

    def __init__(
        self, *given: Any, connections: ConnectionSlots, peers: Peers, header_seconds: float, **more: Any
    ) -> None:
        super().__init__(*given, **more)
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
