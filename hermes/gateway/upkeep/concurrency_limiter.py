"""Pressure: how many mails may be under way, by how late the event loop comes to things through work of its own.

A mail is dozens of small steps, and what follows from it dozens more. A burst of them would make every step wait for all others, an
interrupt like the rest; so fewer are begun while the loop is late, and more again when it is not. The inbound queue keeps what waits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from hermes import limits
from hermes.aws import queues

#: Later than this, half as many mails are under way: a person who waits for an interrupt does not notice it yet.
PRESSURE_HIGH_SECONDS: Final = 0.04
#: And less than this, one more.
PRESSURE_LOW_SECONDS: Final = 0.02


class ConcurrencyLimiter:
    """Measures the loop beside the work; `allowed` is halved while it is late and grows one by one while it is not."""

    def __init__(self, *, most: int, processor: Callable[[], float] = time.thread_time) -> None:
        self._most = most
        self._processor = processor
        self.allowed = most
        """Mails that may be under way now: at least one."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            before, used = loop.time(), self._processor()
            await queues.pause(stop, limits.PRESSURE_LOOK_SECONDS)
            late = loop.time() - before - limits.PRESSURE_LOOK_SECONDS
            # A machine that has other things to do makes us late too; with fewer mails we would only be slower.
            self.observe(min(late, self._processor() - used))

    def observe(self, late: float) -> None:
        """The loop came back so many seconds late, through its own work."""
        if late > PRESSURE_HIGH_SECONDS:
            self.allowed = max(1, self.allowed // 2)
        elif late < PRESSURE_LOW_SECONDS:
            self.allowed = min(self._most, self.allowed + 1)
