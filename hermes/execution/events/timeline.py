"""Makes the events of an execution: adds the time, keeps them in history and publishes them."""

from __future__ import annotations

from collections.abc import Callable

from hermes.domain.interrupts import InterruptReason
from hermes.execution.checkpoints import records
from hermes.execution.events import bus, events, history


class Timeline:
    """Makes the events of one execution, keeps them and emits them.

    `now` is epoch seconds and stamps; `monotonic` measures.
    """

    def __init__(
        self,
        *,
        execution_id: str,
        event_bus: bus.EventBus | None,
        limit: int,
        now: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._execution_id = execution_id
        self._bus = event_bus
        self.now = now
        self.monotonic = monotonic
        #: what happened, oldest first
        self.history = history.History(limit=limit)

    def step(
        self,
        status: events.ExecutionStatus,
        *,
        record: records.StepRecord | None = None,
        detail: str = "",
        reason: InterruptReason | None = None,
        max_attempts: int = 0,
        delay_seconds: float | None = None,
    ) -> None:
        """A step, or the execution as a whole, has a new status."""
        now = self.now()
        if record is None:
            event = events.StepEvent(
                execution_id=self._execution_id, at=now, status=status, detail=detail, reason=reason
            )
        else:
            record.status = status
            event = events.StepEvent(
                execution_id=self._execution_id,
                at=now,
                status=status,
                step=record.key,
                actor=record.actor,
                attempt=record.attempt,
                max_attempts=max_attempts,
                detail=detail,
                elapsed_seconds=record.elapsed(self.monotonic()),
                delay_seconds=delay_seconds,
                reason=reason,
            )
        self.add(event)

    def note(self, detail: str) -> None:
        """Something worth knowing."""
        self.add(events.NoteEvent(execution_id=self._execution_id, at=self.now(), detail=detail))

    def add(self, event: events.Event) -> None:
        """Keep the event and publish it; never waits, and never fails because of a subscriber."""
        self.history.add(event)
        if self._bus is not None:
            self._bus.emit(event)

    @property
    def crowded(self) -> bool:
        """A subscriber that must not lose anything has too much before it: `room` would wait."""
        return self._bus is not None and self._bus.crowded

    async def room(self) -> None:
        """Wait until it has caught up."""
        if self._bus is not None:
            await self._bus.room()
