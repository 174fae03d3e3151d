"""How many replies a mail provider takes in a minute and in a day, counted over all gateways before it complains. Pure.

Counts are kept in slots of a window (seconds of a minute, quarters of an hour of a day). A slot counts until the whole of it is out of the
window, so that in no minute and in no 24 hours more are sent than allowed, whenever the provider begins to count.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Window:
    """At most so many in any span of so many seconds."""

    name: str
    most: int
    seconds: float
    slot: float
    """Seconds of one slot."""


class SendingCount(BaseModel):
    """The row of the count; `usage_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    usage_id: str
    counted: dict[str, dict[str, int]] | None = None
    """Window → number of the slot since the epoch → replies."""
    version: str = ""
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Full:
    """No more now."""

    until: float
    """Epoch seconds at which a slot is free again."""
    window: Window


def windows(*, per_minute: int | None, per_day: int | None) -> tuple[Window, ...]:
    """The windows of these limits."""
    minute = (Window("minute", per_minute, 60.0, 1.0),) if per_minute else ()
    day = (Window("day", per_day, DAY_SECONDS, 900.0),) if per_day else ()
    return (*minute, *day)


DAY_SECONDS: Final = 24 * 3600.0


def take(
    counted: Mapping[str, Mapping[str, int]], limits: Sequence[Window], now: float
) -> dict[str, dict[str, int]] | Full:
    """The count with one more, or when there is room for one; slots that are over are left out."""
    found: dict[str, dict[str, int]] = {}
    waits = []
    for window in limits:
        here = int(now // window.slot)
        # A clock that is behind another gateway's sees slots of its future: they count.
        young = {
            int(slot): many
            for slot, many in counted.get(window.name, {}).items()
            if (int(slot) + 1) * window.slot > now - window.seconds
        }
        if (wait := _free_at(young, window)) is not None:
            waits.append(Full(wait, window))
        young[here] = young.get(here, 0) + 1
        found[window.name] = {str(slot): many for slot, many in young.items()}
    return max(waits, key=lambda full: full.until) if waits else found


def _free_at(young: Mapping[int, int], window: Window) -> float | None:
    """When enough slots are out of the window for one more; None: now."""
    over = sum(young.values()) - window.most
    if over < 0:
        return None
    slots = sorted(young)
    gone = itertools.accumulate(young[slot] for slot in slots)
    last = next(slot for slot, many in zip(slots, gone, strict=True) if many > over)
    return (last + 1) * window.slot + window.seconds
