"""The executions of this worker: one for each attempt of a command, saved at every step, visible to the control while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from hermes import errors
from hermes.domain import wire
from hermes.execution import ExecutionRegistry, ExecutionState, ExecutionStatus, Snapshot, SnapshotError, SnapshotStore
from hermes.execution.environment import REAL, Environment
from hermes.worker.run import steps

#: Longest wait of a step for the copy of its snapshot in AWS; the one on disk exists already.
SNAPSHOT_COPY_SECONDS: Final = 3.0

_LOG = logging.getLogger(__name__)

_OF_THIS_DISK = frozenset({"workspace", "attachments"})


def name(message: wire.CommandMessage, attempt: int | None = None) -> str:
    """The id of the execution of an attempt."""
    return f"{message.command_id}.{message.attempt if attempt is None else attempt}"


class Mirrored:
    """A `SnapshotStore` on this disk, with a copy in AWS for a worker that continues when the disk is gone.

    A snapshot must be on the disk before its step begins; the copy is optional.
    """

    def __init__(self, *, disk: SnapshotStore, copy: SnapshotStore) -> None:
        self._disk = disk
        self._copy = copy

    async def save(self, snapshot: Snapshot) -> None:
        """Save it in both."""
        await self._disk.save(snapshot)
        try:
            async with asyncio.timeout(SNAPSHOT_COPY_SECONDS):
                await self._copy.save(snapshot)
        except (errors.HermesError, TimeoutError) as error:
            why = str(error) or "it took too long"
            _LOG.warning("A snapshot was not copied.", extra={"action": "snapshot.copy", "why": why})

    async def load(self, execution_id: str) -> Snapshot | None:
        """The snapshot on this disk, else the copy."""
        return await self._disk.load(execution_id) or await self._copy.load(execution_id)

    async def delete(self, execution_id: str) -> None:
        """Delete both."""
        await self._disk.delete(execution_id)
        async with asyncio.timeout(SNAPSHOT_COPY_SECONDS):
            await self._copy.delete(execution_id)


class Executions:
    """Makes states, new or from snapshots; `disk` has the runs of this folder, `store` those of other containers too."""

    def __init__(
        self, *, disk: SnapshotStore, store: SnapshotStore, registry: ExecutionRegistry, env: Environment = REAL
    ) -> None:
        self._disk = disk
        self._store = store
        self._registry = registry
        self._env = env

    def begin(self, message: wire.CommandMessage) -> ExecutionState:
        """A new state."""
        return ExecutionState(name(message), **self._settings)

    async def take_up(self, message: wire.CommandMessage) -> ExecutionState | None:
        """The state that a dead process left in this folder; None if there is none or it cannot be read."""
        found = await self._found(self._disk, name(message))
        try:
            return self._restored(found) if found is not None else None
        except (errors.HermesError, ValueError) as error:
            _LOG.warning("A snapshot was of no use.", extra={"action": "snapshot.unreadable", "why": str(error)})
            return None

    async def after(self, message: wire.CommandMessage) -> ExecutionState | None:
        """The state of the attempt before, if that had pushed its work and could not report it: continue after the push.

        Its agent does not run again; what was on its disk is created again.
        """
        found = await self._found(self._store, name(message, message.attempt - 1)) if message.attempt > 1 else None
        if found is None or not any(
            step.key == steps.PUSHED and step.status is ExecutionStatus.COMPLETED for step in found.steps
        ):
            return None
        _LOG.info(
            "The attempt before had pushed its work: taken over, if the remote has it.",
            extra={"action": "command.adopted", "command_id": message.command_id},
        )
        kept = tuple(
            step for step in found.steps if step.status is ExecutionStatus.COMPLETED and step.key not in _OF_THIS_DISK
        )
        return self._restored(found.model_copy(update={"execution_id": name(message), "steps": kept}))

    async def forget(self, message: wire.CommandMessage) -> None:
        """Forget the execution of a settled command."""
        try:
            await self._store.delete(name(message))
        except (errors.HermesError, OSError) as error:
            _LOG.warning("A snapshot was not deleted.", extra={"action": "snapshot.left", "why": str(error)})

    @contextmanager
    def visible(self, state: ExecutionState) -> Iterator[ExecutionState]:
        """Show it to the control for as long as it runs."""
        with self._registry.registered(state):
            yield state

    def _restored(self, found: Snapshot) -> ExecutionState:
        return ExecutionState.restore(found, **self._settings)

    @property
    def _settings(self) -> dict[str, Any]:
        return {"event_bus": self._registry.event_bus, "store": self._store, "autosave": True, "env": self._env}

    @staticmethod
    async def _found(store: SnapshotStore, execution_id: str) -> Snapshot | None:
        try:
            return await store.load(execution_id)
        except (errors.HermesError, OSError) as error:
            broken = isinstance(error, SnapshotError)
            _LOG.warning(
                "A snapshot could not be read.",
                extra={"action": "snapshot.unreadable" if broken else "snapshot.missing", "why": str(error)},
            )
            return None
