"""The output of a command while it runs: numbered segments in the bucket, which anybody who may read logs can follow.

A segment is written at most every two seconds, and only if there is something new. It holds whole lines of the masked log, and between
them the steps and the progress, each as a line that begins with `»`. A segment is never changed, so a reader that has one needs no more
of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.domain import wire
from hermes.domain.operating.live_log import LIVE_SECONDS, STEP, segment_key
from hermes.worker.run.run import Run

#: The longest segment; what is new beyond it comes in the next one.
SEGMENT_BYTES: Final = 256 * 1024
#: The last segments of a run that has ended are written within this; the whole log is stored in any case.
END_SECONDS: Final = 5.0

_LOG = logging.getLogger(__name__)

Put = Callable[[str, bytes], Awaitable[None]]
"""Stores an object under a key."""


class LiveLog:
    """Follows the logs of runs."""

    def __init__(self, *, put: Put, seconds: float = LIVE_SECONDS, end_seconds: float = END_SECONDS) -> None:
        self._put = put
        self._seconds = seconds
        self._end_seconds = end_seconds

    @contextlib.asynccontextmanager
    async def of(self, run: Run) -> AsyncIterator[None]:
        """Follow a run for as long as this is open; what it reports as progress is in its live log too."""
        follower = _Follower(run.command, run.space.log_of(run.command), self._put, self._seconds)
        run.progress = follower.telling(run.progress)
        task = asyncio.create_task(follower.run(), name=f"live log {run.command.command_id}")
        try:
            yield
        finally:
            follower.ended.set()
            await asyncio.wait([task], timeout=self._end_seconds)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class _Follower:
    """One log."""

    def __init__(self, command: wire.CommandMessage, path: Path, put: Put, seconds: float) -> None:
        self._command = command
        self._path = path
        self._put = put
        self._seconds = seconds
        self._read = 0
        self._number = 0
        self._steps: list[tuple[int, str]] = []
        """How much of the log there was when each step was told, and its line."""
        self._pending = b""
        self.ended = asyncio.Event()

    def telling(
        self, progress: Callable[[str, str, int | None], Awaitable[None]]
    ) -> Callable[[str, str, int | None], Awaitable[None]]:
        """The same progress, which is noted here as well."""

        async def told(step: str, words: str, percent: int | None) -> None:
            done = "" if percent is None else f" ({percent} %)"
            line = " ".join(f"{STEP} {step}: {words}{done}".split())
            if not self._steps or self._steps[-1][1] != line:
                self._steps.append((self._size(), line))
            await progress(step, words, percent)

        return told

    async def run(self) -> None:
        """Write segments until the end."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self.ended.wait()
            last = self.ended.is_set()
            try:
                while self._pending or self._new():
                    await self._put(self._key(), self._pending)
                    self._pending = b""
                    self._number += 1
            except (errors.HermesError, OSError) as error:
                # The same bytes go under the same number with the next look: somebody may have read them already.
                _LOG.info(
                    "The live log waits.",
                    extra={"action": "command.live_log", "command_id": self._command.command_id, "why": str(error)},
                )
            if last:
                return

    def _key(self) -> str:
        command = self._command
        return segment_key(command.session_id, command.command_id, command.attempt, self._number)

    def _new(self) -> bool:
        """Whether there is something new; it is pending then: lines, and each step where it was told."""
        begin, lines = self._read, self._lines()
        whole, made, put = len(lines) < SEGMENT_BYTES, bytearray(), 0
        later: list[tuple[int, str]] = []
        for at, step in self._steps:
            if at > begin + len(lines) and not whole:
                later.append((at, step))  # of a part that the next segment has
                continue
            end = lines.rfind(b"\n", 0, max(0, at - begin)) + 1
            made += lines[put : max(put, end)] + f"{step}\n".encode("utf-8", "replace")
            put = max(put, end)
        self._steps = later
        self._pending = bytes(made) + lines[put:]
        return bool(self._pending)

    def _size(self) -> int:
        try:
            return os.lstat(self._path).st_size
        except OSError:
            return 0

    def _lines(self) -> bytes:
        """The whole lines that were added since the last look."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return b""
        with open(handle, "rb") as file:
            file.seek(self._read)
            data = file.read(SEGMENT_BYTES)
        whole = data.rfind(b"\n") + 1
        if not whole and len(data) == SEGMENT_BYTES:
            whole = len(data)
        self._read += whole
        return data[:whole]
