"""Collects the events of a demo, to show them and to wait for them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable

from hermes import errors
from hermes.domain.events import Event


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """One event, with its seconds since the start."""

    seconds: float
    event: Event


class DemoTimeline:
    """Collects events; `shown` is called with each as it comes."""

    def __init__(self, *, now: Callable[[], float], shown: Callable[[Moment], None]) -> None:
        self._now = now
        self._shown = shown
        self._start = now()
        self._news = asyncio.Event()
        self.moments: list[Moment] = []

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self._now() - self._start

    def take(self, event: Event) -> None:
        """A listener for events."""
        moment = Moment(max(0.0, event.at - self._start), event)
        self.moments.append(moment)
        self._shown(moment)
        self._news.set()

    def say(self, name: str, text: str, **facts: object) -> None:
        """Add an event of the demo itself."""
        self.take(Event(name, self._now(), text, facts))

    async def wait_for(
        self,
        what: str,
        wanted: Callable[[Event], bool],
        *,
        seconds: float,
        fatal: Callable[[Event], bool] | None = None,
    ) -> Event:
        """The first wanted event, past or future.

        Raises `errors.StepFailed` naming `what` after `seconds`, or as soon as a `fatal` event is seen.
        """
        found = await self.look_for(what, wanted, seconds=seconds, fatal=fatal)
        if found is None:
            last = self.moments[-1].event.text if self.moments else "nothing happened"
            raise errors.StepFailed(f"{what} did not happen within {seconds:g} s; the last thing was: {last}")
        return found

    async def look_for(
        self,
        what: str,
        wanted: Callable[[Event], bool],
        *,
        seconds: float,
        fatal: Callable[[Event], bool] | None = None,
        after: Event | None = None,
    ) -> Event | None:
        """As `wait_for`, but None where it does not happen in time; with `after`, the first one behind that event."""
        seen = next((n for n, moment in enumerate(self.moments, 1) if moment.event is after), 0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    for moment in self.moments[seen:]:
                        seen += 1
                        if wanted(moment.event):
                            return moment.event
                        if fatal and fatal(moment.event):
                            raise errors.StepFailed(f"waiting for {what}: {moment.event.text}")
                    self._news.clear()
                    await self._news.wait()
        return None
