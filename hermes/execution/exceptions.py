"""The exceptions of the runtime.

Exception
├── ExecutionInterrupted   a run was stopped on purpose: no HermesError, so that no handler of errors takes it for one
└── HermesError
    ├── PreconditionFailed     a step may not run
    ├── CheckerFailed          an interrupt checker raised or returned nonsense
    ├── SnapshotError          a snapshot cannot be written or read
    └── UnknownExecution       no execution has this id
"""

from __future__ import annotations

from hermes import errors
from hermes.domain.interrupts import InterruptReason
from hermes.execution.signals import InterruptSignal


class ExecutionInterrupted(Exception):
    """The execution was interrupted: `reason` and `message` as given; `str()` is a sentence."""

    def __init__(self, reason: InterruptReason | str, message: str | None = None) -> None:
        super().__init__(reason, message)
        self.reason = InterruptReason(reason)
        self.message = message
        self._signal: InterruptSignal | None = None

    @classmethod
    def of(cls, signal: InterruptSignal) -> ExecutionInterrupted:
        """The exception that carries this signal."""
        stop = cls.__new__(cls, signal.reason, signal.message)  # a signal's fields need no looking at
        stop.reason, stop.message, stop._signal = signal.reason, signal.message, signal  # noqa: SLF001 - this class's own field
        return stop

    @property
    def signal(self) -> InterruptSignal:
        """The whole request: who asked, and when."""
        if self._signal is None:
            self._signal = InterruptSignal(reason=self.reason, message=self.message)
        return self._signal

    def __str__(self) -> str:
        # The sentence is made when somebody reads it: a thousand waiters raise at once, and their interrupt must be quick.
        why = f"{self.reason.value}: {self.message}" if self.message else self.reason.value
        return f"The execution was interrupted ({why})."

    def __reduce__(self) -> tuple[object, tuple[InterruptSignal]]:
        return type(self).of, (self.signal,)


class PreconditionFailed(errors.HermesError):
    """A precondition does not hold."""


class CheckerFailed(errors.HermesError):
    """The interrupt checker failed."""


class SnapshotError(errors.HermesError):
    """The snapshot cannot be written or read."""


class UnknownExecution(errors.HermesError):
    """There is no execution of this id."""
