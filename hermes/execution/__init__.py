"""An interruptible runtime for asyncio: used by the worker, and usable alone (without AWS and mail).

The terminal printer and the HTTP control are imported on first use, so Rich and FastAPI load only if needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from hermes.domain.interrupts import InterruptReason
from hermes.execution.checkers import CheckerAnswer, CheckerErrors, CheckerFailed, InterruptChecker
from hermes.execution.checkpoints.file_store import FileStore
from hermes.execution.checkpoints.records import StepRecord
from hermes.execution.checkpoints.snapshot import Snapshot, SnapshotError, SnapshotStore, StepSnapshot
from hermes.execution.events.bus import EventBus
from hermes.execution.events.events import Event, ExecutionStatus, InterruptEvent, NoteEvent, StepEvent
from hermes.execution.events.subscription import EventStream, Overflow, Subscription
from hermes.execution.generators import AnyGenerator
from hermes.execution.latch import InterruptibleScope
from hermes.execution.parallel import ErrorPolicy, ParallelExecutionManager, Work
from hermes.execution.precedence import ActorType, RetryChoice, RetryLevel, choose_retry
from hermes.execution.registry import (
    ExecutionControl,
    ExecutionRegistry,
    InterruptReport,
    StatusReport,
    StepReport,
    UnknownExecution,
    report,
)
from hermes.execution.retry import NO_RETRY, RetryConfig, RetryDecision, RetryStrategy, hinted_delay
from hermes.execution.signals import ExecutionInterrupted, InterruptSignal
from hermes.execution.state import ExecutionState
from hermes.execution.steps import ExecutionEvent, Precondition, PreconditionFailed, StepContext, replay

if TYPE_CHECKING:
    from hermes.execution.control import InterruptAnswer, InterruptRequest, create_app, create_router
    from hermes.execution.events.printer import EventPrinter, RunStatistics

__all__ = [
    "NO_RETRY",
    "ActorType",
    "AnyGenerator",
    "CheckerAnswer",
    "CheckerErrors",
    "CheckerFailed",
    "ErrorPolicy",
    "Event",
    "EventBus",
    "EventPrinter",
    "EventStream",
    "ExecutionControl",
    "ExecutionEvent",
    "ExecutionInterrupted",
    "ExecutionRegistry",
    "ExecutionState",
    "ExecutionStatus",
    "FileStore",
    "InterruptAnswer",
    "InterruptChecker",
    "InterruptEvent",
    "InterruptReason",
    "InterruptReport",
    "InterruptRequest",
    "InterruptSignal",
    "InterruptibleScope",
    "NoteEvent",
    "Overflow",
    "ParallelExecutionManager",
    "Precondition",
    "PreconditionFailed",
    "RetryChoice",
    "RetryConfig",
    "RetryDecision",
    "RetryLevel",
    "RetryStrategy",
    "RunStatistics",
    "Snapshot",
    "SnapshotError",
    "SnapshotStore",
    "StatusReport",
    "StepContext",
    "StepEvent",
    "StepRecord",
    "StepReport",
    "StepSnapshot",
    "Subscription",
    "UnknownExecution",
    "Work",
    "choose_retry",
    "create_app",
    "create_router",
    "hinted_delay",
    "replay",
    "report",
]

_LATE: Final = {
    "EventPrinter": "events.printer",
    "InterruptAnswer": "control",
    "InterruptRequest": "control",
    "RunStatistics": "events.printer",
    "create_app": "control",
    "create_router": "control",
}


def __getattr__(name: str) -> Any:
    """A name of the printer or of the HTTP control."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATE[name]}"), name)
