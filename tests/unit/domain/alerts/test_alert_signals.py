"""Which events are a matter for the operator."""

from __future__ import annotations

import pytest

from hermes.domain.alerts.book import RULES, AlertKind, Signal
from hermes.domain.alerts.signals import FAULTS, signals
from hermes.domain.events import Event
from hermes.errors import Fault


def of(name: str, text: str = "what happened", **facts: object) -> tuple[Signal, ...]:
    return signals(Event(name, 1.0, text, facts))


def test_most_events_are_none() -> None:
    assert of("mail.command", command_id="c") == ()


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault.ours])
def test_a_failed_command_is_one_if_only_the_operator_can_mend_it(fault: Fault) -> None:
    (signal,) = of("command.failed", fault=fault.value, project="acme/site", why="no access")
    assert (signal.kind, signal.thing, signal.text, signal.well) == (FAULTS[fault], "acme/site", "no access", False)
    assert of("command.failed", project="acme/site") == ()
    assert of("command.failed", project="acme/site", fault="of a newer worker") == ()


@pytest.mark.parametrize("fault", [fault for fault in Fault if not fault.ours])
def test_a_failed_command_is_none_if_the_person_can_mend_it(fault: Fault) -> None:
    assert of("command.failed", fault=fault.value, project="acme/site") == ()


def test_a_command_that_succeeds_shows_that_everything_of_its_project_works() -> None:
    found = of("command.succeeded", project="acme/site")
    assert {signal.kind for signal in found} == set(FAULTS.values())
    assert {(signal.thing, signal.well) for signal in found} == {("acme/site", True)}


@pytest.mark.parametrize(
    ("name", "facts", "kind", "thing", "well"),
    [
        ("reply.failed", {"project": "acme/site"}, AlertKind.REPLY_FAILED, "acme/site", False),
        ("reply.dropped", {"kind": "alert"}, AlertKind.REPLY_FAILED, "alert", False),
        ("reply.bounced", {}, AlertKind.REPLY_FAILED, "any project", False),
        ("reply.sent", {"project": "acme/site"}, AlertKind.MAIL_SERVER, "", True),
        ("mail_server.refused", {}, AlertKind.MAIL_SERVER, "", False),
        ("mail_server.failed", {}, AlertKind.MAIL_SERVER, "", False),
        ("mail_server.recovered", {}, AlertKind.MAIL_SERVER, "", True),
        ("imap.refused", {}, AlertKind.MAILBOX, "", False),
        ("imap.opened", {}, AlertKind.MAILBOX, "", True),
        ("container.failed", {"container_key": "acme#site#anna"}, AlertKind.LAUNCH, "acme/site", False),
        ("container.refused", {"container_key": "acme#site#anna"}, AlertKind.AWS, "to start workers", False),
        ("container.admitted", {}, AlertKind.AWS, "to start workers", True),
        ("command.unreported", {"project": "acme/site"}, AlertKind.SERVICE, "acme/site", False),
        ("container.lost", {"container_key": "acme#site#anna"}, AlertKind.WORKER_LOST, "acme#site#anna", False),
        ("config.refused", {}, AlertKind.CONFIGURATION, "", False),
        ("config.changed", {}, AlertKind.CONFIGURATION, "", True),
    ],
)
def test_each_of_these_is_one(name: str, facts: dict[str, object], kind: AlertKind, thing: str, well: bool) -> None:
    (signal,) = signals(Event(name, 1.0, "what happened", facts))
    assert (signal.kind, signal.thing, signal.well) == (kind, thing, well)
    assert signal.text == ("" if well else "what happened")


def test_every_kind_has_a_title_and_something_to_do() -> None:
    assert set(RULES) == set(AlertKind)
    for rule in RULES.values():
        assert rule.title.format(thing="x")
        assert rule.todo.endswith(".")
