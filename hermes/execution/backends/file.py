"""A backend in a directory, which the processes of one machine (or of one network file system) share."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from hermes.execution import signals
from hermes.execution.backends.backend import INTERRUPTS_KEPT, ExecutionBackend, InterruptQuery, read_signal
from hermes.execution.checkpoints import file_store, snapshot
from hermes.execution.events import events


class FileBackend(ExecutionBackend):
    """A file for each request and each snapshot, and one line for each interrupt in `interrupts.jsonl`.

    A person stops an execution with `echo "seen enough" > DIRECTORY/ID.stop`, where `path` says what the file of an id is called.
    """

    def __init__(self, directory: Path | str) -> None:
        self._directory = Path(directory)
        self._store = file_store.FileStore(self._directory)
        self._history = self._directory / "interrupts.jsonl"

    def path(self, execution_id: str) -> Path:
        """The file that stops an execution."""
        plain = execution_id.replace("-", "").replace("_", "").isalnum() and len(execution_id) <= 100
        name = execution_id if plain else self._store.path(execution_id).stem
        return self._directory / f"{name}.stop"

    async def request_interrupt(self, execution_id: str, signal: signals.InterruptSignal) -> None:
        """Ask the execution to stop, wherever it runs."""
        text = signal.model_dump_json()
        await asyncio.to_thread(file_store.replace_file, self.path(execution_id), text)

    async def requested(self, execution_id: str) -> signals.InterruptSignal | None:
        """The request to stop it, or None."""
        text = await asyncio.to_thread(file_store.read_file, self.path(execution_id))
        return None if text is None else read_signal(text)

    async def withdraw(self, execution_id: str) -> None:
        """Delete the request; does nothing if there is none."""
        await asyncio.to_thread(self.path(execution_id).unlink, missing_ok=True)

    async def keep(self, event: events.InterruptEvent) -> None:
        """Add an interrupt to the history."""
        await asyncio.to_thread(self._append, event.model_dump_json())

    def _append(self, line: str) -> None:
        """Append a line; when twice as many as are kept are there, drop the older half. Other processes wait meanwhile."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with open(self._directory / "interrupts.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with open(self._history, "a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            if size > 2 * INTERRUPTS_KEPT * len(line):
                lines = self._history.read_text(encoding="utf-8").splitlines()
                file_store.replace_file(self._history, "\n".join(lines[-INTERRUPTS_KEPT:]) + "\n")

    async def interrupts(self, query: InterruptQuery | None = None) -> list[events.InterruptEvent]:
        """Interrupts of the history, the newest first."""
        return await asyncio.to_thread(lambda: (query or InterruptQuery()).newest(self._read()))

    def _read(self) -> Iterator[events.InterruptEvent]:
        if not self._history.exists():
            return
        with open(self._history, encoding="utf-8") as file:
            for line in file:
                try:
                    yield events.InterruptEvent.model_validate_json(line)
                except ValueError:
                    continue  # the last line of a process that died while it wrote it

    async def save(self, snapshot: snapshot.Snapshot) -> None:
        """Keep the snapshot in place of an earlier one."""
        await self._store.save(snapshot)

    async def load(self, execution_id: str) -> snapshot.Snapshot | None:
        """The one kept, or None. Raises `SnapshotError` if it cannot be read."""
        return await self._store.load(execution_id)

    async def delete(self, execution_id: str) -> None:
        """Delete it; does nothing if there is none."""
        await self._store.delete(execution_id)
