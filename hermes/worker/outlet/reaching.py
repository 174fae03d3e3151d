"""Opens connections to the internet for programs inside: names are resolved here, and what is not public is refused."""

from __future__ import annotations

import asyncio
import base64
import socket
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from hermes.worker.outlet import policy

#: To connect to one address; programs have limits of their own.
_CONNECT_SECONDS: Final = 20.0
_HEAD_BYTES: Final = 16 * 1024

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a name."""
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NotPublicError(Exception):
    """The name leads to an address that is private, link-local, or of this machine."""


class UnreachableError(Exception):
    """Nothing answers there; the message says what."""


async def resolve(host: str, port: int) -> list[str]:
    """By this machine's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Reach:
    """Connects to hosts; through the operator's own proxy where the worker's environment names one, which then resolves the names."""

    def __init__(
        self, *, environ: Mapping[str, str], resolve: Resolve = resolve, public: Callable[[str], bool] = policy.public
    ) -> None:
        found = next((environ[name] for name in ("HTTPS_PROXY", "https_proxy") if environ.get(name)), "")
        self._proxy = urllib.parse.urlsplit(found) if "://" in found else None
        self._resolve = resolve
        self._public = public

    async def connect(self, host: str, port: int) -> Streams:
        """A connection. Raises `NotPublicError`, `UnreachableError`."""
        if self._proxy is not None and self._proxy.hostname:
            return await self._through(host, port)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                addresses = await self._resolve(host, port)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise UnreachableError(f"the name {host} cannot be resolved") from error
        if not addresses or not all(map(self._public, addresses)):
            raise NotPublicError(host)  # one private address among public ones is a trap, too
        for address in addresses:
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(address, port)
            except (OSError, TimeoutError):
                continue
        raise UnreachableError(f"{host} does not answer")

    async def _through(self, host: str, port: int) -> Streams:
        assert self._proxy is not None
        if host.replace(".", "").isdigit() or ":" in host:
            raise NotPublicError(host)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(self._proxy.hostname, self._proxy.port or 3128)
                account = f"{self._proxy.username or ''}:{self._proxy.password or ''}"
                login = (
                    f"Proxy-Authorization: Basic {base64.b64encode(account.encode()).decode()}\r\n"
                    if account != ":"
                    else ""
                )
                writer.write(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{login}\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise UnreachableError("the operator's proxy does not answer") from error
        if head.split(b" ", 2)[1:2] != [b"200"]:
            writer.close()
            raise UnreachableError(f"the operator's proxy does not connect to {host}")
        return reader, writer
