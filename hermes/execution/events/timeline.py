"""Makes the events of an execution: adds the time, keeps them in history and publishes them."""

from __future__ import annotations

import asyncio
import logging

from hermes.domain.interrupts import InterruptReason
from hermes.execution import environment
from hermes.execution.checkpoints import records
from hermes.execution.events import bus, events, history

_log = logging.getLogger(__name__)


class Timeline:
    """Makes the events of one execution, keeps them and emits them.

    An interrupt that came when nobody listened is published by the checkpoint that raises it, if somebody listens then.
    """

    def __init__(self, *, execution_id: str, event_bus: bus.EventBus | None, env: environment.Environment) -> None:
        self._execution_id = execution_id
        self.event_bus = event_bus
        self.now = env.now
        self.monotonic = env.monotonic
        #: what happened, oldest first
        self.history = history.History(limit=env.history_limit)
        self._unheard: events.InterruptEvent | None = None

    def step(
        self,
        status: events.ExecutionStatus,
        *,
        record: records.StepRecord | None = None,
        detail: str = "",
        reason: InterruptReason | None = None,
        max_attempts: int = 0,
        delay_seconds: float | None = None,
        error: str = "",
        published: bool = True,
    ) -> None:
        """A step, or the execution as a whole, has a new status; `published` is False for what was in an earlier process."""
        now = self.now()
        if record is None:
            event = events.StepEvent(
                execution_id=self._execution_id, at=now, status=status, detail=detail, reason=reason, error=error
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
                error=error,
            )
        if published:
            self.add(event)
        else:
            self.history.add(event)

    def note(self, detail: str) -> None:
        """Something worth knowing."""
        self.add(events.NoteEvent(execution_id=self._execution_id, at=self.now(), detail=detail))

    def add(self, event: events.Event) -> None:
        """Keep the event and publish it; never waits, and never fails because of a subscriber."""
        self.history.add(event)
        if not self._publish(event) and isinstance(event, events.InterruptEvent):
            self._unheard = event

    def _publish(self, event: events.Event) -> bool:
        """Whether somebody listens; True as well where publishing fails, which has no other effect."""
        if self.event_bus is None:
            return True
        try:
            return self.event_bus.emit(event)
        except Exception as error:
            _log.error(
                "An event was not published.",
                exc_info=error,
                extra={"action": "bus.publish_failed", "execution": self._execution_id},
            )
            return True

    def snapshot(self, *, number: int, seconds: float, error: str = "") -> None:
        """A snapshot was saved, or could not be; published, and kept in history only where it says what is wrong."""
        if error:
            self.note(f"snapshot not saved: {error}")
        self._publish(
            events.SnapshotEvent(
                execution_id=self._execution_id, at=self.now(), number=number, seconds=seconds, error=error
            )
        )

    @property
    def behind(self) -> bool:
        """`catch_up` has something to do."""
        return self.event_bus is not None and (
            (self._unheard is not None and self.event_bus.heard) or self.event_bus.waiting
        )

    async def catch_up(self) -> None:
        """Publish an interrupt that nobody has heard, and give the loop one turn, in which subscribers see what is published."""
        if self.event_bus is not None:
            event, self._unheard = self._unheard, None
            if event is not None:
                self._publish(event)
            self.event_bus.resume()
            await asyncio.sleep(0)

    @property
    def crowded(self) -> bool:
        """A subscriber that must not lose anything has too much before it: `room` would wait."""
        return self.event_bus is not None and self.event_bus.crowded

    async def room(self) -> None:
        """Wait until it has caught up."""
        if self.event_bus is not None:
            await self.event_bus.room()
