"""Holds incoming mails until they are stored: the beginning of each in memory, the rest in unnamed files.

Memory and disk are limited for all mails together. If there is no more room, the spool drops an incoming mail of the network
that holds the most, so heavy users never keep out light ones. A file never has a name, so
nothing remains of it, however the process ends.
"""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextlib
import io
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from hermes import errors
from hermes.config.ingress_limits import IngressLimits

#: A mail up to this size stays in memory while there is room.
_BODY_MEMORY_BYTES = 1024 * 1024
#: What is read or hashed at a time.
CHUNK_BYTES = 64 * 1024
#: What stays free on the disk for everybody else: this part of it, but no more than these bytes.
_FREE_PART = 0.05
_FREE_BYTES = 512 * 1024 * 1024
#: Bytes between two looks at the free part.
_LOOK_BYTES = 4 * 1024 * 1024
#: Threads that write: more would wait for the same disk.
_WRITERS = 4

_FULL = "there is no room for the mail"


def _nameless(folder: str | None) -> BinaryIO:
    return tempfile.TemporaryFile(buffering=0, dir=folder)


class Spool:
    """The spool of all ways in of a process."""

    def __init__(
        self,
        limits: IngressLimits | None = None,
        *,
        body_memory_bytes: int = _BODY_MEMORY_BYTES,
        make_file: Callable[[str | None], BinaryIO] = _nameless,
    ) -> None:
        """`make_file` makes a nameless file in a folder."""
        limits = limits or IngressLimits()
        self._folder = str(limits.spool_folder) if limits.spool_folder else None
        self._body_memory_bytes = body_memory_bytes
        self._make_file = make_file
        self.memory = SpoolBudget(limits.memory_bytes)
        self.disk = SpoolBudget(limits.spool_bytes)
        self._writers = concurrent.futures.ThreadPoolExecutor(_WRITERS, thread_name_prefix="spool")

    def body(self, holder: str = "") -> Body:
        """Room for one mail. `holder` is whose share it counts to; without it, it is our own and never gives way."""
        return Body(self, holder)

    async def in_thread(self, call: Callable[..., Any], *given: Any) -> Any:
        """Call in a thread for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, call, *given)

    def open_file(self) -> BinaryIO:
        """A new file without a name. Raises OSError."""
        return self._make_file(self._folder)

    def stays_in_memory(self, body: Body, more: int) -> bool:
        """Count `more` bytes of a body that is in memory; False if it has to go to disk."""
        return body.size + more <= self._body_memory_bytes and self.memory.take(body, more)

    def check_free(self) -> None:
        """Raises `errors.NoRoom` where the disk has no more than what stays free for others."""
        found = os.statvfs(self._folder or tempfile.gettempdir())
        if found.f_bavail * found.f_frsize < min(found.f_blocks * found.f_frsize * _FREE_PART, _FREE_BYTES):
            raise errors.NoRoom(_FULL)


class SpoolBudget:
    """The limit of bytes held at the same time, with their holders."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0
        self._bodies: dict[Body, int] = {}
        self._holders: collections.Counter[str] = collections.Counter()

    def take(self, body: Body, count: int) -> bool:
        """Count bytes to a body if there are so many."""
        if self.held + count > self._most:
            return False
        self.held += count
        self._bodies[body] = self._bodies.get(body, 0) + count
        self._holders[body.holder] += count
        return True

    def give_back(self, body: Body) -> None:
        """The body holds nothing any more."""
        count = self._bodies.pop(body, 0)
        self.held -= count
        self._holders[body.holder] -= count
        if self._holders[body.holder] <= 0:
            del self._holders[body.holder]

    def make_way(self, body: Body, count: int) -> bool:
        """Take bytes, if need be from mails that still come and whose network holds more than this one would."""
        while not self.take(body, count):
            mine = self._holders[body.holder] + count
            others = [
                one
                for one in self._bodies
                if one.coming and one.holder and one.holder != body.holder and self._holders[one.holder] > mine
            ]
            if not others:
                return False
            max(others, key=lambda one: (self._holders[one.holder], self._bodies[one])).lose()
        return True


