"""The events of an execution as values: kept in its history and published on its bus."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hermes.domain.interrupts import InterruptReason
from hermes.execution.signals import InterruptSignal


class ExecutionStatus(enum.StrEnum):
    """The status of a step or of the whole execution."""

    PENDING = "pending"
    """Not begun."""
    STARTED = "started"
    """Running."""
    RETRYING = "retrying"
    """An attempt failed; the next one comes after a pause."""
    CANCELLING = "cancelling"
    """Interrupted, and told to stop; its cleanup still runs."""
    COMPLETED = "completed"
    """Ended with a result."""
    FAILED = "failed"
    """An attempt, or the whole, ended with an error."""
    INTERRUPTED = "interrupted"
    """Stopped by an interrupt."""
    CANCELLED = "cancelled"
    """Its task was cancelled from outside, without an interrupt."""

    @property
    def terminal(self) -> bool:
        """No further status follows."""
        return self in _TERMINAL


_TERMINAL = frozenset(
    {
        ExecutionStatus.COMPLETED,
        ExecutionStatus.FAILED,
        ExecutionStatus.INTERRUPTED,
        ExecutionStatus.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEvent:
    """A step changed its status; an empty `step` means the execution as a whole."""

    kind: Literal["step"] = "step"
    execution_id: str
    at: float
    """Epoch seconds."""
    status: ExecutionStatus
    step: str = ""
    actor: str = ""
    attempt: int = 0
    """Counted from 1; 0 where attempts mean nothing."""
    max_attempts: int = 0
    detail: str = ""
    elapsed_seconds: float | None = None
    """Since the step began."""
    delay_seconds: float | None = None
    """RETRYING only: the pause before the next attempt."""
    reason: InterruptReason | None = None
    """CANCELLING and INTERRUPTED only."""

    @property
    def ends_execution(self) -> bool:
        """Nothing follows in this execution."""
        return not self.step and self.status.terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptEvent:
    """An interrupt was requested."""

    kind: Literal["interrupt"] = "interrupt"
    execution_id: str
    at: float
    """Epoch seconds."""
    signal: InterruptSignal
    first: bool
    """This one stops the execution; later ones are only kept in history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEvent:
    """An event without a change of status: a checker that fails, a snapshot that could not be saved."""

    kind: Literal["note"] = "note"
    execution_id: str
    at: float
    """Epoch seconds."""
    detail: str


Event: TypeAlias = StepEvent | InterruptEvent | NoteEvent
"""Everything that a bus carries."""
