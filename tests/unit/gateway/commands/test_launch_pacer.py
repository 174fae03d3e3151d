"""Launches that AWS refuses for now: ever longer pauses, and one word to the operator when it lasts."""

from __future__ import annotations

from hermes import errors
from hermes.domain.events import Event
from hermes.gateway.commands import launch_pacer
from hermes.gateway.commands.launch_pacer import LaunchPacer
from tests.env import quiet

QUOTA = errors.AwsUnavailable("ECS started no task: You've reached the limit", need="quota", todo="Ask for more.")


class Bench:
    def __init__(self) -> None:
        self.at = 1000.0
        self.events: list[Event] = []
        self.pacer = LaunchPacer(env=quiet(clock=lambda: self.at, emit=self.events.append, jitter=lambda: 0.5))

    def wait_for(self, key: str) -> float:
        """How long it takes until this key may be tried again."""
        began = self.at
        while not self.pacer.may_try(key):
            self.at += 0.25
        return self.at - began


def test_pauses_grow_up_to_a_minute() -> None:
    bench = Bench()
    pauses = []
    for _ in range(9):
        bench.pacer.refused("a", QUOTA)
        pauses.append(bench.wait_for("a"))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_key_that_was_not_refused_waits_for_none() -> None:
    bench = Bench()
    bench.pacer.refused("a", QUOTA)
    assert not bench.pacer.may_try("a")
    assert bench.pacer.waits("a")
    assert bench.pacer.may_try("b")
    assert not bench.pacer.waits("b")


def test_a_refusal_of_a_moment_is_no_news_and_one_that_lasts_is_told_with_what_to_do() -> None:
    bench = Bench()
    bench.pacer.refused("a", QUOTA)
    bench.at += launch_pacer.LASTS_SECONDS - 1
    bench.pacer.refused("a", QUOTA)
    assert bench.events == []
    bench.at += 2
    bench.pacer.refused("a", QUOTA)
    (told,) = bench.events
    assert told.name == "container.refused"
    assert "reached the limit" in told.text
    assert told.text.endswith("Ask for more.")


def test_it_is_well_again_once_no_key_is_refused() -> None:
    bench = Bench()
    for key in "ab":
        bench.pacer.refused(key, QUOTA)
    bench.at += launch_pacer.LASTS_SECONDS
    bench.pacer.refused("a", QUOTA)
    bench.pacer.settled("a")
    assert [event.name for event in bench.events] == ["container.refused"]
    bench.pacer.settled("b")
    bench.pacer.settled("b")
    assert [event.name for event in bench.events] == ["container.refused", "container.admitted"]
    assert bench.pacer.may_try("a")


def test_it_remembers_so_many_keys() -> None:
    bench = Bench()
    for number in range(launch_pacer._KEPT + 1):
        bench.pacer.refused(str(number), QUOTA)
    assert not bench.pacer.waits("0")
    assert bench.pacer.waits("1")
