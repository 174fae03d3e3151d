"""A mail as spans of one trace: made of the events that end its parts, in whichever process they are. Pure.

Ids are made of what a span is about, so the processes agree on who is whose parent without telling each other, and a repeated event is
the same span. Source: "Trace Context", W3C Recommendation; OpenTelemetry Specification, "Trace".
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from hermes.domain import trace
from hermes.domain.events import Event

#: The event by which a worker tells that a run is over; its facts are those of `of_run`.
RUN_ENDED: Final = "run.ended"
_MAIL: Final = frozenset({"mail.command", "mail.control", "mail.refused", "mail.ignored", "mail.failed"})
_COMMAND: Final = frozenset(
    {"command.succeeded", "command.failed", "command.timed_out", "command.needs_input", "command.interrupted"}
)
_FAILED: Final = frozenset({"mail.failed", "command.failed", "command.timed_out", "reply.failed"})
#: Facts that a span has as attributes; none is a person's name, an address or a text.
_ATTRIBUTES: Final = ("mail_id", "session_id", "command_id", "reply_id", "project", "attempt", "kind")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TraceSpan:
    """One part of a trace."""

    name: str
    trace_id: str
    """32 hexadecimal digits."""
    span_id: str
    """16 hexadecimal digits."""
    parent_id: str | None
    began: float
    """Epoch seconds."""
    ended: float
    failed: bool = False
    facts: Mapping[str, str | int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class StepSpan:
    """One step of a run, as its worker measured it."""

    name: str
    ended: float
    seconds: float
    failed: bool


def of_event(event: Event) -> tuple[TraceSpan, ...]:
    """The spans that end with an event; none where it ends none, or belongs to no trace."""
    traced = event.facts.get("trace_id")
    if not isinstance(traced, str):
        return ()
    root = trace.root_of(traced)
    if event.name in _MAIL:
        return (_span("mail", traced, root, None, event, _seconds(event, "taken_seconds")),)
    if event.name in _COMMAND:
        dwell, run = _seconds(event, "dwell_seconds"), _seconds(event, "run_seconds")
        own = span_id(traced, "command", event.facts.get("command_id"))
        whole = _span("command", traced, own, root, event, dwell + run)
        waits = dataclasses.replace(
            whole,
            name="waits",
            span_id=span_id(traced, "waits", own),
            parent_id=own,
            ended=event.at - run,
            failed=False,
        )
        return (whole, *((waits,) if dwell else ()))
    if event.name in ("reply.sent", "reply.failed"):
        own = span_id(traced, "reply", event.facts.get("reply_id"))
        return (_span("reply", traced, own, root, event, _seconds(event, "mail_seconds")),)
    return _of_run(event, traced) if event.name == RUN_ENDED else ()


def of_run(
    traceparent: str | None, command_id: str, attempt: int, *, began: float, at: float, steps: Iterable[StepSpan]
) -> Event:
    """The event that ends a run."""
    facts = {"trace_id": trace.trace_id(traceparent), "command_id": command_id, "attempt": attempt}
    return Event(RUN_ENDED, at, "a run is over", {**facts, "began": began, "steps": tuple(steps)})


def agent_parent(traceparent: str | None, command_id: str, attempt: int) -> str | None:
    """The traceparent for an agent's program: what it tells of itself belongs to the agent's step."""
    traced = trace.trace_id(traceparent)
    return f"00-{traced}-{_step_id(traced, command_id, attempt, 'agent')}-01" if traced is not None else None


def span_id(traced: str, *about: object) -> str:
    """The id of the span that is about these things."""
    return hashlib.sha256(":".join(map(str, (traced, *about))).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _of_run(event: Event, traced: str) -> tuple[TraceSpan, ...]:
    command_id, attempt, began = event.facts["command_id"], event.facts["attempt"], event.facts["began"]
    own = span_id(traced, "run", command_id, attempt)
    parent = span_id(traced, "command", command_id)
    whole = _span("run", traced, own, parent, event, event.at - float(str(began)))
    given = event.facts["steps"]
    steps = [one for one in given if isinstance(one, StepSpan)] if isinstance(given, tuple) else []
    return (
        whole,
        *(
            TraceSpan(
                name=one.name,
                trace_id=traced,
                span_id=_step_id(traced, command_id, attempt, one.name),
                parent_id=own,
                began=one.ended - one.seconds,
                ended=one.ended,
                failed=one.failed,
                facts=whole.facts,
            )
            for one in steps
        ),
    )


def _step_id(traced: str, command_id: object, attempt: object, step: str) -> str:
    return span_id(traced, "step", command_id, attempt, step)


def _span(name: str, traced: str, own: str, parent: str | None, event: Event, seconds: float) -> TraceSpan:
    facts = {one: found for one in _ATTRIBUTES if isinstance(found := event.facts.get(one), str | int)}
    return TraceSpan(
        name=name,
        trace_id=traced,
        span_id=own,
        parent_id=parent,
        began=event.at - max(0.0, seconds),
        ended=event.at,
        failed=event.name in _FAILED,
        facts={**facts, "outcome": event.name.partition(".")[2]},
    )


def _seconds(event: Event, fact: str) -> float:
    found = event.facts.get(fact)
    return float(found) if isinstance(found, int | float) else 0.0
