"""The request to stop an execution, and the error that carries it to whoever is running."""

from __future__ import annotations

from dataclasses import dataclass

from hermes import errors
from hermes.domain.interrupts import InterruptReason


@dataclass(frozen=True, slots=True)
class InterruptSignal:
    """Who asks an execution to stop, why, and whether its state is to be saved."""

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
        why = f"{signal.reason.value}: {signal.message}" if signal.message else signal.reason.value
        super().__init__(f"The execution was interrupted ({why}).")
        self.signal = signal

    def __reduce__(self) -> tuple[type[ExecutionInterrupted], tuple[InterruptSignal]]:
        return type(self), (self.signal,)

    @property
    def reason(self) -> InterruptReason:
        """Why."""
        return self.signal.reason