class Body:
    """One mail as it came, byte for byte. Its creator must call `discard`, whatever happens."""

    def __init__(self, spool: Spool, holder: str) -> None:
        self._spool = spool
        self.holder = holder
        self.size = 0
        self.crc32 = 0
        """Of all that was written."""
        self.coming = True
        """Does more of it come? Until then it may have to give way."""
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self._lost = False
        self._writing = False

    def __len__(self) -> int:
        return self.size

    async def write(self, chunk: bytes) -> None:
        """Add to the end. Raises `errors.NoRoom` where there is none: nothing of the mail is kept then."""
        if self._lost:
            raise errors.NoRoom(_FULL)
        if not chunk:
            return
        try:
            if self._file is None and self._spool.stays_in_memory(self, len(chunk)):
                self._memory += chunk
                self.size += len(chunk)
            else:
                await self._to_disk(chunk)
            self.crc32 = zlib.crc32(chunk, self.crc32)
        except OSError as error:
            self.lose()
            raise errors.NoRoom(f"{_FULL}: {error.strerror or type(error).__name__}") from error
        except errors.NoRoom:
            self.lose()
            raise

    async def _to_disk(self, chunk: bytes) -> None:
        more = len(chunk) if self._file else len(chunk) + len(self._memory)
        if not self._spool.disk.make_way(self, more):
            raise errors.NoRoom(_FULL)
        before, self.size = self.size, self.size + len(chunk)
        self._writing = True
        task = asyncio.ensure_future(self._spool.in_thread(self._append, before, chunk))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            # The file may not be closed under the thread that writes to it.
            task.add_done_callback(self._written)
            raise
        finally:
            if task.done():
                self._written(task)
        task.result()
        self._spool.memory.give_back(self)
        if self._lost:
            raise errors.NoRoom(_FULL)

    def _append(self, before: int, chunk: bytes) -> None:
        if before // _LOOK_BYTES != (before + len(chunk)) // _LOOK_BYTES or self._file is None:
            self._spool.check_free()
        if self._file is None:
            self._file = self._spool.open_file()
            _write(self._file, bytes(self._memory))
            self._memory = bytearray()
        _write(self._file, chunk)

    def _written(self, task: asyncio.Future[Any]) -> None:
        self._writing = False
        if self._lost:
            self._free()
        if not task.cancelled():
            task.exception()

    def lose(self) -> None:
        """Yield: discard what has come so far; the next `write` raises."""
        self._lost, self.coming = True, False
        self._spool.memory.give_back(self)
        self._spool.disk.give_back(self)
        if not self._writing:
            self._free()

    def finish(self) -> None:
        """All has come: from now on it keeps its room until `discard`. Raises `errors.NoRoom` if it had to give way before."""
        if self._lost:
            raise errors.NoRoom(_FULL)
        self.coming = False

    def discard(self) -> None:
        """The mail is stored, or is not wanted: its room is free."""
        self.lose()

    def _free(self) -> None:
        self._memory = bytearray()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def in_memory(self) -> bool:
        """Is all of it in memory?"""
        return self._file is None

    def read(self, start: int, count: int) -> bytes:
        """Bytes of it from a place on."""
        if self._file is None:
            return bytes(memoryview(self._memory)[start : start + count])
        return os.pread(self._file.fileno(), count, start)

    def head(self, count: int) -> bytes:
        """The first bytes."""
        return self.read(0, count)

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """All of it, or a part, in pieces of `CHUNK_BYTES`; for a thread, since it reads from disk."""
        end = self.size if end is None else end
        while start < end and (chunk := self.read(start, min(CHUNK_BYTES, end - start))):
            yield chunk
            start += len(chunk)

    def reader(self) -> io.RawIOBase:
        """A stream over it with its own position, for sending it on."""
        return Reader(self)


class Reader(io.RawIOBase):
    """A body as a stream that can be wound back; closing it leaves the body as it is."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._body.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """The next bytes."""
        found = self._body.read(self._at, len(buffer))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def _write(file: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        # A file without a buffer may take a part; a full disk takes none and raises.
        left = left[file.write(left) :]
