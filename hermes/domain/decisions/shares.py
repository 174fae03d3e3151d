"""Shares: how much of Hermes a client, a project or a person may have, so that one noisy sender cannot starve the others.

A share has up to three limits. How many commands are open is a counter of slots: a command takes one when it is accepted and gives it back
when it ends. Accepted commands are counted by the hour of the clock, cost by the day (UTC). The cost is known only at the
end, so commands are refused once the day's sum is reached. Pure.
"""

from __future__ import annotations

import dataclasses
import enum
import math
import time
from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions.acceptance import Place

#: A reported cost counts up to this: DynamoDB refuses larger numbers, and the command has to end.
COST_USD_MOST: Final = 1_000_000.0


class Measure(enum.StrEnum):
    """What a share limits, named as in the settings."""

    OPEN = "open_commands"
    """Commands that were accepted and have not ended."""
    HOURLY = "commands_per_hour"
    """Commands that were accepted within an hour of the clock."""
    DAILY = "cost_usd_per_day"
    """What agents spent within a day, UTC."""


class Whose(enum.StrEnum):
    """Whose share a limit belongs to."""

    CLIENT = "client"
    """All projects of a client together."""
    PROJECT = "project"
    """One project."""
    OWNER = "owner"
    """One person, by the address that they write from."""


class Share(BaseModel):
    """One configured share. None: the default applies; 0: no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    open_commands: int | None = Field(None, ge=0)
    commands_per_hour: int | None = Field(None, ge=0)
    cost_usd_per_day: float | None = Field(None, ge=0, allow_inf_nan=False)

    def over(self, default: Share) -> Share:
        """This share, with the default's limits where it has None."""
        return default.model_copy(update=self.model_dump(exclude_none=True))

    @property
    def limits(self) -> dict[Measure, float]:
        """The limits that it sets."""
        return {measure: most for measure in Measure if (most := getattr(self, measure.value))}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The share of one client, project or person."""

    whose: Whose
    name: str
    """The client's or project's name, or the person's address."""
    within: str = ""
    """For a person: the client or project in which it counts; empty: everywhere."""
    share: Share

    @property
    def subject(self) -> str:
        """The name that operators see: `client acme`, `project acme/site`, `owner anna@example.org in acme/site`."""
        return f"{self.whose.value} {self.name}{f' in {self.within}' if self.within else ''}"

    @property
    def said(self) -> str:
        """The same for the log, without an address."""
        return f"the sender{f' in {self.within}' if self.within else ''}" if self.whose is Whose.OWNER else self.subject


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShareLimit:
    """One limit of a share, and the row that counts for it."""

    measure: Measure
    whose: Whose
    subject: str
    most: float
    row: str
    """Key of the row."""
    until: float | None
    """Epoch seconds at which the count starts again; None: an open command that ends frees a slot."""
    reason: str
    """The reason in the record of a mail that is refused for it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShareClaim:
    """What one command takes of its shares."""

    takes: tuple[ShareLimit, ...] = ()
    """Limits that are counted in the accepting transaction, each only if there is room."""
    counted: tuple[str, ...] = ()
    """Rows in which the command has a slot until it ends."""
    charged: tuple[str, ...] = ()
    """Subjects to whose day its cost is added."""
    inherits: bool = False
    """Whether it takes over the slots of the session's head, which then gives none back."""


def limits_of(grants: Iterable[Grant], now: float) -> tuple[ShareLimit, ...]:
    """Every limit of these shares at this moment."""
    found = []
    for grant in grants:
        for measure, most in grant.share.limits.items():
            row, until = row_of(grant.subject, measure, now)
            reason = f"share: {measure.value} of {grant.said} is {most:g}"
            found.append(
                ShareLimit(
                    measure=measure,
                    whose=grant.whose,
                    subject=grant.subject,
                    most=most,
                    row=row,
                    until=until,
                    reason=reason,
                )
            )
    return tuple(found)


def row_of(subject: str, measure: Measure, now: float) -> tuple[str, float | None]:
    """The key of the row that counts this now, and when the next row replaces it."""
    match measure:
        case Measure.OPEN:
            return f"{subject} open", None
        case Measure.HOURLY:
            began = now // 3600 * 3600
            return f"{subject} hour {time.strftime('%Y-%m-%dT%H', time.gmtime(began))}", began + 3600
        case Measure.DAILY:
            began = now // 86400 * 86400
            return f"{subject} day {time.strftime('%Y-%m-%d', time.gmtime(began))}", began + 86400


def claim(found: Sequence[ShareLimit], *, place: Place, head: Command | None) -> ShareClaim:
    """What a command at this place takes; `head` is the newest command of its session.

    One that takes the place of another takes its slots, so a limit never keeps a person from correcting what they asked for. One that joins
    another is the same run and is not counted again. A command that never starts takes nothing.
    """
    if place in (Place.LATE, Place.REJECT):
        return ShareClaim()
    # A command that gave way to another thread runs again, and keeps its slot.
    ending = head is not None and head.state is CommandState.INTERRUPTING and not _yielded(head)
    follows = place in (Place.SUPERSEDE, Place.REPLACE, Place.MERGE) or (place is Place.WAIT and ending)
    held = (head.counted or ()) if head is not None and follows else ()
    if place is Place.MERGE:
        return ShareClaim(counted=held, charged=(head.charged or ()) if head else (), inherits=bool(held))
    takes = tuple(limit for limit in found if limit.row not in held)
    slots = [limit.row for limit in takes if limit.measure is Measure.OPEN]
    charged = tuple(limit.subject for limit in found if limit.measure is Measure.DAILY)
    return ShareClaim(takes=takes, counted=(*held, *slots), charged=charged, inherits=bool(held))


def _yielded(head: Command) -> bool:
    return head.interruption is not None and head.interruption.preempted


def dollars(reported: float | None) -> float:
    """The reported cost as it is counted, to a hundredth of a cent; 0 for a number that makes no sense."""
    if reported is None or not math.isfinite(reported):
        return 0.0
    return round(min(max(reported, 0.0), COST_USD_MOST), 4)


def longest(full: Iterable[ShareLimit]) -> ShareLimit:
    """The limit to name of those that are reached: the one that lasts longest, so that nobody meets the next one after it."""
    return max(full, key=lambda limit: limit.until or 0.0)
