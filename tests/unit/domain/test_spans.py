"""A mail as one trace: each part ends with an event, and every process makes the same ids."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.domain import trace
from hermes.domain.events import Event
from hermes.domain.operating import spans
from hermes.domain.operating.spans import StepSpan, TraceSpan

PARENT = trace.begin("mail-1")
TRACED = trace.of_mail("mail-1")


def event(name: str, **facts: Any) -> Event:
    return Event(name, 100.0, "", {"trace_id": TRACED, **facts})


def one(found: tuple[TraceSpan, ...], name: str) -> TraceSpan:
    (span,) = [span for span in found if span.name == name]
    return span


def test_the_parts_of_a_mail_hang_together() -> None:
    mail = one(spans.of_event(event("mail.command", mail_id="mail-1", taken_seconds=2.0)), "mail")
    told = spans.of_event(event("command.succeeded", command_id="c1", dwell_seconds=1, run_seconds=4.0, attempt=2))
    command, waits = one(told, "command"), one(told, "waits")
    steps = [StepSpan("agent", 98.0, 3.0, False), StepSpan("commit", 99.0, 0.5, True)]
    ran = spans.of_event(spans.of_run(PARENT, "c1", 2, began=94.0, at=100.0, steps=steps))
    run, agent, commit = one(ran, "run"), one(ran, "agent"), one(ran, "commit")
    reply = one(spans.of_event(event("reply.sent", reply_id="r1", mail_seconds=0.5)), "reply")

    assert {span.trace_id for span in (mail, command, waits, run, agent, reply)} == {TRACED}
    assert mail.span_id == PARENT.split("-")[2]
    assert (mail.parent_id, command.parent_id, reply.parent_id) == (None, mail.span_id, mail.span_id)
    assert (waits.parent_id, run.parent_id) == (command.span_id, command.span_id)
    assert (agent.parent_id, commit.parent_id) == (run.span_id, run.span_id)
    assert spans.agent_parent(PARENT, "c1", 2) == f"00-{TRACED}-{agent.span_id}-01"
    assert len({span.span_id for span in (mail, command, waits, run, agent, commit, reply)}) == 7

    assert [(span.began, span.ended) for span in (mail, command, waits)] == [(98.0, 100.0), (95.0, 100.0), (95.0, 96.0)]
    assert [(span.began, span.ended) for span in (run, agent, reply)] == [(94.0, 100.0), (95.0, 98.0), (99.5, 100.0)]
    assert [span.failed for span in (command, run, agent, commit)] == [False, False, False, True]
    assert command.facts == {"command_id": "c1", "attempt": 2, "outcome": "succeeded"}


def test_a_failure_is_one_and_a_command_that_never_began_waited_for_nothing() -> None:
    (command,) = spans.of_event(event("command.failed", command_id="c1"))
    assert (command.failed, command.began, command.ended) == (True, 100.0, 100.0)


@pytest.mark.parametrize(
    "given",
    [
        event("command.accepted", command_id="c1"),
        Event("mail.command", 1.0, "", {"mail_id": "m"}),
        event("mail.command", mail_id="m", trace_id=None),
        spans.of_run("nonsense", "c1", 1, began=0.0, at=1.0, steps=()),
    ],
)
def test_what_ends_no_part_or_belongs_to_no_trace_is_no_span(given: Event) -> None:
    assert spans.of_event(given) == ()
    assert spans.agent_parent("nonsense", "c1", 1) is None


def test_a_run_without_steps_is_a_span_and_so_is_one_of_another_version() -> None:
    ran = spans.of_run(PARENT, "c1", 1, began=90.0, at=100.0, steps=())
    assert [span.name for span in spans.of_event(ran)] == ["run"]
    assert [span.name for span in spans.of_event(Event(ran.name, ran.at, "", {**ran.facts, "steps": 3}))] == ["run"]


def test_no_span_has_an_id_of_nothing() -> None:
    assert trace.root_of("0" * 31 + "1") == "0000000000000001"
