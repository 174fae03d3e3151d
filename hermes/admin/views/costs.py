"""What commands cost: by client, project, person, agent and day."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import io
from collections.abc import Iterable, Sequence
from typing import Final

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.aws.records.costs import day_of

#: By what sums may be made.
BY: Final = ("client", "project", "person", "agent", "day")
#: The longest span of days that one question may ask for.
DAYS_MOST: Final = 400


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A sum. The fields that the sum is not made by are empty."""

    day: str = ""
    """`2026-11-26`, UTC."""
    client: str = ""
    project: str = ""
    """`client/project`."""
    person: str = ""
    """Empty also for people who were forgotten."""
    agent: str = ""
    usd: float
    commands: int
    """Attempts that ended."""
    run_seconds: float


async def costs(
    console: Console, viewer: Viewer, *, since: str, until: str, by: Sequence[str] = BY
) -> tuple[Cost, ...]:
    """Sums from one day to another, both included (`2026-11-26`, UTC), the dearest first. Raises `errors.BadQuery`."""
    for name in by:
        if name not in BY:
            raise errors.BadQuery(f"costs are not summed by {name!r}; choose of {', '.join(BY)}")
    sums: dict[tuple[str, ...], tuple[float, int, float]] = {}
    for row in await console.stores.costs.of_days(days(since, until)):
        project = f"{row.client}/{row.project}"
        if not viewer.sees(project):
            continue
        facts = {"day": row.day, "client": row.client, "project": project, "person": row.person, "agent": row.agent}
        key = tuple(facts[name] if name in by else "" for name in BY)
        usd, count, seconds = sums.get(key, (0.0, 0, 0.0))
        sums[key] = (usd + row.used, count + row.commands, seconds + row.run_seconds)
    found = [
        Cost(**dict(zip(BY, key, strict=True)), usd=round(usd, 4), commands=count, run_seconds=round(seconds, 1))
        for key, (usd, count, seconds) in sums.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.usd, -one.commands, one.day, one.project, one.person)))


async def today(console: Console, viewer: Viewer) -> float:
    """US dollars of this day, UTC."""
    rows = await console.stores.costs.of_day(day_of(console.now()))
    return round(sum(row.used for row in rows if viewer.sees(f"{row.client}/{row.project}")), 4)


def days(since: str, until: str) -> list[str]:
    """Every day from one to the other. Raises `errors.BadQuery`."""
    try:
        first, last = datetime.date.fromisoformat(since), datetime.date.fromisoformat(until)
    except ValueError as error:
        raise errors.BadQuery(f"a day is written like 2026-11-26 ({error})") from error
    if not 0 <= (last - first).days < DAYS_MOST:
        raise errors.BadQuery(f"from {since} to {until} is no span of 1 to {DAYS_MOST} days")
    return [(first + datetime.timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def as_csv(rows: Iterable[Cost]) -> str:
    """The rows as CSV (RFC 4180), with a line of names. A value that a spreadsheet would take for a formula begins with a quote mark."""
    out = io.StringIO()
    names = [field.name for field in dataclasses.fields(Cost)]
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_inert(getattr(row, name)) for name in names])
    return out.getvalue()


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
