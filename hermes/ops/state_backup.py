"""`hermes backup` and `hermes restore`: the state of `hermes up` as one file.

The file is the journal itself, copied by SQLite at one moment while the emulator goes on writing. A backup is checked before it has its
name, and before it is restored.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.local.durable import journal, wal
from hermes.local.durable.rows import StoreRow, checksum
from hermes.process import privacy

#: The emulator's folder within the state folder.
_AWS: Final = "aws"
#: A copy that another process's writes begin again and again is given up after this.
BACKUP_SECONDS: Final = 600.0


def backup(state: Path, file: Path) -> tuple[int, int]:
    """Copy the state into a file. Returns its rows and bytes. Raises `errors.ConfigError`, with nothing half left."""
    source = state / _AWS / journal.FILE
    if not source.exists():
        raise errors.ConfigError(f"there is no state in {state}: name the folder of hermes up with --state")
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        # It contains mail.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as held, _new(part) as copy:
            held.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        rows = _checked(part)
        _synced(part)
        part.replace(file)
        _synced(file.absolute().parent)
    except (sqlite3.Error, OSError) as error:
        raise errors.ConfigError(f"the backup {file} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return rows, file.stat().st_size


def restore(file: Path, state: Path) -> Path | None:
    """Put a backup into a state folder. Returns where the earlier state was moved to. Raises `errors.ConfigError`, and changes nothing."""
    if not file.exists():
        raise errors.ConfigError(f"there is no backup {file}")
    folder = privacy.folder(state / _AWS)
    with _alone(folder, state):
        _checked(file)
        place = folder / journal.FILE
        part = place.with_name(f"{place.name}.part")
        try:
            part.unlink(missing_ok=True)
            with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as held, _new(part) as copy:
                held.backup(copy)
            part.chmod(0o600)
            _synced(part)
            kept = _put_aside(place)
            part.replace(place)
            _synced(folder)
        except (sqlite3.Error, OSError) as error:
            raise errors.ConfigError(f"the backup {file} cannot be restored: {error}") from error
    return kept


def _put_aside(place: Path) -> Path | None:
    """The state that was there, log and all, under another name."""
    if not place.exists():
        return None
    kept = place.with_name(f"{place.name}-before-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    with contextlib.closing(sqlite3.connect(place)) as held:
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    place.replace(kept)
    for beside in (wal.path(place), place.with_name(f"{place.name}-shm")):
        beside.unlink(missing_ok=True)
    return kept


@contextlib.contextmanager
def _alone(folder: Path, state: Path) -> Iterator[None]:
    with (folder / "lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.ConfigError(f"Hermes runs on {state}: stop it first, then restore") from None
        yield


@contextlib.contextmanager
def _new(part: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(part)) as copy:
        yield copy


def _checked(file: Path) -> int:
    """How many rows the file holds, every one of them read. Raises `errors.ConfigError` for what is no whole backup."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as held:
            (version,) = held.execute("PRAGMA user_version").fetchone()
            if not 1 <= version <= journal.FORMAT:
                raise errors.ConfigError(f"{file} is no backup of this Hermes (its format is {version})")
            (sound,) = held.execute("PRAGMA quick_check(1)").fetchone()
            if sound != "ok":
                raise errors.ConfigError(f"{file} is damaged: {sound}")
            count = 0
            for table in ("rows", "bodies"):
                for kind, owner, key, crc, doc in held.execute(f"SELECT kind, owner, key, crc, doc FROM {table}"):  # noqa: S608
                    count += 1
                    if checksum(StoreRow(kind, owner, key), doc) != crc:
                        raise errors.ConfigError(
                            f"{file} is damaged: the row {kind}/{owner}/{key} is not what was written"
                        )
            return count
    except sqlite3.Error as error:
        raise errors.ConfigError(f"{file} is no backup, or is damaged: {error}") from error


def _synced(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
