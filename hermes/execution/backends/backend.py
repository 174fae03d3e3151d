"""What every shared store of executions does: the class that each of them completes."""

from __future__ import annotations

import abc
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hermes.domain.interrupts import InterruptReason
from hermes.execution import checkers, signals
from hermes.execution.checkpoints import snapshot
from hermes.execution.events import events

#: An answer of a store; a later one is an error of the store.
BACKEND_SECONDS: Final = 5.0
#: Interrupts that a store keeps, the newest.
INTERRUPTS_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptQuery:
    """Which interrupts of the history: each given field must hold."""

    execution_id: str | None = None
    reason: InterruptReason | None = None
    triggered_by: str | None = None
    since: float | None = None
    """Epoch seconds, inclusive."""
    until: float | None = None
    """Epoch seconds, inclusive."""
    limit: int = 100

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError(f"limit must be at least 1: {self.limit!r}")

    def wants(self, event: events.InterruptEvent) -> bool:
        """Whether the interrupt is one of them."""
        return (
            self.execution_id in (None, event.execution_id)
            and self.reason in (None, event.signal.reason)
            and self.triggered_by in (None, event.signal.triggered_by)
            and (self.since is None or event.at >= self.since)
            and (self.until is None or event.at <= self.until)
        )

    def newest(self, found: Iterable[events.InterruptEvent]) -> list[events.InterruptEvent]:
        """Those of the events, the newest first, as many as asked for."""
        wanted = [event for event in found if self.wants(event)]
        return sorted(wanted, key=lambda event: event.at, reverse=True)[: self.limit]


class ExecutionBackend(abc.ABC):
    """A store that processes share: a `SnapshotStore`, requests to interrupt by execution id, and the history of interrupts.

    `state.set_interrupt_checker(backend.checker(state.state_id))` lets any process stop the execution by
    `await backend.request_interrupt(id, signal)`; `event_bus.subscribe(backend.record)` keeps its interrupts in the history.
    A request stays until it is withdrawn: withdraw it before the execution is resumed.
    """

    def checker(self, execution_id: str) -> checkers.InterruptChecker:
        """A checker that asks for requests to interrupt this execution."""

        async def requested() -> signals.InterruptSignal | None:
            return await self.requested(execution_id)

        requested.__qualname__ = f"{type(self).__name__} of {execution_id}"
        return requested

    async def record(self, event: events.Event) -> None:
        """Keep the event if it is an interrupt: the handler for `EventBus.subscribe`."""
        if isinstance(event, events.InterruptEvent):
            await self.keep(event)

    @abc.abstractmethod
    async def request_interrupt(self, execution_id: str, signal: signals.InterruptSignal) -> None:
        """Ask the execution to stop, wherever it runs."""

    @abc.abstractmethod
    async def requested(self, execution_id: str) -> signals.InterruptSignal | None:
        """The request to stop it, or None."""

    @abc.abstractmethod
    async def withdraw(self, execution_id: str) -> None:
        """Forget the request; does nothing if there is none."""

    @abc.abstractmethod
    async def keep(self, event: events.InterruptEvent) -> None:
        """Add an interrupt to the history."""

    @abc.abstractmethod
    async def interrupts(self, query: InterruptQuery | None = None) -> list[events.InterruptEvent]:
        """Interrupts of the history, the newest first."""

    @abc.abstractmethod
    async def save(self, snapshot: snapshot.Snapshot) -> None:
        """Keep the snapshot in place of an earlier one."""

    @abc.abstractmethod
    async def load(self, execution_id: str) -> snapshot.Snapshot | None:
        """The one kept, or None. Raises `SnapshotError` if it cannot be read."""

    @abc.abstractmethod
    async def delete(self, execution_id: str) -> None:
        """Delete it; does nothing if there is none."""


def superseded(execution_id: str) -> str:
    """The words of a store that refuses a snapshot."""
    return f"a newer snapshot of {execution_id!r} is there already, or one of another process that runs it too: only one may go on"


def read_signal(text: str | bytes) -> signals.InterruptSignal:
    """A request as it is stored; any other text, put there by hand (`SET hermes:interrupt:ID cancel`), is a person's wish to stop."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    try:
        return signals.InterruptSignal.model_validate_json(words)
    except ValueError:
        return signals.InterruptSignal(
            reason=InterruptReason.USER_CANCELLED, message=words.strip() or None, triggered_by="store"
        )
