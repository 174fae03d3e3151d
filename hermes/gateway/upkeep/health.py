"""The gateway's health: does it still poll for mail, is it ready, and how late does its event loop come to things?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from hermes.aws import queues
from hermes.domain.env import Env
from hermes.domain.events import Event

#: A poll of the inbound queue that is older than its own length and this fails the health check: two calls that ran into their time limit.
POLL_STALE_SECONDS: Final = 60.0
#: The lag of the event loop is measured this often.
LAG_SECONDS: Final = 0.5


class Health:
    """A watchdog beside the work: a poll that is too old fails the health check, so that whatever started this process starts another."""

    def __init__(
        self,
        *,
        last_poll: Callable[[], float],
        poll_seconds: float,
        lag: Callable[[float], None] = lambda seconds: None,
        env: Env,
    ) -> None:
        self._last_poll = last_poll
        self._stale = poll_seconds + POLL_STALE_SECONDS
        self._env = env
        self._lag = lag
        self._said = False
        self.serving = False
        """Does it take mail?"""

    @property
    def poll_age(self) -> float:
        """Seconds since the inbound queue was last heard of."""
        return max(0.0, self._env.now() - self._last_poll())

    @property
    def alive(self) -> bool:
        """Is the last poll young enough?"""
        return self.poll_age <= self._stale

    @property
    def ready(self) -> bool:
        """Does it take mail and is it alive?"""
        return self.serving and self.alive

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`, and measure each time how much later than asked the loop came back."""
        loop = asyncio.get_running_loop()
        self.serving = True
        try:
            while not stop.is_set():
                before = loop.time()
                if await queues.pause(stop, LAG_SECONDS):
                    break
                self._lag(max(0.0, loop.time() - before - LAG_SECONDS))
                self._look()
        finally:
            self.serving = False

    def _look(self) -> None:
        stale = not self.alive
        if stale and not self._said:
            text = f"the inbound queue was last heard of {self.poll_age:.0f} s ago"
            self._env.emit(Event("poll.stale", self._env.now(), text, {"seconds": round(self.poll_age)}))
        self._said = stale
