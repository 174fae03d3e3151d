"""When a reply is offered again: soon what passes, slowly what an operator mends, rarely what may have arrived."""

from __future__ import annotations

import itertools

import pytest

from hermes.domain.decisions.redelivery import HANDED_OVER_MOST, Trouble, next_try

HOUR = 3600.0


def tries(trouble: Trouble, *, jitter: float = 0.5) -> list[float]:
    """The times of all tries of a reply that never gets through, the first at 0."""
    at: list[float] = [0.0]
    while len(at) < 10_000:
        unanswered = len(at) if trouble is Trouble.UNANSWERED else 0
        following = next_try(trouble, unanswered=unanswered, since=0.0, now=at[-1], jitter=jitter)
        if following is None:
            return at
        at.append(following)
    raise AssertionError("it is never given up")


def test_a_moment_is_tried_within_seconds_and_for_a_day() -> None:
    at = tries(Trouble.MOMENT)

    assert at[1] <= 6
    assert 24 * HOUR < at[-1] <= 24.7 * HOUR
    assert len(at) < 120


def test_what_an_operator_mends_is_tried_over_a_weekend_and_not_often() -> None:
    at = tries(Trouble.OPERATOR)

    assert at[1] == 60
    assert 72 * HOUR < at[-1] <= 73.5 * HOUR
    assert len(at) < 100


@pytest.mark.parametrize("jitter", [0.0, 0.999])
def test_what_may_have_arrived_is_sent_three_times_more_and_far_apart(jitter: float) -> None:
    at = tries(Trouble.UNANSWERED, jitter=jitter)

    assert len(at) == HANDED_OVER_MOST == 4
    pauses = [after - before for before, after in itertools.pairwise(at)]
    assert 15 * 60 <= pauses[0] <= 18 * 60
    assert all(pause >= 2 * HOUR for pause in pauses[1:])


def test_one_that_was_handed_over_before_it_was_deferred_keeps_its_count() -> None:
    assert next_try(Trouble.MOMENT, unanswered=3, since=0.0, now=10.0, jitter=0.5) == 15.0
    assert next_try(Trouble.UNANSWERED, unanswered=4, since=0.0, now=10.0, jitter=0.5) is None
