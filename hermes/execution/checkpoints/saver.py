"""Saves an execution's snapshots: one at a time, never an older one over a newer one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from hermes.execution import exceptions, signals
from hermes.execution.checkpoints import snapshot
from hermes.execution.events import events, timeline

#: Saving a snapshot on the way out of an interrupt; then the interrupt goes on without.
CHECKPOINT_SECONDS: Final = 10.0


class Saver:
    """Saves to the store, if there is one; callers that come during a save share the next. A cancelled caller does not stop a save."""

    def __init__(
        self,
        *,
        store: snapshot.SnapshotStore | None,
        every_change: bool,
        take: Callable[[], snapshot.Snapshot],
        timeline: timeline.Timeline,
        name: str,
    ) -> None:
        if every_change and store is None:
            raise ValueError("saving every change needs a store")
        self._store = store
        self._take = take
        self._timeline = timeline
        self._name = name
        self._wanted = False
        self._task: asyncio.Task[None] | None = None
        #: the interrupt that a snapshot was saved for, and the history's length then
        self._saved: tuple[signals.InterruptSignal | None, int] | None = None
        #: a snapshot is saved whenever a step changes
        self.every_change = every_change

    async def save(self) -> None:
        """Save the current state or a later one. Raises what the store raises, and `SnapshotError`."""
        if self._store is None:
            raise exceptions.SnapshotError("this execution has no store to save to")
        self._wanted = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work(self._store), name=self._name)
        await asyncio.shield(self._task)

    async def _work(self, store: snapshot.SnapshotStore) -> None:
        try:
            while self._wanted:
                self._wanted = False
                begun, taken = time.monotonic(), self._take()
                await store.save(taken)
                self._timeline.snapshot(number=taken.number, seconds=time.monotonic() - begun)
        finally:
            self._task = None

    def wants(self, signal: signals.InterruptSignal | None) -> bool:
        """Whether there is something to save on the way out: a store, a wish, and news since the last time."""
        if self._store is None or not (self.every_change or (signal is not None and signal.save_checkpoint)):
            return False
        return self._saved != (signal, self._timeline.history.added)

    async def checkpoint(self, signal: signals.InterruptSignal | None) -> bool:
        """Save on the way out, where the signal or the setting asks for it; a failure is noted and must not hide the interrupt."""
        if not self.wants(signal):
            return False
        begun = time.monotonic()
        try:
            async with asyncio.timeout(CHECKPOINT_SECONDS):
                await self.save()
        except Exception as error:
            self._timeline.snapshot(number=0, seconds=time.monotonic() - begun, error=events.error_words(error))
            return False
        self._saved = signal, self._timeline.history.added
        return True

    async def last(self, signal: signals.InterruptSignal | None) -> None:
        """The execution has ended: save as `checkpoint` does, and leave no save behind that is still under way."""
        await self.checkpoint(signal)
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=CHECKPOINT_SECONDS)
