"""A backend within one process: for tests, and for a history of interrupts that need not outlive it."""

from __future__ import annotations

from collections import deque

from hermes.execution import signals
from hermes.execution.backends.backend import INTERRUPTS_KEPT, ExecutionBackend, InterruptQuery
from hermes.execution.checkpoints import snapshot
from hermes.execution.events import events


class MemoryBackend(ExecutionBackend):
    """Keeps everything in memory."""

    def __init__(self) -> None:
        self._requests: dict[str, signals.InterruptSignal] = {}
        self._snapshots: dict[str, snapshot.Snapshot] = {}
        self._interrupts: deque[events.InterruptEvent] = deque(maxlen=INTERRUPTS_KEPT)

    async def request_interrupt(self, execution_id: str, signal: signals.InterruptSignal) -> None:
        """Ask the execution to stop."""
        self._requests[execution_id] = signal

    async def requested(self, execution_id: str) -> signals.InterruptSignal | None:
        """The request to stop it, or None."""
        return self._requests.get(execution_id)

    async def withdraw(self, execution_id: str) -> None:
        """Forget the request."""
        self._requests.pop(execution_id, None)

    async def keep(self, event: events.InterruptEvent) -> None:
        """Add an interrupt to the history."""
        self._interrupts.append(event)

    async def interrupts(self, query: InterruptQuery | None = None) -> list[events.InterruptEvent]:
        """Interrupts of the history, the newest first."""
        return (query or InterruptQuery()).newest(self._interrupts)

    async def save(self, snapshot: snapshot.Snapshot) -> None:
        """Keep the snapshot."""
        self._snapshots[snapshot.execution_id] = snapshot

    async def load(self, execution_id: str) -> snapshot.Snapshot | None:
        """The one kept, or None."""
        return self._snapshots.get(execution_id)

    async def delete(self, execution_id: str) -> None:
        """Delete it."""
        self._snapshots.pop(execution_id, None)
