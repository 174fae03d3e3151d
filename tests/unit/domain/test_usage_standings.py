"""What an operator sees of the counts, and which of them are wrong."""

from __future__ import annotations

import collections

from hermes.domain.commands import CommandState
from hermes.domain.decisions import shares, usage
from hermes.domain.decisions.shares import Grant, Measure, Share, Whose
from hermes.domain.decisions.usage import ShareUsage, UsageRow
from tests.integration import records

NOW = 1_800_000_000.0
GRANT = Grant(whose=Whose.PROJECT, name="acme/site", share=Share(open_commands=3, commands_per_hour=9))


def row(subject: str, measure: Measure, used: float, *, at: float = NOW) -> UsageRow:
    key, until = shares.row_of(subject, measure, at)
    return UsageRow(usage_id=key, subject=subject, measure=measure, used=used, until=until)


def test_counts_stand_beside_their_limits_and_limits_of_which_nothing_was_used_too() -> None:
    hour = shares.row_of(GRANT.subject, Measure.HOURLY, NOW)[1]
    rows = [row("project acme/site", Measure.OPEN, 2), row("project acme/site", Measure.HOURLY, 9, at=NOW - 3600)]

    assert usage.standings(rows, shares.limits_of([GRANT], NOW), now=NOW) == [
        ShareUsage(subject="project acme/site", measure=Measure.OPEN, used=2, most=3, until=None),
        ShareUsage(subject="project acme/site", measure=Measure.HOURLY, used=0, most=9, until=hour),
    ]


def test_a_count_under_a_limit_that_is_no_longer_set_is_shown_until_it_is_nothing() -> None:
    def shown(used: float) -> list[ShareUsage]:
        return usage.standings([row("client acme", Measure.OPEN, used)], [], now=NOW)

    assert shown(0) == []
    assert shown(1) == [ShareUsage(subject="client acme", measure=Measure.OPEN, used=1, most=None, until=None)]


def test_the_seats_are_those_of_open_commands() -> None:
    open_one = records.command("c1", counted=("a open", "b open"))
    ended = records.command("c2", counted=("a open",), state=CommandState.FAILED)
    assert usage.slots([open_one, ended, records.command("c3")]) == {"a open": 1, "b open": 1}


def test_a_count_is_astray_if_it_is_not_as_many_as_have_a_seat() -> None:
    rows = [row("a", Measure.OPEN, 1), row("b", Measure.OPEN, 4), row("c", Measure.HOURLY, 7)]
    assert usage.astray(rows, collections.Counter({"a open": 1, "b open": 2})) == [(rows[1], 2)]
