"""An interruptible runtime for asyncio: used by the worker, and a library of its own."""

from hermes.domain.interrupts import InterruptReason
from hermes.execution.bus import EventBus
from hermes.execution.checkers import CheckerAnswer, CheckerErrors, CheckerFailed, InterruptChecker
from hermes.execution.events import Event, ExecutionStatus, InterruptEvent, NoteEvent, StepEvent
from hermes.execution.latch import InterruptScope
from hermes.execution.signals import ExecutionInterrupted, InterruptSignal
from hermes.execution.state import ExecutionState
from hermes.execution.subscription import EventStream, Overflow, Subscription

__all__ = [
    "CheckerAnswer",
    "CheckerErrors",
    "CheckerFailed",
    "Event",
    "EventBus",
    "EventStream",
    "ExecutionInterrupted",
    "ExecutionState",
    "ExecutionStatus",
    "InterruptChecker",
    "InterruptEvent",
    "InterruptReason",
    "InterruptScope",
    "InterruptSignal",
    "NoteEvent",
    "Overflow",
    "StepEvent",
    "Subscription",
]
