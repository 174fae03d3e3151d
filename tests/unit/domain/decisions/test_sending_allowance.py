"""No more replies than a provider allows, in any minute and in any 24 hours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hermes.domain.decisions.sending_allowance import Full, take, windows

HOUR = 3600.0


@given(
    st.integers(1, 5),
    st.integers(1, 20),
    st.lists(st.floats(0.0, 30.0, allow_nan=False), min_size=1, max_size=60),
)
def test_in_no_minute_and_in_no_day_are_more_sent_than_allowed(
    per_minute: int, per_day: int, pauses: list[float]
) -> None:
    limits = windows(per_minute=per_minute, per_day=per_day)
    counted: dict[str, dict[str, int]] = {}
    sent: list[float] = []
    now = 1_000_000.0
    for pause in pauses:
        now += pause
        found = take(counted, limits, now)
        if isinstance(found, Full):
            assert found.until > now
            now = found.until
            found = take(counted, limits, now)
            while isinstance(found, Full):  # the other window
                now = found.until
                found = take(counted, limits, now)
        counted = found
        sent.append(now)

    for at in sent:
        assert sum(at - 60 < one <= at for one in sent) <= per_minute
        assert sum(at - 24 * HOUR < one <= at for one in sent) <= per_day


def test_the_wait_is_no_longer_than_the_window_and_a_slot() -> None:
    counted = take({}, windows(per_minute=1, per_day=None), 1000.5)
    assert not isinstance(counted, Full)

    full = take(counted, windows(per_minute=1, per_day=None), 1010.0)

    assert isinstance(full, Full)
    assert full.until == 1061.0
    assert full.window.name == "minute"


def test_a_reply_counts_until_its_slot_is_out_of_the_window() -> None:
    limits = windows(per_minute=1, per_day=None)
    counted = take({}, limits, 1000.5)
    assert not isinstance(counted, Full)

    assert isinstance(take(counted, limits, 1060.9), Full)
    assert take(counted, limits, 1061.0) == {"minute": {"1061": 1}}


def test_the_row_stays_small_however_many_are_sent() -> None:
    limits = windows(per_minute=1_000_000, per_day=1_000_000)
    counted: dict[str, dict[str, int]] = {}
    for number in range(5000):
        found = take(counted, limits, 1_000_000.0 + number * 60)
        assert not isinstance(found, Full)
        counted = found

    assert len(counted["minute"]) <= 61
    assert len(counted["day"]) <= 97


def test_without_limits_nothing_is_counted() -> None:
    assert windows(per_minute=None, per_day=None) == ()
    assert take({}, (), 0.0) == {}
