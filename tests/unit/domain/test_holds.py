"""What operators hold back, and whom it is about."""

from __future__ import annotations

import pytest

from hermes.domain.interrupts import Interruption, InterruptReason, is_operator
from hermes.domain.operating.holds import Hold, Holds


def hold(subject: str) -> Hold:
    return Hold(subject=subject, by="olga", at=1.0)


@pytest.mark.parametrize("subject", ["everything", "client acme", "project acme/site", "person anna@acme.example"])
def test_a_pause_covers_what_it_names(subject: str) -> None:
    assert Holds(pauses=(hold(subject),)).paused("acme/site", "Anna@acme.example") == hold(subject)


@pytest.mark.parametrize("subject", ["client acm", "project acme/shop", "person bob@acme.example"])
def test_a_pause_covers_nobody_else(subject: str) -> None:
    assert Holds(pauses=(hold(subject),)).paused("acme/site", "anna@acme.example") is None


def test_a_block_is_about_an_address_or_a_whole_domain() -> None:
    held = Holds(blocks=(hold("eve@acme.example"), hold("@evil.example")))

    assert held.blocked("Eve@acme.example") == hold("eve@acme.example")
    assert held.blocked("mallory@evil.example") == hold("@evil.example")
    assert held.blocked("anna@notevil.example") is None


def test_the_log_names_no_address() -> None:
    assert hold("person anna@acme.example").said == "a person"
    assert hold("project acme/site").said == "project acme/site"


def test_an_interrupt_tells_whether_an_operator_asked_for_it() -> None:
    why = Interruption(reason=InterruptReason.CUSTOM, interrupted_by="operator olga", requested_at=1.0)

    assert why.by_operator
    assert not is_operator(None)
    assert not is_operator("3sqv4ocituu5n4es")
