"""UnreadableRows: parks rows that cannot be read, and logs each failing row once, so that none is retried for ever."""

from __future__ import annotations

import math
from typing import Final, TypeVar

from hermes import errors
from hermes.aws.records.parked_rows import Noun, ParkedRows
from hermes.domain.env import Env
from hermes.domain.events import Event

#: A row with a value that a newer version may know is parked if no replica handles it for this long, longer than a deployment.
PARK_SECONDS: Final = 900.0
#: Interval of logging for a row that keeps failing in the same way.
SAID_AGAIN_SECONDS: Final = 300.0
#: Failed rows that a sweeper remembers.
ROWS_REMEMBERED: Final = 10_000

K = TypeVar("K")


class UnreadableRows:
    """Parks rows that cannot be read, and logs new failures of others."""

    def __init__(self, *, rows: ParkedRows, env: Env) -> None:
        self._rows = rows
        self._env = env
        self._left: dict[tuple[Noun, str], float] = {}
        self._said: dict[tuple[Noun, str, str], float] = {}

    def left(self, noun: Noun, row_id: str) -> bool:
        """Whether the row is left to a newer version for the time being."""
        return self._left.get((noun, row_id), 0.0) > self._env.now()

    async def unreadable(self, noun: Noun, row_id: str, error: errors.UnknownRecord) -> None:
        """Handle a row that this version cannot read, or whose step needs another such row.

        A damaged row is parked. A row with a value that a newer version may know is left to that version, which runs beside this one during
        a deployment, and is parked if no replica handles it within PARK_SECONDS.
        """
        now = self._env.now()
        damaged = isinstance(error, errors.DamagedRecord)
        since = math.inf if damaged else now - PARK_SECONDS
        if await self._rows.park(noun, row_id, reason=error.message, overdue_since=since, now=now):
            self._left.pop((noun, row_id), None)
            text = f"a row of {noun} was parked: {error.message}; repair it, then run `hermes rows redrive`"
            self._env.emit(Event("row.unreadable", now, text, {"table": noun, "row_id": row_id}))
        elif not damaged:
            self.failed(noun, row_id, error.message)
            _remember(self._left, (noun, row_id), now + PARK_SECONDS / 10, now)

    def failed(self, noun: Noun, row_id: str, why: str) -> None:
        """Log that a row could not be handled and stays due; the same failure again only after SAID_AGAIN_SECONDS."""
        now = self._env.now()
        if self._said.get((noun, row_id, why), 0.0) <= now:
            _remember(self._said, (noun, row_id, why), now + SAID_AGAIN_SECONDS, now)
            self._env.emit(Event("sweep.failed", now, f"{noun} {row_id}: {why}", {"table": noun, "row_id": row_id}))


def _remember(times: dict[K, float], key: K, until: float, now: float) -> None:
    """Remember a failure. If there are too many, those that have passed are forgotten, else the oldest."""
    if len(times) >= ROWS_REMEMBERED:
        for old in [one for one, ends in times.items() if ends <= now] or list(times)[: ROWS_REMEMBERED // 2]:
            del times[old]
    times[key] = until
