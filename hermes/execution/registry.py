"""The registry of executions that can be observed and interrupted from outside, and the port that a server uses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from hermes.domain.interrupts import InterruptReason
from hermes.execution import exceptions, signals
from hermes.execution.events import bus, events
from hermes.execution.state import ExecutionState


class StepReport(BaseModel):
    """One step, for outside observers."""

    model_config = ConfigDict(frozen=True)

    step: str
    actor: str = ""
    status: events.ExecutionStatus
    failures: int = 0
    started_at: float | None = None
    """Epoch seconds: the start of its latest run."""
    ended_at: float | None = None
    """Epoch seconds; None while it runs."""
    elapsed_seconds: float = 0.0
    """In all its runs, pauses included."""
    retry_at: float | None = None
    """Epoch seconds: the next attempt."""
    error: str = ""
    """What its last failed attempt raised."""


class InterruptReport(BaseModel):
    """The interrupt of an execution, for outside observers."""

    model_config = ConfigDict(frozen=True)

    reason: InterruptReason
    message: str | None = None
    triggered_by: str | None = None
    triggered_at: str | None = None
    """ISO 8601."""


class StatusReport(BaseModel):
    """One execution, for outside observers."""

    model_config = ConfigDict(frozen=True)

    execution_id: str
    status: events.ExecutionStatus
    interrupted: InterruptReport | None = None
    steps: tuple[StepReport, ...] = ()
    timeout_remaining: float | None = None


class ExecutionControl(Protocol):
    """The interface of the HTTP control: `ExecutionRegistry` implements it for this process, the gateway for its records."""

    async def interrupt(self, execution_id: str, signal: signals.InterruptSignal) -> bool:
        """Interrupt the execution; True if this request stops it. Raises `UnknownExecution`."""

    async def status(self, execution_id: str) -> StatusReport:
        """The status of the execution. Raises `UnknownExecution`."""

    async def statuses(self) -> list[StatusReport]:
        """The status of all executions."""

    async def stream(self, execution_id: str) -> AbstractAsyncContextManager[AsyncIterator[events.Event]]:
        """Its events from now on, to its end; an execution that has ended has none. Raises `UnknownExecution`."""


class ExecutionRegistry:
    """The executions of this process, by id, with the bus that carries their events."""

    def __init__(self, *, event_bus: bus.EventBus | None = None, stream_size: int = 256) -> None:
        #: give it to the states, so that their events can be streamed
        self.event_bus = event_bus or bus.EventBus()
        self._stream_size = stream_size
        self._states: dict[str, ExecutionState] = {}

    def __len__(self) -> int:
        return len(self._states)

    def __contains__(self, execution_id: object) -> bool:
        return execution_id in self._states

    def register(self, state: ExecutionState) -> None:
        """Register an execution; each id can be registered once."""
        if self._states.setdefault(state.state_id, state) is not state:
            raise ValueError(f"an execution {state.state_id!r} is registered already")

    def unregister(self, execution_id: str) -> bool:
        """Unregister an execution; False if it was not registered."""
        return self._states.pop(execution_id, None) is not None

    @contextmanager
    def registered(self, state: ExecutionState) -> Iterator[ExecutionState]:
        """Register an execution for a `with` block."""
        self.register(state)
        try:
            yield state
        finally:
            self.unregister(state.state_id)

    async def interrupt(self, execution_id: str, signal: signals.InterruptSignal) -> bool:
        """Interrupt the execution; True if this request stops it. Raises `UnknownExecution`."""
        return self._find(execution_id).interrupt(signal)

    async def status(self, execution_id: str) -> StatusReport:
        """The status of the execution. Raises `UnknownExecution`."""
        return report(self._find(execution_id))

    async def statuses(self) -> list[StatusReport]:
        """The status of all executions, in the order of registration."""
        return [report(state) for state in list(self._states.values())]

    async def stream(self, execution_id: str) -> AbstractAsyncContextManager[AsyncIterator[events.Event]]:
        """Its events from now on, to its end. Raises `UnknownExecution`."""
        state = self._find(execution_id)
        events_of_it = self.event_bus.stream(execution_id=execution_id, size=self._stream_size)
        if state.is_interrupted or state.status.terminal:
            await events_of_it.aclose()
        return events_of_it

    def _find(self, execution_id: str) -> ExecutionState:
        try:
            return self._states[execution_id]
        except KeyError:
            raise exceptions.UnknownExecution(f"there is no execution {execution_id!r}") from None


def report(state: ExecutionState) -> StatusReport:
    """The report of one execution."""
    measured = state.timeline.monotonic()
    steps = tuple(
        StepReport(
            step=record.key,
            actor=record.actor,
            status=record.status,
            failures=record.failures,
            started_at=record.started_at,
            ended_at=record.ended_at,
            elapsed_seconds=record.elapsed(measured),
            retry_at=record.retry_at,
            error=record.error,
        )
        for record in state.steps
    )
    signal = state.interrupt_signal
    return StatusReport(
        execution_id=state.state_id,
        status=state.status,
        interrupted=None
        if signal is None
        else InterruptReport(
            reason=signal.reason,
            message=signal.message,
            triggered_by=signal.triggered_by,
            triggered_at=signal.triggered_at,
        ),
        steps=steps,
        timeout_remaining=state.timeout_remaining,
    )
