"""The one timer of an execution."""

from __future__ import annotations

import asyncio
import math
import weakref
from collections.abc import Callable

from hermes.execution import latch


class RunTimer:
    """Calls back once, unless replaced or cancelled before.

    Set before a loop runs, it waits for `arm`. The loop holds it weakly, so a pending timer does not keep an execution in memory.
    """

    __slots__ = ("__weakref__", "_handle", "_loop", "_on_time", "_token", "waiting")

    def __init__(self, on_time: Callable[[str], None]) -> None:
        self._on_time = on_time
        self._handle: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._token: object = None
        #: seconds and message of a timer that was set where no loop runs
        self.waiting: tuple[float, str] | None = None

    def set(self, seconds: float, message: str) -> None:
        """Call back with the message after so many seconds, in place of an earlier time: from now, or without a loop from `arm`."""
        if not (0 <= seconds < math.inf):
            raise ValueError(f"a timeout must be a number of seconds, zero or more: {seconds!r}")
        self.cancel()
        self.waiting = seconds, message
        if latch.running_loop() is not None:
            self.arm()

    def arm(self) -> None:
        """Start a timer that waits for a loop; in the loop."""
        if self.waiting is not None:
            (seconds, message), self.waiting = self.waiting, None
            self._loop = asyncio.get_running_loop()
            self._token = token = object()
            self._handle = self._loop.call_later(seconds, _come, weakref.ref(self), token, message)

    def cancel(self) -> bool:
        """Cancel it; False if there was none."""
        handle, self._handle, self._token = self._handle, None, None
        waiting, self.waiting = self.waiting, None
        if handle is None:
            return waiting is not None
        handle.cancel()
        return True

    @property
    def remaining(self) -> float | None:
        """Seconds until it fires; None if it is not set."""
        if self.waiting is not None:
            return self.waiting[0]
        if self._handle is None or self._loop is None:
            return None
        return max(0.0, self._handle.when() - self._loop.time())

    def come(self, token: object, message: str) -> None:
        """Fire; does nothing for a timer that was replaced or cancelled meanwhile."""
        if token is not None and token is self._token:
            self._handle = self._token = None
            self._on_time(message)


def _come(timer: weakref.ref[RunTimer], token: object, message: str) -> None:
    alive = timer()
    if alive is not None:
        alive.come(token, message)
