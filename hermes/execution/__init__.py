"""An interruptible runtime for asyncio: used by the worker, and usable alone (without AWS and mail).

Names are imported when they are first used: `import hermes.execution` takes a millisecond, and FastAPI is loaded only for the HTTP
control. That one is not part of `import *`, since the runtime can be installed without FastAPI.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hermes.domain.interrupts import InterruptReason
    from hermes.execution.actors import LLM, Actor, Agent, Tool
    from hermes.execution.backends.backend import ExecutionBackend, InterruptQuery
    from hermes.execution.backends.dynamodb import DynamoBackend
    from hermes.execution.backends.file import FileBackend
    from hermes.execution.backends.http import HttpBackend
    from hermes.execution.backends.memory import MemoryBackend
    from hermes.execution.backends.redis import RedisBackend
    from hermes.execution.calling import Precondition, StepContext
    from hermes.execution.checkers import CheckerAnswer, CheckerErrors, InterruptChecker
    from hermes.execution.checkpoints.file_store import FileStore
    from hermes.execution.checkpoints.records import StepRecord
    from hermes.execution.checkpoints.snapshot import Snapshot, SnapshotStore, StepSnapshot
    from hermes.execution.control.access import (
        RateLimit as RateLimit,  # this and the next four: not in __all__, they need FastAPI
    )
    from hermes.execution.control.app import InterruptAnswer as InterruptAnswer
    from hermes.execution.control.app import InterruptRequest as InterruptRequest
    from hermes.execution.control.app import create_app as create_app
    from hermes.execution.control.app import create_router as create_router
    from hermes.execution.environment import Environment
    from hermes.execution.events.bus import EventBus
    from hermes.execution.events.events import (
        Event,
        ExecutionStatus,
        InterruptEvent,
        NoteEvent,
        SnapshotEvent,
        StepEvent,
    )
    from hermes.execution.events.metrics import ExecutionMetrics
    from hermes.execution.events.printer import EventPrinter
    from hermes.execution.events.statistics import RunStatistics
    from hermes.execution.events.subscription import EventStream, Overflow, Subscription
    from hermes.execution.exceptions import (
        CheckerFailed,
        ExecutionInterrupted,
        PreconditionFailed,
        SnapshotError,
        UnknownExecution,
    )
    from hermes.execution.generators import AnyGenerator
    from hermes.execution.latch import InterruptibleScope
    from hermes.execution.parallel import ErrorPolicy, ParallelExecutionManager, Work
    from hermes.execution.precedence import ActorType, RetryChoice, RetryLevel, RetryLevels, choose_retry
    from hermes.execution.registry import (
        ExecutionControl,
        ExecutionRegistry,
        InterruptReport,
        StatusReport,
        StepReport,
        report,
    )
    from hermes.execution.retry import NO_RETRY, RetryConfig, RetryDecision, RetryStrategy, hinted_delay
    from hermes.execution.signals import InterruptSignal, iso_time
    from hermes.execution.state import ExecutionState
    from hermes.execution.steps import ExecutionEvent, replay

__all__ = [
    "LLM",
    "NO_RETRY",
    "Actor",
    "ActorType",
    "Agent",
    "AnyGenerator",
    "CheckerAnswer",
    "CheckerErrors",
    "CheckerFailed",
    "DynamoBackend",
    "Environment",
    "ErrorPolicy",
    "Event",
    "EventBus",
    "EventPrinter",
    "EventStream",
    "ExecutionBackend",
    "ExecutionControl",
    "ExecutionEvent",
    "ExecutionInterrupted",
    "ExecutionMetrics",
    "ExecutionRegistry",
    "ExecutionState",
    "ExecutionStatus",
    "FileBackend",
    "FileStore",
    "HttpBackend",
    "InterruptChecker",
    "InterruptEvent",
    "InterruptQuery",
    "InterruptReason",
    "InterruptReport",
    "InterruptSignal",
    "InterruptibleScope",
    "MemoryBackend",
    "NoteEvent",
    "Overflow",
    "ParallelExecutionManager",
    "Precondition",
    "PreconditionFailed",
    "RedisBackend",
    "RetryChoice",
    "RetryConfig",
    "RetryDecision",
    "RetryLevel",
    "RetryLevels",
    "RetryStrategy",
    "RunStatistics",
    "Snapshot",
    "SnapshotError",
    "SnapshotEvent",
    "SnapshotStore",
    "StatusReport",
    "StepContext",
    "StepEvent",
    "StepRecord",
    "StepReport",
    "StepSnapshot",
    "Subscription",
    "Tool",
    "UnknownExecution",
    "Work",
    "choose_retry",
    "hinted_delay",
    "iso_time",
    "replay",
    "report",
]

#: module -> the names that it is the home of
_HOMES: Final = {
    "hermes.domain.interrupts": ("InterruptReason",),
    "hermes.execution.actors": (
        "LLM",
        "Actor",
        "Agent",
        "Tool",
    ),
    "hermes.execution.backends.backend": ("ExecutionBackend", "InterruptQuery"),
    "hermes.execution.backends.dynamodb": ("DynamoBackend",),
    "hermes.execution.backends.file": ("FileBackend",),
    "hermes.execution.backends.http": ("HttpBackend",),
    "hermes.execution.backends.memory": ("MemoryBackend",),
    "hermes.execution.backends.redis": ("RedisBackend",),
    "hermes.execution.calling": (
        "Precondition",
        "StepContext",
    ),
    "hermes.execution.checkers": (
        "CheckerAnswer",
        "CheckerErrors",
        "InterruptChecker",
    ),
    "hermes.execution.checkpoints.file_store": ("FileStore",),
    "hermes.execution.checkpoints.records": ("StepRecord",),
    "hermes.execution.checkpoints.snapshot": (
        "Snapshot",
        "SnapshotStore",
        "StepSnapshot",
    ),
    "hermes.execution.control.access": ("RateLimit",),
    "hermes.execution.control.app": ("InterruptAnswer", "InterruptRequest", "create_app", "create_router"),
    "hermes.execution.environment": ("Environment",),
    "hermes.execution.events.bus": ("EventBus",),
    "hermes.execution.events.events": (
        "Event",
        "ExecutionStatus",
        "InterruptEvent",
        "NoteEvent",
        "SnapshotEvent",
        "StepEvent",
    ),
    "hermes.execution.events.metrics": ("ExecutionMetrics",),
    "hermes.execution.events.printer": ("EventPrinter",),
    "hermes.execution.events.statistics": ("RunStatistics",),
    "hermes.execution.events.subscription": (
        "EventStream",
        "Overflow",
        "Subscription",
    ),
    "hermes.execution.exceptions": (
        "CheckerFailed",
        "ExecutionInterrupted",
        "PreconditionFailed",
        "SnapshotError",
        "UnknownExecution",
    ),
    "hermes.execution.generators": ("AnyGenerator",),
    "hermes.execution.latch": ("InterruptibleScope",),
    "hermes.execution.parallel": (
        "ErrorPolicy",
        "ParallelExecutionManager",
        "Work",
    ),
    "hermes.execution.precedence": (
        "ActorType",
        "RetryChoice",
        "RetryLevel",
        "RetryLevels",
        "choose_retry",
    ),
    "hermes.execution.registry": (
        "ExecutionControl",
        "ExecutionRegistry",
        "InterruptReport",
        "StatusReport",
        "StepReport",
        "report",
    ),
    "hermes.execution.retry": (
        "NO_RETRY",
        "RetryConfig",
        "RetryDecision",
        "RetryStrategy",
        "hinted_delay",
    ),
    "hermes.execution.signals": ("InterruptSignal", "iso_time"),
    "hermes.execution.state": ("ExecutionState",),
    "hermes.execution.steps": (
        "ExecutionEvent",
        "replay",
    ),
}
_HOME: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """A name of the runtime, from the module that is its home."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return found
