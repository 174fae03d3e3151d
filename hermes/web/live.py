"""Parts of pages that move by themselves, as server-sent events. Source: the HTML standard, section 9.2.

All who look at the same part share one look and one rendering every two seconds, and get it only if it has changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable
from typing import Final

from fastapi.responses import StreamingResponse

from hermes import errors

#: One look at most this often, for all who watch.
LOOK_SECONDS: Final = 1.5
#: A comment keeps a quiet stream from looking dead to proxies.
BEAT_SECONDS: Final = 15.0
#: Streams of one gateway at the same time.
STREAMS: Final = 100

#: Nothing more comes.
END: Final = b"event: end\ndata:\n\n"
#: What a reader's own script counts on: it is no change.
_COUNTED: Final = re.compile(r"<span class=\"since\"[^>]*>[^<]*")


class LiveParts:
    """The parts that somebody watches, each with its newest rendering."""

    def __init__(self, *, stopping: Callable[[], bool], look_seconds: float = LOOK_SECONDS) -> None:
        self._stopping = stopping
        self._look_seconds = look_seconds
        self._looks: dict[Hashable, _Look] = {}
        self._streams = 0

    def answer(self, key: Hashable, render: Callable[[], Awaitable[str]]) -> StreamingResponse:
        """A stream of what `render` makes. Equal keys share one rendering: put into the key whatever it depends on."""
        return self.stream(self._moving(key, render))

    def stream(self, pieces: AsyncGenerator[bytes, None]) -> StreamingResponse:
        """Any stream, counted; 503 where there are too many."""
        if self._streams >= STREAMS:
            return StreamingResponse(iter(()), status_code=503, headers={"retry-after": "30"})
        return events(self._counted(pieces))

    async def _counted(self, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        self._streams += 1
        try:
            async with contextlib.aclosing(pieces):
                async for piece in pieces:
                    yield piece
        finally:
            self._streams -= 1

    async def _moving(self, key: Hashable, render: Callable[[], Awaitable[str]]) -> AsyncGenerator[bytes, None]:
        look = self._looks.setdefault(key, _Look(render))
        look.watchers += 1
        seen, quiet = -1, 0.0
        try:
            yield b"retry: 2000\n\n"
            while not self._stopping():
                if not await look.fresh(self._look_seconds):
                    yield END
                    return
                if look.version != seen:
                    seen, quiet = look.version, 0.0
                    yield event(look.html)
                elif quiet >= BEAT_SECONDS:
                    quiet = 0.0
                    yield b":\n\n"
                await asyncio.sleep(self._look_seconds)
                quiet += self._look_seconds
        finally:
            look.watchers -= 1
            if not look.watchers and self._looks.get(key) is look:
                del self._looks[key]


class _Look:
    """One part, looked at for all who watch it."""

    def __init__(self, render: Callable[[], Awaitable[str]]) -> None:
        self._render = render
        self._turn = asyncio.Lock()
        self._looked_at = float("-inf")
        self._compared = ""
        self.html = ""
        self.version = 0
        self.watchers = 0

    async def fresh(self, seconds: float) -> bool:
        """Look, unless somebody has within that time. False: what was looked at is gone."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            if loop.time() - self._looked_at < seconds * 0.9:
                return True
            try:
                html = await self._render()
            except errors.Transient:
                html = self.html  # it is tried again at the next look
            except errors.HermesError:
                return False
            self._looked_at = loop.time()
            compared = _COUNTED.sub("", html)
            if compared != self._compared:
                self.html, self._compared = html, compared
                self.version += 1
            return True


def event(data: str, *, ident: str = "") -> bytes:
    """One message; a browser that comes back says the `ident` that it had last."""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head = f"id: {ident}\n" if ident else ""
    return (head + "".join(f"data: {line}\n" for line in lines)).encode("utf-8", "replace") + b"\n"


def events(stream: AsyncIterator[bytes]) -> StreamingResponse:
    """A stream as an answer that no proxy holds back."""
    return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
