"""Shares: which limits a command falls under, what it takes of them, and which one is named where several are reached."""

from __future__ import annotations

import calendar

import pytest

from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import shares
from hermes.domain.decisions.acceptance import Place
from hermes.domain.decisions.shares import Grant, Measure, Share, ShareLimit, Whose
from hermes.domain.interrupts import Interruption, InterruptReason
from tests.integration import records

NOW = float(calendar.timegm((2026, 11, 21, 13, 59, 59)))
EVERY = Share(open_commands=2, commands_per_hour=5, cost_usd_per_day=1.5)
PROJECT = Grant(whose=Whose.PROJECT, name="acme/site", share=EVERY)
PERSON = Grant(whose=Whose.OWNER, name="anna@example.org", within="acme", share=Share(open_commands=1))


def found(*grants: Grant, now: float = NOW) -> tuple[ShareLimit, ...]:
    return shares.limits_of(grants, now)


def head(state: CommandState, *counted: str, charged: tuple[str, ...] = ()) -> Command:
    return records.command("c1", state=state, counted=counted or None, charged=charged or None)


def test_each_limit_that_is_set_has_a_row_of_its_own() -> None:
    rows = {limit.measure: (limit.row, limit.most, limit.until) for limit in found(PROJECT)}

    assert rows == {
        Measure.OPEN: ("project acme/site open", 2, None),
        Measure.HOURLY: ("project acme/site hour 2026-11-21T13", 5, NOW + 1),
        Measure.DAILY: ("project acme/site day 2026-11-21", 1.5, NOW + 10 * 3600 + 1),
    }


def test_an_hour_and_a_day_begin_anew() -> None:
    before, after = found(PROJECT), found(PROJECT, now=NOW + 1)
    assert [a.row == b.row for a, b in zip(before, after, strict=True)] == [True, False, True]


@pytest.mark.parametrize("share", [Share(), Share(open_commands=0, commands_per_hour=0, cost_usd_per_day=0)])
def test_nothing_and_zero_limit_nothing(share: Share) -> None:
    assert found(Grant(whose=Whose.CLIENT, name="acme", share=share)) == ()


def test_a_share_stands_over_the_default_setting_by_setting() -> None:
    own = Share(open_commands=7, cost_usd_per_day=0)
    assert own.over(EVERY).limits == {Measure.OPEN: 7, Measure.HOURLY: 5}


def test_the_reason_for_the_log_holds_no_address() -> None:
    (limit,) = found(PERSON)
    assert (limit.subject, limit.reason) == (
        "owner anna@example.org in acme",
        "share: open_commands of the sender in acme is 1",
    )


@pytest.mark.parametrize("place", [Place.RUN, Place.WAIT])
def test_a_new_command_takes_a_seat_and_counts(place: Place) -> None:
    claim = shares.claim(found(PROJECT, PERSON), place=place, head=head(CommandState.RUNNING, "project acme/site open"))

    assert len(claim.takes) == 4
    assert claim.counted == ("project acme/site open", "owner anna@example.org in acme open")
    assert claim.charged == ("project acme/site",)
    assert not claim.inherits


@pytest.mark.parametrize(
    ("place", "state"),
    [
        (Place.SUPERSEDE, CommandState.RUNNING),
        (Place.REPLACE, CommandState.ACCEPTED),
        (Place.WAIT, CommandState.INTERRUPTING),
    ],
)
def test_one_that_takes_the_place_of_another_takes_its_seats_and_what_it_lacks(
    place: Place, state: CommandState
) -> None:
    claim = shares.claim(
        found(PROJECT, PERSON), place=place, head=head(state, "client gone open", PERSON.subject + " open")
    )

    assert [limit.row for limit in claim.takes] == [limit.row for limit in found(PROJECT)]
    assert claim.counted == ("client gone open", "owner anna@example.org in acme open", "project acme/site open")
    assert claim.inherits


def test_one_that_waits_for_a_command_that_gave_way_to_another_thread_takes_a_seat_of_its_own() -> None:
    why = Interruption(reason=InterruptReason.PRIORITY_OVERRIDE, requested_at=1.0, preempted=True)
    coming_back = head(CommandState.INTERRUPTING, "project acme/site open").model_copy(update={"interruption": why})
    claim = shares.claim(found(PROJECT), place=Place.WAIT, head=coming_back)

    assert not claim.inherits
    assert "project acme/site open" in [limit.row for limit in claim.takes]


def test_one_that_joins_another_is_the_same_run() -> None:
    older = head(CommandState.ACCEPTED, "project acme/site open", charged=("project acme/site",))
    claim = shares.claim(found(PROJECT, PERSON), place=Place.MERGE, head=older)

    assert claim == shares.ShareClaim(
        counted=("project acme/site open",), charged=("project acme/site",), inherits=True
    )


@pytest.mark.parametrize("place", [Place.LATE, Place.REJECT])
def test_one_that_never_starts_takes_nothing(place: Place) -> None:
    assert shares.claim(found(PROJECT), place=place, head=head(CommandState.RUNNING, "x open")) == shares.ShareClaim()


def test_of_several_limits_that_are_reached_the_longest_is_named() -> None:
    assert shares.longest(found(PERSON, PROJECT)).measure is Measure.DAILY
    assert shares.longest(found(PROJECT)[:2]).measure is Measure.HOURLY


@pytest.mark.parametrize(
    ("reported", "counted"),
    [(None, 0.0), (0.12345678, 0.1235), (-3.0, 0.0), (float("nan"), 0.0), (float("inf"), 0.0), (1e300, 1e6)],
)
def test_a_cost_that_makes_no_sense_counts_nothing(reported: float | None, counted: float) -> None:
    assert shares.dollars(reported) == counted
