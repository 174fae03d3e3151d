"""How many workers wait without a key. Pure."""

from __future__ import annotations

import dataclasses
import math
from typing import Final

#: A worker that was claimed is replaced within this: a start of a task takes about a minute, and the next look a quarter of one.
REFILL_SECONDS: Final = 90.0
#: Starts are counted over this time.
WINDOW_SECONDS: Final = 900.0
_DAY_HOURS: Final = 24.0
#: 1.2 dollars are 24 hours at 0.05, though not in binary fractions.
_ROUNDING: Final = 1e-9


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PoolBounds:
    """What the operator allows."""

    least: int
    most: int
    dollars_per_hour: float
    """What one of them costs."""
    dollars_per_day: float | None = None
    """What the workers that wait may cost in a day; None: as much as `most` of them do."""


def wanted(bounds: PoolBounds, starts: int) -> int:
    """How many are to wait after so many starts within WINDOW_SECONDS.

    As many as are claimed while one is replaced, and some more, since starts come in bursts. What is allowed in a day is spread over
    it evenly.
    """
    expected = starts * REFILL_SECONDS / WINDOW_SECONDS
    size = min(max(bounds.least, math.ceil(expected + math.sqrt(expected))), bounds.most)
    if bounds.dollars_per_day is not None:
        size = min(size, math.floor(bounds.dollars_per_day / (bounds.dollars_per_hour * _DAY_HOURS) + _ROUNDING))
    return size
