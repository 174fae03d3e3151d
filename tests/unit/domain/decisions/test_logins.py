"""How often Hermes may log in to a server that does not let it in."""

from __future__ import annotations

from hermes.domain.decisions import logins


def test_after_so_many_in_an_hour_the_next_waits_until_one_of_them_is_an_hour_old() -> None:
    sent: tuple[float, ...] = ()
    for at in range(logins.LOGINS_MOST):
        assert logins.rests_until(sent, 1000.0 + at) is None
        sent = logins.counted(sent, 1000.0 + at)
    assert logins.rests_until(sent, 1100.0) == 1000.0 + logins.HOUR_SECONDS
    assert logins.rests_until(sent, 1000.0 + logins.HOUR_SECONDS) is None


def test_the_count_keeps_the_last_hour_and_no_more_than_it_needs() -> None:
    assert logins.counted((1.0, 5000.0), 5001.0) == (5000.0, 5001.0)
    assert len(logins.counted(tuple(5000.0 + n for n in range(1000)), 6000.0)) == 4 * logins.LOGINS_MOST


def test_what_a_wrong_clock_wrote_into_the_future_holds_nothing_up() -> None:
    assert logins.rests_until([9000.0] * 100, 1000.0) is None
