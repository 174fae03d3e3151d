"""The events of an execution as values: kept in its history and published on its bus."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, computed_field, model_validator

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
    error: str = ""
    """FAILED, RETRYING and INTERRUPTED: what the attempt raised, as `Type: words`; of an interrupted pause, the attempt before it."""

    @property
    def ends_execution(self) -> bool:
        """Nothing follows in this execution."""
        return not self.step and self.status.terminal


class InterruptEvent(BaseModel):
    """An interrupt was requested."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["interrupt"] = "interrupt"
    state_id: str
    signal: InterruptSignal
    at: float = 0.0
    """Epoch seconds; the signal's, if not given."""
    first: bool = True
    """This one stops the execution; later ones are only kept in history."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def execution_id(self) -> str:
        """`state_id`, under the name that the other events have."""
        return self.state_id

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:
        """Take the id under either name, and the time from the signal."""
        if isinstance(given, dict):
            given = dict(given)
            if "state_id" not in given and "execution_id" in given:
                given["state_id"] = given["execution_id"]
            if "at" not in given and "signal" in given:
                signal = InterruptSignal.model_validate(given["signal"])
                given.update(signal=signal, at=signal.at)
        return given


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEvent:
    """An event without a change of status: a checker that fails, a snapshot that could not be saved."""

    kind: Literal["note"] = "note"
    execution_id: str
    at: float
    """Epoch seconds."""
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotEvent:
    """A snapshot was saved, or could not be; published, but not kept in history."""

    kind: Literal["snapshot"] = "snapshot"
    execution_id: str
    at: float
    """Epoch seconds."""
    number: int
    seconds: float
    """How long it took."""
    error: str = ""
    """Why it was not saved."""


Event: TypeAlias = StepEvent | InterruptEvent | NoteEvent | SnapshotEvent
"""Everything that a bus carries."""


def error_words(error: BaseException) -> str:
    """An error as history has it: its type, and its words if it has any."""
    words = str(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
