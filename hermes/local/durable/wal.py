"""The write-ahead log as a file: what of it SQLite could not use, and its size.

SQLite takes what is before the first damaged frame of a log and drops the rest without a word. Source of the format: "Database File
Format", section 4 (sqlite.org).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_HEADER_BYTES: Final = 32
_FRAME_BYTES: Final = 24
#: Bytes of a page: SQLite's own number.
PAGE_BYTES: Final = 4096


def path(database: Path) -> Path:
    """The log of a database."""
    return database.with_name(f"{database.name}-wal")


class WriteAheadLog:
    """A log as it was found before SQLite opened it."""

    def __init__(self, database: Path) -> None:
        self._path = path(database)
        self._salts: set[bytes] = set()
        #: The salts of each frame, and whether it ends a change.
        self._frames: list[tuple[bytes, bool]] = []
        self._cut = False
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return
        if not any(data[:_HEADER_BYTES]):
            return
        size = _FRAME_BYTES + PAGE_BYTES
        whole, rest = divmod(len(data) - _HEADER_BYTES, size)
        places = range(_HEADER_BYTES, _HEADER_BYTES + max(0, whole) * size, size)
        heads = [data[at : at + _FRAME_BYTES] for at in places]
        self._frames = [(head[8:16], any(head[4:8])) for head in heads]
        self._cut = rest != 0
        # Frames with other salts are of the log's earlier rounds, except where a head is damaged itself.
        self._salts = {data[16:24], *(salts for salts, _ in self._frames[:1])} - {bytes(8)}

    def lost(self, used: int) -> str | None:
        """A sentence about what SQLite did not use, if there is any; `used` is how many frames it took."""
        behind = [ends for salts, ends in self._frames[used:] if salts in self._salts]
        if any(behind):
            return (
                f"the journal's log {self._path} is damaged after {used} pages: what is before that is there, {sum(behind)} later "
                "changes are lost. A backup may hold more: hermes restore FILE"
            )
        if behind or self._cut:
            return (
                f"the journal's log {self._path} ended in the middle of a change, which was left out. After a loss of power that is a "
                "change that nobody was told of"
            )
        return None


def extend(database: Path, pages: int) -> None:
    """Fill the log with zeros up to so many pages.

    A write inside a file is synced without a commit of the file system's own journal, in which every other program's writes wait too:
    measured, half the time on a busy disk.
    """
    log = path(database)
    wanted = _HEADER_BYTES + pages * (_FRAME_BYTES + PAGE_BYTES)
    with log.open("r+b") as file:
        missing = wanted - file.seek(0, os.SEEK_END)
        if missing > 0:
            file.write(bytes(missing))
            file.flush()
            os.fsync(file.fileno())
