"""A provider's token server (RFC 6749) and its introspection (RFC 7662), for tests: what it was asked, and what it is to say."""

from __future__ import annotations

import asyncio
import contextlib
import json
import urllib.parse
from collections.abc import AsyncIterator
from typing import Any


class TokenServer:
    """Gives `token-1`, `token-2` and so on; a token is good until the test revokes it."""

    def __init__(self, *, user: str = "u") -> None:
        self.user = user
        self.asked: list[dict[str, str]] = []
        self.answer: tuple[int, Any] | None = None
        """What it says in place of a token."""
        self.more: dict[str, Any] = {"expires_in": 3600}
        self.good: set[str] = set()
        self.url = ""

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[TokenServer]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")), 0
            )
            form = dict(urllib.parse.parse_qsl((await reader.readexactly(length)).decode()))
            status, found = self._introspect(form) if "/introspect" in head.split()[1] else self._give(form)
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        writer.close()

    def _give(self, form: dict[str, str]) -> tuple[int, Any]:
        self.asked.append(form)
        if self.answer is not None:
            return self.answer
        token = f"token-{len(self.asked)}"
        self.good.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", **self.more}

    def _introspect(self, form: dict[str, str]) -> tuple[int, Any]:
        good = form.get("token") in self.good
        return 200, {"active": good, "username": self.user} if good else {"active": False}
