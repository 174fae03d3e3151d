"""The runtime's values, under the import place that its users know."""

from __future__ import annotations

from hermes.domain.interrupts import InterruptReason
from hermes.execution.actors import LLM, Actor, Agent, Tool
from hermes.execution.calling import Precondition, StepContext
from hermes.execution.checkers import CheckerAnswer, CheckerErrors, InterruptChecker
from hermes.execution.events.events import (
    Event,
    ExecutionStatus,
    InterruptEvent,
    NoteEvent,
    SnapshotEvent,
    StepEvent,
)
from hermes.execution.exceptions import ExecutionInterrupted
from hermes.execution.generators import AnyGenerator
from hermes.execution.parallel import ErrorPolicy, ParallelExecutionManager
from hermes.execution.precedence import RetryLevel, RetryLevels
from hermes.execution.retry import RetryConfig, RetryDecision, RetryStrategy
from hermes.execution.signals import InterruptSignal
from hermes.execution.state import ExecutionState
from hermes.execution.steps import ExecutionEvent

__all__ = [
    "LLM",
    "Actor",
    "Agent",
    "AnyGenerator",
    "CheckerAnswer",
    "CheckerErrors",
    "ErrorPolicy",
    "Event",
    "ExecutionEvent",
    "ExecutionInterrupted",
    "ExecutionState",
    "ExecutionStatus",
    "InterruptChecker",
    "InterruptEvent",
    "InterruptReason",
    "InterruptSignal",
    "NoteEvent",
    "ParallelExecutionManager",
    "Precondition",
    "RetryConfig",
    "RetryDecision",
    "RetryLevel",
    "RetryLevels",
    "RetryStrategy",
    "SnapshotEvent",
    "StepContext",
    "StepEvent",
    "Tool",
]
