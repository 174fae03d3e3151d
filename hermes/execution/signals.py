"""The request to stop an execution, and the exception that carries it to the running code."""

from __future__ import annotations

from dataclasses import dataclass

from hermes import errors
from hermes.domain.interrupts import InterruptReason


@dataclass(frozen=True, slots=True)
class InterruptSignal:
    """A request to stop an execution: requester, reason, and whether to save the state."""

    reason: InterruptReason
    message: str = ""
    triggered_by: str | None = None
    """The person, command or part that asked."""
    save_checkpoint: bool = False
    """Save a snapshot (to the state's store) before the interrupt is raised."""
    at: float | None = None
    """Epoch seconds; the state fills it in when it takes the signal."""


class ExecutionInterrupted(errors.HermesError):
    """The execution was interrupted."""

    def __init__(self, signal: InterruptSignal) -> None:
        # The sentence is made when somebody reads it: a thousand waiters raise at once, and their interrupt is to be quick.
        Exception.__init__(self, signal)
        self.signal = signal

    def __str__(self) -> str:
        signal = self.signal
        why = f"{signal.reason.value}: {signal.message}" if signal.message else signal.reason.value
        return f"The execution was interrupted ({why})."

    @property
    def message(self) -> str:
        """The sentence, for a person."""
        return str(self)

    def __reduce__(self) -> tuple[type[ExecutionInterrupted], tuple[InterruptSignal]]:
        return type(self), (self.signal,)

    @property
    def reason(self) -> InterruptReason:
        """Why."""
        return self.signal.reason
