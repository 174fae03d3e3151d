"""Events reach everybody who listens."""

from __future__ import annotations

import logging
import threading

import pytest

from hermes import limits
from hermes.domain.events import Event
from hermes.gateway.upkeep.announcer import Announcer

EVENT = Event("mail.received", 1.0, "Mail received")


def test_every_listener_hears_every_event_in_order() -> None:
    first: list[Event] = []
    later: list[Event] = []
    announcer = Announcer([first.append])
    announcer(EVENT)
    announcer.listen(later.append)
    other = Event("mail.command", 2.0, "command accepted")

    announcer(other)

    assert first == [EVENT, other]
    assert later == [other]


def test_a_listener_that_fails_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Event] = []

    def broken(event: Event) -> None:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR):
        Announcer([broken, heard.append])(EVENT)

    assert heard == [EVENT]
    assert "a listener failed on mail.received" in caplog.text


def test_a_slow_listener_never_slows_the_work_and_loses_the_oldest() -> None:
    let, entered = threading.Event(), threading.Event()
    heard: list[int] = []
    quick: list[Event] = []

    def slow(event: Event) -> None:
        entered.set()
        let.wait(20)
        heard.append(int(event.at))

    announcer = Announcer([quick.append], slow=[slow])
    announcer(Event("a.b", 0, ""))
    assert entered.wait(5)
    for number in range(1, limits.EVENT_QUEUE + 101):
        announcer(Event("a.b", number, ""))

    assert heard == [], "the work went on while the listener slept"
    assert len(quick) == limits.EVENT_QUEUE + 101
    assert announcer.dropped == 100
    let.set()
    announcer.close(10)
    assert heard == [0, *range(101, limits.EVENT_QUEUE + 101)]


def test_a_slow_listener_that_fails_hears_the_next_event(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Event] = []

    def broken(event: Event) -> None:
        heard.append(event)
        raise ZeroDivisionError

    announcer = Announcer(slow=[broken])
    announcer(EVENT)
    announcer(EVENT)
    announcer.close()

    assert heard == [EVENT, EVENT]
    assert "a listener failed on mail.received" in caplog.text
