"""Limits how many mails are handled at once, by the lag that the gateway's own work causes on its event loop.

A mail takes dozens of small steps, and its effects dozens more. In a burst every step would wait for all others, those of an
interrupt too. So fewer mails are started while the loop lags, and more when it does not. The inbound queue keeps the rest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from hermes import limits
from hermes.aws import queues

#: Above this lag the limit is halved; a person who waits for an interrupt does not notice it yet.
PRESSURE_HIGH_SECONDS: Final = 0.04
#: Below this lag the limit grows by one.
PRESSURE_LOW_SECONDS: Final = 0.02


class ConcurrencyLimiter:
    """Measures the lag of the event loop; halves `allowed` while it is high, and raises it by one while it is low."""

    def __init__(self, *, most: int, processor: Callable[[], float] = time.thread_time) -> None:
        self._most = most
        self._processor = processor
        self.allowed = most
        """Number of mails that may be handled at once now: at least one."""

    async def run(self, stop: asyncio.Event) -> None:
        """Measure until `stop`."""
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            before, used = loop.time(), self._processor()
            await queues.pause(stop, limits.PRESSURE_LOOK_SECONDS)
            late = loop.time() - before - limits.PRESSURE_LOOK_SECONDS
            # A busy machine makes the loop lag too; then fewer mails would only make us slower.
            self.observe(min(late, self._processor() - used))

    def observe(self, late: float) -> None:
        """Adjust the limit to a lag of so many seconds that our own work caused."""
        if late > PRESSURE_HIGH_SECONDS:
            self.allowed = max(1, self.allowed // 2)
        elif late < PRESSURE_LOW_SECONDS:
            self.allowed = min(self._most, self.allowed + 1)
