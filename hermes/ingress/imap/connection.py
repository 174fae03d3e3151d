"""A folder and the thread of its calls, each with a time limit."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import Final, TypeVar

from hermes import errors
from hermes.ingress.imap.folder import ImapFolder

#: A thread whose connection was cut notices within this, or is left to itself.
IMAP_ABORT_SECONDS: Final = 5.0

_R = TypeVar("_R")


class ImapConnection:
    """One connection; its calls are made one at a time."""

    def __init__(self, folder: ImapFolder, *, seconds: float) -> None:
        """`seconds` is the time limit of a call that sets none."""
        self.folder = folder
        self._seconds = seconds
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="imap")

    async def do(self, call: Callable[..., _R], *given: object, seconds: float | None = None) -> _R:
        """Call in the thread; after its time limit the connection is closed, which ends the call. Raises `errors.MailboxUnavailable`."""
        seconds = seconds or self._seconds
        made = asyncio.get_running_loop().run_in_executor(self._thread, call, *given)
        try:
            done, _ = await asyncio.wait([made], timeout=seconds)
        except asyncio.CancelledError:
            await self._cut(made)
            raise
        if not done:
            await self._cut(made)
            raise errors.MailboxUnavailable(f"IMAP: no answer in {seconds:g} s")
        return made.result()

    async def end(self) -> None:
        """Hang up, and wait for that a little."""
        closing = asyncio.get_running_loop().run_in_executor(self._thread, self.folder.close)
        done, _ = await asyncio.wait([closing], timeout=IMAP_ABORT_SECONDS)
        if not done:
            await self._cut(closing)
        self._thread.shutdown(wait=False)

    async def _cut(self, made: asyncio.Future[_R]) -> None:
        self.folder.abort()
        # Its error is ours: it comes of the cut.
        made.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        await asyncio.wait([made], timeout=IMAP_ABORT_SECONDS)
