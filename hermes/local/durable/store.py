"""The store: MiniStack's memory and the journal, kept equal.

The halves of the services mark the rows that a call changes. When the call has ended, `flush` hands these rows to the journal in one piece,
and the answer waits until they are synced (`answers.py`). At the start every row is put back; a batch that could not be written is put
back the same way, so that memory never holds what the disk does not.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from hermes import limits
from hermes.local.durable import journal
from hermes.local.durable.journal import DEFINITIONS, FILE, StateJournal
from hermes.local.durable.objects import WatchedBuckets
from hermes.local.durable.part import StorePart
from hermes.local.durable.queues import WatchedQueues
from hermes.local.durable.rows import Document, StoreRow
from hermes.local.durable.tables import WatchedTables
from hermes.process import memory
from hermes.process.reserve import Reserve

#: How often expired rows are removed, and how many at a time, so that no call waits long.
EXPIRE_SECONDS: Final = 10.0
EXPIRE_ROWS: Final = 500
#: Damaged rows that are named; the others are counted.
_NAMED: Final = 20

_log = logging.getLogger(__name__)


class DurableStore:
    """Everything that the emulator holds, in memory and in one file."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        """Open the journal and put what it holds into MiniStack. Raises `errors.ConfigError` if it cannot be read.

        What MiniStack holds before is taken over if the journal is new: the state of a Hermes without a journal.
        """
        self._now = now
        self._dirty: dict[StoreRow, None] = {}
        self._said: bool | None = None
        self.reserve = Reserve(folder / "reserve", size=limits.RESERVE_BYTES)
        self.journal = StateJournal(folder / FILE, refused=self._put_back, more_room=self._give_room)
        self._look_for_room()
        found = (WatchedTables(self._mark), WatchedQueues(self._mark), WatchedBuckets(self._mark, self.journal))
        self._parts: tuple[StorePart, ...] = found
        self._of: dict[str, StorePart] = {kind: part for part in self._parts for kind in part.kinds}
        self._load()
        if self.journal.lost:
            _log.error(self.journal.lost)
        if self.journal.damaged:
            names = ", ".join("/".join(row) for row in self.journal.damaged[:_NAMED])
            _log.error("%d rows of the journal are damaged and were left out: %s", len(self.journal.damaged), names)

    def flush(self, *, control: bool) -> None:
        """Hand what has changed to the journal; `control`: definitions of tables, queues or buckets may have changed too."""
        try:
            self._flush(control)
        except Exception as error:
            journal.end(f"a change could not be journalled: {type(error).__name__}: {error}")

    def _flush(self, control: bool) -> None:
        for part in self._parts if control else ():
            part.control(True)
        changes: dict[StoreRow, Document | None] = {}
        while self._dirty:
            rows, self._dirty = self._dirty, {}
            changes.update({row: self._of[row.kind].document(row) for row in rows})
        self.journal.record(changes)

    async def expire(self) -> None:
        """Remove what has expired, for as long as the process runs."""
        while True:
            self._look_for_room()
            # After a full look there may be more: between two of them calls have their turn.
            await asyncio.sleep(0 if self.expire_some() == EXPIRE_ROWS else EXPIRE_SECONDS)

    def expire_some(self) -> int:
        """Remove some of the expired rows; returns how many there were."""
        found = self.journal.expired(self._now(), most=EXPIRE_ROWS)
        for row in found:
            self._of[row.kind].expire(row)
            # It may be gone from memory already; its row goes in any case.
            self._mark(row)
        self.flush(control=False)
        return len(found)

    @property
    def takes_mail(self) -> bool:
        """Whether there is room for more than what is under way."""
        return self.reserve.held

    def _look_for_room(self) -> None:
        there = self.reserve.hold()
        if there and self._said is False:
            _log.warning("There is room for new mail again.")
        if not there and self._said is not False:
            _log.error(
                "There is no room on the disk of %s: no new mail is taken until %d MB are free. What is under way goes on.",
                self.journal.path.parent,
                2 * limits.RESERVE_BYTES // 2**20,
            )
        self._said = there

    def _give_room(self) -> bool:
        """In the journal's thread: the disk is full."""
        return self.reserve.release()

    def _mark(self, row: StoreRow) -> None:
        self._dirty[row] = None

    def _load(self) -> None:
        with memory.loading():
            for row, document in self.journal.load():
                self._of[row.kind].put(row, document)
        for part in self._parts:
            part.loaded()

    def _put_back(self, lost: Mapping[StoreRow, Document | None]) -> None:
        # Definitions first: an item has its place in a table.
        for row in sorted(lost, key=lambda row: row.kind not in DEFINITIONS):
            self._of[row.kind].put(row, lost[row])
        # What was marked since is put back when its own call ends: it is part of what was lost, or was made after it.
