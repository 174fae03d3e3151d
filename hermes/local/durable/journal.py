"""The journal: SQLite in WAL mode, written by one thread, with one sync for all the changes that wait for it.

A change is recorded in memory and `settled` waits until it is synced. While one batch is being written, the next one grows; so sixteen
calls at once share a sync, and one alone waits for its own. If a batch cannot be written (the disk is full), nothing of it is kept: the
owner is told which rows are to be set back to what the journal holds, and everyone who waits gets the error.
"""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextlib
import itertools
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.local.durable import wal
from hermes.local.durable.rows import Document, StoreRow, checksum

#: The journal's name in its folder.
FILE: Final = "journal.db"
#: The version of the tables below; a newer one is refused.
FORMAT: Final = 1
#: Pages of 4 KiB in the write-ahead log after which SQLite copies them into the file.
CHECKPOINT_PAGES: Final = 2000
#: How much longer than that the log is made at once: a batch is written before it is copied.
SPARE_PAGES: Final = 500
#: A disk that has not written for so long makes the call fail, which its client repeats; shorter than a client waits for an answer.
SETTLE_SECONDS: Final = 10.0
#: The same at the start, which may write everything that an earlier version had left.
START_SECONDS: Final = 300.0
#: What the write-ahead log is cut back to, so that one large batch does not leave it large.
WAL_BYTES: Final = 16 * 1024 * 1024
#: Free pages that may stay in the file for the next rows, as a share of it; more are given back to the system.
SPARE_SHARE: Final = 0.25
#: Pages given back at once, so that no commit takes long.
VACUUM_PAGES: Final = 500
#: How many commits pass between two looks for spare pages.
VACUUM_COMMITS: Final = 50
#: Kinds whose documents are bodies: not read at the start, and kept apart so that reading the others is one pass over small rows.
BODIES: Final = frozenset({"body", "part"})
#: Kinds that the others have their place in.
DEFINITIONS: Final = ("tables", "queue", "buckets")

_log = logging.getLogger(__name__)

_TABLES = ("rows", "bodies")
_SCHEMA = "".join(
    f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, key TEXT NOT NULL,"
    " expires REAL, crc INTEGER NOT NULL, doc BLOB NOT NULL, UNIQUE (kind, owner, key));"
    f"CREATE INDEX IF NOT EXISTS {table}_expires ON {table} (expires) WHERE expires IS NOT NULL;"
    for table in _TABLES
)

_PUT = {
    table: f"INSERT INTO {table} (kind, owner, key, expires, crc, doc) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, owner, key)"
    " DO UPDATE SET expires = excluded.expires, crc = excluded.crc, doc = excluded.doc"
    for table in _TABLES
}
_DELETE = {table: f"DELETE FROM {table} WHERE kind = ? AND owner = ? AND key = ?" for table in _TABLES}

Batch = dict[StoreRow, Document | None]


