"""What does not change is told by our own steady clock, not by a time of day that somebody sets or another machine wrote."""

from __future__ import annotations

import pytest

from hermes.gateway.commands import unchanged
from hermes.gateway.commands.unchanged import Unchanged
from tests import env


class Clocks:
    """The time of day and the steady clock, each moved by the test."""

    def __init__(self) -> None:
        self.day, self.steady = 1_000_000.0, 50.0
        self.unchanged = Unchanged(env=env.quiet(now=lambda: self.day, clock=lambda: self.steady))

    def passes(self, seconds: float) -> None:
        self.day += seconds
        self.steady += seconds

    def longer(self, mark: object, written_at: float, name: str = "a") -> bool:
        return self.unchanged.longer_than(name, mark, 45.0, written_at=written_at)


def test_what_changes_is_never_still_however_wrong_the_other_clock_is() -> None:
    clocks = Clocks()
    for skew in (-36_000.0, 36_000.0):
        for beat in range(20):
            assert not clocks.longer(beat, clocks.day + skew, name=str(skew))
            clocks.passes(10.0)


@pytest.mark.parametrize("skew", [-36_000.0, 0.0, 36_000.0])
def test_what_does_not_change_is_still_after_its_time(skew: float) -> None:
    clocks = Clocks()
    written = clocks.day + skew
    assert not clocks.longer("same", written)
    clocks.passes(46.0)
    assert clocks.longer("same", written)


@pytest.mark.parametrize("jump", [-7200.0, 7200.0])
def test_a_time_of_day_that_is_set_changes_nothing(jump: float) -> None:
    clocks = Clocks()
    written = clocks.day
    assert not clocks.longer("same", written)
    clocks.day += jump
    clocks.passes(40.0)
    assert not clocks.longer("same", written)
    clocks.passes(6.0)
    assert clocks.longer("same", written)


def test_what_was_still_before_we_looked_needs_only_half_the_time() -> None:
    clocks = Clocks()
    written = clocks.day - 600.0
    assert not clocks.longer("same", written)
    clocks.passes(23.0)
    assert clocks.longer("same", written)


def test_no_number_of_names_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "_KEPT", 10)
    clocks = Clocks()
    for number in range(100):
        clocks.longer("mark", clocks.day, name=str(number))
    assert len(clocks.unchanged._seen) == 10
