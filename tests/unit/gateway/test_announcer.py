"""Events reach everybody who listens."""

from __future__ import annotations

import logging

import pytest

from hermes.domain.events import Event
from hermes.gateway.announcer import Announcer

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
