"""The gateway's health: whether this process works, whether it and what it depends on take mail, and the lag of its event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from hermes.aws import queues
from hermes.aws.alerts.aws_time import CLOCK_SECONDS
from hermes.domain.env import Env
from hermes.domain.events import Event

#: The health check fails if the last poll is older than its own length and this, the time of two calls that time out.
POLL_STALE_SECONDS: Final = 60.0
#: The lag of the event loop is measured this often.
LAG_SECONDS: Final = 0.5


class Health:
    """Tells a process that hangs, which has to be replaced, from one that works while SQS does not answer: another could not do more."""

    def __init__(
        self,
        *,
        last_poll: Callable[[], float],
        last_turn: Callable[[], float] | None = None,
        poll_seconds: float,
        clock_offset: Callable[[], float | None] = lambda: None,
        lag: Callable[[float], None] = lambda seconds: None,
        env: Env,
    ) -> None:
        self._last_poll = last_poll  # by the steady clock, as the next
        self._last_turn = last_turn or last_poll
        self._stale = poll_seconds + POLL_STALE_SECONDS
        self._clock_offset = clock_offset
        self._env = env
        self._lag = lag
        self._said = False
        self.serving = False
        """Whether it takes mail."""
        self.stopping = False
        """Whether it was asked to stop."""

    @property
    def poll_age(self) -> float:
        """Seconds since the inbound queue last answered."""
        return max(0.0, self._env.clock() - self._last_poll())

    @property
    def alive(self) -> bool:
        """Whether this process works: it asked for mail recently, whatever the answer was."""
        return self._env.clock() - self._last_turn() <= self._stale

    @property
    def ready(self) -> bool:
        """Whether it takes mail: it serves, works, and its inbound queue answers."""
        return self.serving and self.alive and not self._unheard

    @property
    def _unheard(self) -> bool:
        return self.poll_age > self._stale

    def facts(self) -> dict[str, object]:
        """What the health checks tell about this process."""
        found: dict[str, object] = {"serving": self.serving, "pollAgeSeconds": round(self.poll_age, 1)}
        if (ahead := self._clock_offset()) is not None:
            # A clock that is wrong makes no process unhealthy: Hermes goes by AWS's time, and another would have the same clock.
            found["clock"] = {"ok": abs(ahead) <= CLOCK_SECONDS, "aheadSeconds": round(ahead, 1)}
        return found

    async def run(self, stop: asyncio.Event) -> None:
        """Measure the lag of the event loop until `stop`."""
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
            self.stopping = True

    def _look(self) -> None:
        stale = self._unheard
        if stale and not self._said:
            text = f"the inbound queue was last heard of {self.poll_age:.0f} s ago"
            self._env.emit(Event("poll.stale", self._env.now(), text, {"seconds": round(self.poll_age)}))
        self._said = stale