class StateJournal:
    """One file; used from one event loop. `refused` gets the rows that could not be written, with what the file holds of each."""

    def __init__(
        self,
        path: Path,
        *,
        refused: Callable[[Mapping[StoreRow, Document | None]], None],
        more_room: Callable[[], bool] = lambda: False,
    ) -> None:
        """Open or create the file. Raises `errors.ConfigError`: no journal, of a newer version, or damaged.

        `more_room` is asked for room when there is none, in the writing thread; where it has made some, the batch is tried once more.
        """
        self.path = path
        self._more_room = more_room
        self.damaged: list[StoreRow] = []
        """The rows whose checksum was wrong when they were loaded."""
        self._refused = refused
        self._pending: Batch = {}
        self._writing: Batch = {}
        self._recorded = self._synced = self._commits = 0
        self._waiting: collections.deque[tuple[int, asyncio.Future[None]]] = collections.deque()
        self._busy: asyncio.Future[None] | None = None
        self._begins = False
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="journal")
        log = wal.WriteAheadLog(path)
        self._writer, self._reader = _open(path), _open(path)
        self.lost = log.lost(self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])
        """A sentence about changes that the journal has lost, if there are any."""
        with contextlib.suppress(OSError):
            wal.extend(path, CHECKPOINT_PAGES + SPARE_PAGES)

    def load(self) -> Iterator[tuple[StoreRow, Document]]:
        """Every row but the bodies, definitions first, in the order of their making. A damaged one is left out and put into `damaged`."""
        first = ", ".join(f"'{kind}'" for kind in DEFINITIONS)
        found = (
            self._reader.execute(
                f"SELECT kind, owner, key, expires, crc, doc FROM rows WHERE kind {which} ({first}) ORDER BY id"
            )
            for which in ("IN", "NOT IN")
        )
        try:
            for kind, owner, key, expires, crc, doc in itertools.chain.from_iterable(found):
                row = StoreRow(kind, owner, key)
                if checksum(row, doc) != crc:
                    self.damaged.append(row)
                    continue
                yield row, Document(doc, expires)
        except sqlite3.DatabaseError as error:
            raise errors.ConfigError(
                f"the journal {self.path} is damaged ({error}); put a backup in its place: hermes restore FILE"
            ) from error

    def record(self, changes: Mapping[StoreRow, Document | None]) -> None:
        """Take the changes of one call, all of which are written together or not at all; None deletes a row."""
        if not changes:
            return
        self._pending.update(changes)
        self._recorded += 1
        self._begin_soon()

    async def settled(self, seconds: float = SETTLE_SECONDS) -> None:
        """Wait until all that was recorded so far is synced.

        Raises `errors.NoRoom` if it could not be written, `errors.Transient` if the disk has not answered: then it may still be written.
        """
        if self._synced >= self._recorded:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._recorded, waiting))
        try:
            async with asyncio.timeout(seconds):
                await waiting
        except TimeoutError:
            raise errors.Transient(f"the disk of {self.path} has written nothing for {seconds:g} s") from None

    def read(self, row: StoreRow) -> Document | None:
        """A row as it will be when everything is written."""
        for batch in (self._pending, self._writing):
            if row in batch:
                return batch[row]
        return self._stored(row)

    def expired(self, now: float, *, most: int) -> list[StoreRow]:
        """Up to `most` rows whose time is over."""
        found = self._reader.execute(
            "SELECT kind, owner, key FROM rows WHERE expires <= ? ORDER BY expires LIMIT ?", (now, most)
        )
        return [StoreRow(*names) for names in found]

    async def close(self) -> None:
        """Write what is left and close the file."""
        with contextlib.suppress(errors.Transient):
            await self.settled()
        self._thread.shutdown()
        self._reader.close()
        with contextlib.suppress(sqlite3.Error):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer.close()

    def _begin_soon(self) -> None:
        """Once the calls that are at hand now have had their turn: they share the sync."""
        if self._pending and self._busy is None and not self._begins:
            self._begins = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        self._begins = False
        self._writing, self._pending = self._pending, {}
        upto = self._recorded
        loop = asyncio.get_running_loop()
        self._busy = loop.run_in_executor(self._thread, self._write, self._writing)
        self._busy.add_done_callback(lambda done: self._written(done, upto))

    def _written(self, done: asyncio.Future[None], upto: int) -> None:
        self._busy = None
        error = done.exception()
        if error is None:
            self._writing, self._synced = {}, upto
            self._wake(upto, None)
        else:
            # Later changes depend on what is missing now, so they are dropped with it.
            lost = {**self._writing, **self._pending}
            self._writing, self._pending, self._synced = {}, {}, self._recorded
            try:
                self._refused({row: self._stored(row) for row in lost})
            except Exception as left:
                end(f"what could not be written could not be set back either: {left}")
            self._wake(self._recorded, errors.NoRoom(f"the journal {self.path} cannot be written: {error}"))
        self._begin_soon()

    def _wake(self, upto: int, error: Exception | None) -> None:
        while self._waiting and self._waiting[0][0] <= upto:
            _, waiting = self._waiting.popleft()
            if waiting.done():
                continue
            if error is None:
                waiting.set_result(None)
            else:
                waiting.set_exception(error)

    def _stored(self, row: StoreRow) -> Document | None:
        found = self._reader.execute(
            f"SELECT doc, expires, crc FROM {_table(row)} WHERE kind = ? AND owner = ? AND key = ?", row
        ).fetchone()
        if found is None:
            return None
        doc, expires, crc = found
        if checksum(row, doc) != crc:
            raise errors.DamagedRecord(f"the row {'/'.join(row)} of the journal {self.path} is damaged")
        return Document(doc, expires)

    def _write(self, batch: Batch) -> None:
        """One batch, in the thread."""
        try:
            self._commit(batch)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL or not self._more_room():
                raise
            self._commit(batch)

    def _commit(self, batch: Batch) -> None:
        """One transaction."""
        database = self._writer
        try:
            database.execute("BEGIN IMMEDIATE")
            for row, document in batch.items():
                table = _table(row)
                if document is None:
                    database.execute(_DELETE[table], row)
                else:
                    crc = checksum(row, document.data)
                    database.execute(_PUT[table], (*row, document.expires, crc, document.data))
            database.execute("COMMIT")
        except BaseException as error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            if getattr(error, "sqlite_errorcode", 0) in _UNSURE:
                end(f"it is unknown what the disk holds: {error}")
            raise
        self._commits += 1
        if self._commits % VACUUM_COMMITS == 0:
            self._give_back()

    def _give_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            (free,) = self._writer.execute("PRAGMA freelist_count").fetchone()
            if free > VACUUM_PAGES and free > SPARE_SHARE * self._writer.execute("PRAGMA page_count").fetchone()[0]:
                self._writer.execute(f"PRAGMA incremental_vacuum({VACUUM_PAGES})").fetchall()


def end(why: str) -> None:
    """End the process at once, for its parent to start again: memory and disk may differ, and only a new reading of the disk helps."""
    _log.critical("The embedded AWS ends, and reads its journal again at its next start: %s", why)
    os._exit(os.EX_IOERR)


#: After a failed sync the system may have dropped what it had not written.
_UNSURE = frozenset({sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC, sqlite3.SQLITE_CORRUPT})


def _table(row: StoreRow) -> str:
    return "bodies" if row.kind in BODIES else "rows"


def _open(path: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        database.execute(f"PRAGMA page_size = {wal.PAGE_BYTES}")
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("PRAGMA journal_mode = WAL")
        # Every commit is synced before it returns.
        database.execute("PRAGMA synchronous = FULL")
        database.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        database.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > FORMAT:
            database.close()
            raise errors.ConfigError(
                f"the journal {path} was written by a newer Hermes (its format is {version}, this one knows {FORMAT}); "
                "install the newer Hermes again, or restore a backup of before: hermes restore FILE"
            )
        if version < FORMAT:
            database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT")
    except sqlite3.Error as error:
        raise errors.ConfigError(f"the journal {path} cannot be opened: {error}") from error
    return database
