"""Counts what executions do, for an operator: interrupts by reason, retries by actor, and the times of snapshots and of cancelling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from hermes.execution.events import events
from hermes.execution.events.events import ExecutionStatus

#: Upper bounds of the histograms, in seconds: from a local file to a store that is about to be given up.
_BUCKETS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0)
#: Interrupted executions whose end is waited for; past it the oldest is forgotten.
_OPEN: Final = 10_000


class Durations:
    """How often something was done, and how long it took."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.longest = 0.0
        #: upper bound -> how many took at most so long
        self.within = dict.fromkeys(_BUCKETS, 0)

    def add(self, seconds: float) -> None:
        """Count one more."""
        self.count += 1
        self.seconds += seconds
        self.longest = max(self.longest, seconds)
        for bound in _BUCKETS:
            self.within[bound] += seconds <= bound

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"count": self.count, "seconds": self.seconds, "longest": self.longest}


class ExecutionMetrics:
    """A subscriber: `event_bus.subscribe(metrics)`."""

    def __init__(self) -> None:
        #: reason -> interrupts that stopped an execution
        self.interrupts: Counter[str] = Counter()
        #: interrupts that came after the first, or after the end
        self.late_interrupts = 0
        #: actor ("" without one) -> pauses before another attempt
        self.retries: Counter[str] = Counter()
        #: status -> executions that ended so
        self.ended: Counter[str] = Counter()
        #: saved snapshots
        self.checkpoints = Durations()
        self.failed_checkpoints = 0
        #: from an interrupt to the end of its execution
        self.cancels = Durations()
        self._open: dict[str, float] = {}

    def __call__(self, event: events.Event) -> None:
        """Take an event into account."""
        if isinstance(event, events.InterruptEvent):
            self._interrupted(event)
        elif isinstance(event, events.SnapshotEvent):
            if event.error:
                self.failed_checkpoints += 1
            else:
                self.checkpoints.add(event.seconds)
        elif isinstance(event, events.StepEvent):
            if event.status is ExecutionStatus.RETRYING:
                self.retries[event.actor] += 1
            elif event.ends_execution:
                self.ended[event.status.value] += 1
                begun = self._open.pop(event.execution_id, None)
                if begun is not None:
                    self.cancels.add(max(0.0, event.at - begun))

    def _interrupted(self, event: events.InterruptEvent) -> None:
        if not event.first:
            self.late_interrupts += 1
            return
        self.interrupts[event.signal.reason.value] += 1
        self._open[event.execution_id] = event.at
        while len(self._open) > _OPEN:
            del self._open[next(iter(self._open))]

    def as_dict(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        return {
            "interrupts": dict(self.interrupts),
            "late_interrupts": self.late_interrupts,
            "retries": dict(self.retries),
            "ended": dict(self.ended),
            "checkpoints": self.checkpoints.as_dict(),
            "failed_checkpoints": self.failed_checkpoints,
            "cancels": self.cancels.as_dict(),
        }

    def prometheus(self) -> str:
        """All of it in Prometheus' text format."""
        return "\n".join((*self._lines(), ""))

    def _lines(self) -> Iterator[str]:
        yield from _counter("interrupts", "Interrupts that stopped an execution.", "reason", self.interrupts)
        yield from _counter("late_interrupts", "Interrupts after the first.", "", Counter({"": self.late_interrupts}))
        yield from _counter("retries", "Pauses before another attempt.", "actor", self.retries)
        yield from _counter("executions", "Executions that ended.", "status", self.ended)
        yield from _counter("failed_checkpoints", "Snapshots not saved.", "", Counter({"": self.failed_checkpoints}))
        yield from _histogram("checkpoint_seconds", "Saving a snapshot.", self.checkpoints)
        yield from _histogram("cancel_seconds", "From an interrupt to the end of its execution.", self.cancels)


def _counter(noun: str, words: str, label: str, counts: Counter[str]) -> Iterator[str]:
    name = f"hermes_execution_{noun}_total"
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} counter"
    for value, count in sorted(counts.items()):
        yield f"{name}{_label(label, value)} {count}"


def _histogram(noun: str, words: str, durations: Durations) -> Iterator[str]:
    name = f"hermes_execution_{noun}"
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} histogram"
    for bound, count in durations.within.items():
        yield f'{name}_bucket{{le="{bound:g}"}} {count}'
    yield f'{name}_bucket{{le="+Inf"}} {durations.count}'
    yield f"{name}_sum {durations.seconds}"
    yield f"{name}_count {durations.count}"


def _label(label: str, value: str) -> str:
    if not label:
        return ""
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'{{{label}="{escaped}"}}'
