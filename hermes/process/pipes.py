"""Both ends of pipes to a child process, and its end, on the event loop: chunks out, bytes in, nothing that blocks."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator

from hermes import limits

_POLL_SECONDS = 0.02


async def ended(child: subprocess.Popen[bytes]) -> None:
    """Wait until a child has ended; it is not reaped yet if the system has process descriptors."""
    try:
        fd = os.pidfd_open(child.pid)
    except (OSError, AttributeError):
        while child.poll() is None:  # noqa: ASYNC110 - no event exists for it there
            await asyncio.sleep(_POLL_SECONDS)
    else:
        try:
            await readable(fd)
        finally:
            os.close(fd)


async def chunks(fd: int) -> AsyncIterator[bytes]:
    """What comes out of a pipe until every writer has closed it."""
    os.set_blocking(fd, False)
    while True:
        try:
            chunk = os.read(fd, limits.PIPE_BYTES)
        except BlockingIOError:
            await readable(fd)
            continue
        if not chunk:
            return
        yield chunk
        # A program that writes faster than we read would hold the loop: no interrupt and no heartbeat would get a turn.
        await asyncio.sleep(0)


async def readable(fd: int) -> None:
    """Until there is something to read, or the other end is gone."""
    await _ready(fd, writing=False)


async def _ready(fd: int, *, writing: bool) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    watch, forget = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    watch(fd, wake)
    try:
        await ready
    finally:
        forget(fd)


class Feed:
    """The writing end of a child's standard input: a queue of bytes, written as the child reads."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._open = True
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def write(self, data: bytes) -> None:
        """Queue more input; never blocks."""
        self._queue.put_nowait(data)

    def close(self) -> None:
        """Close the input after what is queued."""
        self._queue.put_nowait(None)

    async def pump(self) -> None:
        """Write until closed, or until the child no longer listens; then close the pipe."""
        try:
            while (data := await self._queue.get()) is not None:
                await self._write(memoryview(data))
        except (BrokenPipeError, ConnectionResetError):
            return  # the child closed its input or has ended: both are its right
        finally:
            self.dispose()

    def dispose(self) -> None:
        """Close the pipe now, whatever was still to be written."""
        if self._open:
            self._open = False
            os.close(self._fd)

    async def _write(self, data: memoryview) -> None:
        while data:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                await _ready(self._fd, writing=True)
