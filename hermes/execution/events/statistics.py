"""Counts what a run did: attempts, retries, interrupts, and the time of pauses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hermes.execution.events import events
from hermes.execution.events.events import ExecutionStatus


@dataclass(slots=True)
class RunStatistics:
    """The counts of a printer."""

    steps: Counter[str] = field(default_factory=Counter)
    """Events of steps, by status."""
    retries: int = 0
    interrupts: int = 0
    paused_seconds: float = 0.0
    """The pauses before retries, as announced."""
    began_at: float | None = None
    ended_at: float | None = None
    reason: str = ""
    """Of the first interrupt."""
    ended: ExecutionStatus | None = None
    """Of the execution as a whole."""

    @property
    def seconds(self) -> float:
        """From the first event to the last."""
        return 0.0 if self.began_at is None or self.ended_at is None else self.ended_at - self.began_at

    def count(self, event: events.Event) -> None:
        """Take one more event into account."""
        self.began_at = event.at if self.began_at is None else self.began_at
        self.ended_at = event.at
        if isinstance(event, events.InterruptEvent):
            self.interrupts += 1
            self.reason = self.reason or event.signal.reason.value
        elif isinstance(event, events.StepEvent):
            if not event.step:
                self.ended = event.status if event.status.terminal else self.ended
                return
            self.steps[event.status.value] += 1
            if event.status is ExecutionStatus.RETRYING:
                self.retries += 1
                self.paused_seconds += event.delay_seconds or 0.0

    def summary(self) -> str:
        """One line for a person."""
        done = self.steps[ExecutionStatus.COMPLETED.value]
        words = [
            f"{(self.ended or ExecutionStatus.STARTED).value} in {self.seconds:.1f} s",
            f"{done} step{'' if done == 1 else 's'} completed",
            f"{self.steps[ExecutionStatus.FAILED.value]} failed attempts",
            f"{self.retries} retries ({self.paused_seconds:.1f} s of pauses)",
            f"{self.steps[ExecutionStatus.INTERRUPTED.value]} interrupted",
        ]
        if self.reason:
            words.append(f"reason {self.reason}")
        return ", ".join(words)
