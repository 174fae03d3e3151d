"""The server of HTTP posts: uvicorn in the gateway's own event loop, started and stopped by the gateway, without signal handlers."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn

from hermes.config.ingress_limits import IngressLimits
from hermes.ingress import listening
from hermes.ingress.http.http_connection import HttpConnection
from hermes.ingress.shared_limits import SharedLimits

#: The header of a request has come by then, from the connection or the answer before it.
HTTP_HEADER_SECONDS: Final = 15.0
#: HTTP connections at the same time.
HTTP_CONNECTIONS: Final = 200
#: The longest message that a WebSocket takes: none of ours needs to say anything.
WEB_SOCKET_BYTES: Final = 4096
#: A closing server lets the posts under way end within this.
HTTP_CLOSE_SECONDS: Final = 30.0

log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """A uvicorn server that reports when it serves, and installs no signal handlers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None of them."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and tells."""
        await super().startup(sockets)
        self.serving.set()


class HttpIngress:
    """Listens, serves one application, and lets current posts end at a stop."""

    name = "http"

    def __init__(
        self,
        *,
        app: Any,
        host: str = "127.0.0.1",
        port: int = 0,
        shared: SharedLimits | None = None,
        header_seconds: float = HTTP_HEADER_SECONDS,
        close_seconds: float = HTTP_CLOSE_SECONDS,
        web_sockets: bool = False,
        section: str = "http_ingress",
    ) -> None:
        """`app` is an ASGI application; port 0 is any free one; `section` of the configuration is named where it cannot listen.

        Without `shared` all connections may come from one address, as they do from a load balancer.
        """
        self._app = app
        self._host = host
        self._wanted_port = port
        shared = shared or SharedLimits(
            IngressLimits(connections_per_address=HTTP_CONNECTIONS, connections_per_network=HTTP_CONNECTIONS)
        )
        self._protocol = functools.partial(
            HttpConnection, connections=shared.connections(), peers=shared.peers, header_seconds=header_seconds
        )
        self._close_seconds = close_seconds
        self._web_sockets = web_sockets
        self._section = section
        self._socket: socket.socket | None = None
        self._server: _Server | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._socket is None:
            raise RuntimeError("the ingress is not listening")
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `errors.ConfigError` when the address cannot be had."""
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                self._host, self._wanted_port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(address)
            self._socket.listen(HTTP_CONNECTIONS)
        except (OSError, OverflowError) as error:
            if self._socket is not None:
                self._socket.close()
                self._socket = None
            raise listening.refusal(self._section, self._host, self._wanted_port, error) from error
        self._server = _Server(
            uvicorn.Config(
                self._app,
                lifespan="off",
                ws="websockets-sansio" if self._web_sockets else "none",
                ws_max_size=WEB_SOCKET_BYTES,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                # uvicorn calls it as it calls its own classes.
                http=self._protocol,  # type: ignore[arg-type]
                loop="none",
                timeout_graceful_shutdown=max(1, round(self._close_seconds)),
            )
        )
        self._running = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="http")
        serving = asyncio.create_task(self._server.serving.wait())
        await asyncio.wait([self._running, serving], return_when=asyncio.FIRST_COMPLETED)
        serving.cancel()
        if self._running.done():
            self._running.result()
        log.info("HTTP is listening.", extra={"action": "http.listening", "host": self._host, "port": self.port})

    async def close(self) -> None:
        """Stop listening, let current posts be answered (within a limit), and close the connections."""
        if self._server is None or self._running is None:
            return
        self._server.should_exit = True
        # A little more than uvicorn's own bound, which is in whole seconds.
        await asyncio.wait([self._running], timeout=self._close_seconds + 5)
        self._running.cancel()
        await asyncio.wait([self._running])
        if self._socket is not None:
            self._socket.close()
        self._server = self._running = self._socket = None
