"""The counters of shares, and the summary of them that operators see."""

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
    """Whose share it counts, as in `shares.Grant.subject`."""
    measure: Measure
    used: float = 0.0
    """Open commands, commands, or US dollars."""
    until: float | None = None
    """Epoch seconds at which another row replaces it; None: never."""
    changes: int = 0
    """Number of writes: tells an unchanged row from one that has returned to its value."""
    expires_at: int | None = None


Slots = collections.Counter[str]
"""Row → how many open commands have a slot in it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShareUsage:
    """What one share has used of one limit."""

    subject: str
    measure: Measure
    used: float
    most: float | None
    """None: the limit under which it was counted is no longer set."""
    until: float | None


def standings(rows: Iterable[UsageRow], limits: Iterable[ShareLimit], *, now: float) -> list[ShareUsage]:
    """The current counts with their limits, and the limits of which nothing was used."""
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
    """The slots that open commands have, by row."""
    return collections.Counter(
        row for command in commands if not command.state.terminal for row in command.counted or ()
    )


def astray(rows: Sequence[UsageRow], held: Slots) -> list[tuple[UsageRow, int]]:
    """Rows whose count of open commands is wrong, with the right count."""
    return [(row, held[row.usage_id]) for row in rows if row.measure is Measure.OPEN and row.used != held[row.usage_id]]
