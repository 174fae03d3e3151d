"""What was used of a share: one counter, for as long as it counts; and what of all of them an operator wants to see."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from hermes.domain.commands import Command
from hermes.domain.decisions.shares import Measure, ShareLimit


class UsageRow(BaseModel):
    """A row of the usage table; `usage_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    usage_id: str
    subject: str
    """Whose it is, as `shares.Grant.subject` says it."""
    measure: Measure
    used: float = 0.0
    """Open commands, commands, or US dollars."""
    until: float | None = None
    """Epoch seconds at which another row takes over; None: never."""
    changes: int = 0
    """How often it was written: tells a row that was left alone from one that came back to its value."""
    expires_at: int | None = None


Slots = collections.Counter[str]
"""Row → how many open commands have a slot in it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShareUsage:
    """What one share has used of one limit by now."""

    subject: str
    measure: Measure
    used: float
    most: float | None
    """None: it was counted under a limit that is no longer set."""
    until: float | None


def standings(rows: Iterable[UsageRow], limits: Iterable[ShareLimit], *, now: float) -> list[ShareUsage]:
    """The counts that hold now, beside their limits, and the limits of which nothing was used."""
    counted = {row.usage_id: row for row in rows if row.until is None or row.until > now}
    set_now = {limit.row: limit for limit in limits}
    found = [
        ShareUsage(subject=row.subject, measure=row.measure, used=row.used, most=None, until=row.until)
        for key, row in counted.items()
        if key not in set_now and row.used
    ]
    for key, limit in set_now.items():
        used = counted[key].used if key in counted else 0.0
        found.append(
            ShareUsage(subject=limit.subject, measure=limit.measure, used=used, most=limit.most, until=limit.until)
        )
    order = list(Measure)
    return sorted(found, key=lambda one: (one.subject, order.index(one.measure)))


def slots(commands: Iterable[Command]) -> Slots:
    """Who sits where."""
    return collections.Counter(
        row for command in commands if not command.state.terminal for row in command.counted or ()
    )


def astray(rows: Sequence[UsageRow], held: Slots) -> list[tuple[UsageRow, int]]:
    """The counts of open commands that are not as many as have a slot, and how many have."""
    return [(row, held[row.usage_id]) for row in rows if row.measure is Measure.OPEN and row.used != held[row.usage_id]]
