"""Snapshots in a directory, one file each."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
from pathlib import Path

from hermes import ids
from hermes.execution.checkpoints import snapshot
from hermes.execution.exceptions import SnapshotError

#: Beyond any that is written: reports, names of files and a history of some hundred entries.
_MOST_BYTES = 64 * 1024 * 1024


class FileStore:
    """A `SnapshotStore` in a directory: written aside, synced and moved into place, so a crash leaves the old one or the new one."""

    def __init__(self, directory: Path | str) -> None:
        self._directory = Path(directory)

    def path(self, execution_id: str) -> Path:
        """The file of an execution: readable, and safe whatever the id contains."""
        readable = ids.slug(execution_id)[:60].strip("-") or "execution"
        return self._directory / f"{readable}-{ids.digest('execution', execution_id, chars=16)}.json"

    async def save(self, snapshot: snapshot.Snapshot) -> None:
        """Keep it in place of an earlier one."""
        await asyncio.to_thread(replace_file, self.path(snapshot.execution_id), snapshot.to_json())

    async def load(self, execution_id: str) -> snapshot.Snapshot | None:
        """The one kept, or None. Raises `SnapshotError` if it cannot be read."""
        text = await asyncio.to_thread(read_file, self.path(execution_id))
        if text is None:
            return None
        found = snapshot.Snapshot.from_json(text)
        if found.execution_id != execution_id:
            raise SnapshotError(f"the file of {execution_id!r} holds the snapshot of {found.execution_id!r}")
        return found

    async def delete(self, execution_id: str) -> None:
        """Delete it; does nothing if there is none."""
        await asyncio.to_thread(self.path(execution_id).unlink, missing_ok=True)


def replace_file(path: Path, text: str) -> None:
    """Write a file aside, sync it and move it into place, with its folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file readable for its owner only: results may hold what others should not see
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:100]}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        os.unlink(aside)
        raise
    _sync_directory(path.parent)


def read_file(path: Path) -> bytes | None:
    """Read a plain file of a sane size, None without one; reading a pipe would block, and a huge file would fill the memory."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
            raise SnapshotError(f"{path.name} is no snapshot: no plain file, or over {_MOST_BYTES} bytes")
        return file.read()


def _sync_directory(directory: Path) -> None:
    """A rename is on disk only when its directory is."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
