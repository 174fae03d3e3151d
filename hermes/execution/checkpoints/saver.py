"""Saves an execution's snapshots: one at a time, never an older one over a newer one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from hermes.execution import signals
from hermes.execution.checkpoints import snapshot

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
        note: Callable[[str], None],
        name: str,
    ) -> None:
        if every_change and store is None:
            raise ValueError("saving every change needs a store")
        self._store = store
        self._take = take
        self._note = note
        self._name = name
        self._wanted = False
        self._task: asyncio.Task[None] | None = None
        #: a snapshot is saved whenever a step changes
        self.every_change = every_change

    async def save(self) -> None:
        """Save the current state or a later one. Raises what the store raises, and `SnapshotError`."""
        if self._store is None:
            raise snapshot.SnapshotError("this execution has no store to save to")
        self._wanted = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work(self._store), name=self._name)
        await asyncio.shield(self._task)

    async def _work(self, store: snapshot.SnapshotStore) -> None:
        try:
            while self._wanted:
                self._wanted = False
                await store.save(self._take())
        finally:
            self._task = None

    async def checkpoint(self, signal: signals.InterruptSignal | None) -> bool:
        """Save on the way out, where the signal or the setting asks for it; a failure is noted and must not hide the interrupt."""
        if not (self.every_change or (signal is not None and signal.save_checkpoint)):
            return False
        try:
            async with asyncio.timeout(CHECKPOINT_SECONDS):
                await self.save()
        except Exception as error:
            self._note(f"snapshot not saved: {type(error).__name__}: {error}")
            return False
        return True

    async def last(self, signal: signals.InterruptSignal | None) -> None:
        """The execution has ended: save as `checkpoint` does, and leave no save behind that is still under way."""
        await self.checkpoint(signal)
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=CHECKPOINT_SECONDS)
