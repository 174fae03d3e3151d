"""What this worker has begun, on its own disk: written before the agent starts, so that a restart in place neither repeats nor forgets.

One file a command. It holds the command as it was claimed; when the run is over, also the report, which is sent (again) from there
until the message is deleted. What was sent is remembered for a day, against messages that come twice.

Whatever lies there, a worker starts: what is no entry is set aside once. Its command is settled all the same, for its message is still on
the queue: the record says that this generation had claimed it, and what it left is saved and reported.
"""

from __future__ import annotations

import json
import logging
import os
import stat
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from hermes import ids, limits
from hermes.domain import escape, wire
from hermes.domain.env import Env

#: A worker remembers what it reported this long, against messages that come twice.
JOURNAL_SECONDS: Final = 24 * 3600

_LOG = logging.getLogger(__name__)

#: A command has at most `limits.WIRE_BODY_BYTES`, a report less; JSON escapes may double both.
_ENTRY_BYTES = 4 * limits.WIRE_BODY_BYTES
#: How often a process takes up one command that ends the process each time.
_TAKEN_UP = 2
_ASIDE = "aside"


class JournalEntry(BaseModel):
    """One command of this worker."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    message: wire.CommandMessage
    gen: int
    claimed_at: float
    result: wire.ResultMessage | None = None
    sent: bool = False
    taken_up: int = 0
    """Processes that have begun to settle it after the one that had claimed it."""


class Journal:
    """The entries of one workspace folder. A disk that takes no entry costs what the entry is for, never the command or its report."""

    def __init__(self, *, folder: Path, env: Env) -> None:
        self._folder = folder
        self._now = env.now

    def begin(self, message: wire.CommandMessage, *, gen: int) -> None:
        """A command is about to run."""
        self._write(JournalEntry(message=message, gen=gen, claimed_at=self._now()))

    def take_up(self, entry: JournalEntry) -> bool:
        """It is about to be settled by a later process; False where that has ended too many of them."""
        if entry.taken_up >= _TAKEN_UP:
            return False
        self._write(entry.model_copy(update={"taken_up": entry.taken_up + 1}))
        return True

    def ended(self, result: wire.ResultMessage) -> None:
        """Its run is over; this is to be reported."""
        entry = self.find(result.command_id, result.attempt)
        if entry is not None:
            self._write(entry.model_copy(update={"result": result}))

    def sent(self, result: wire.ResultMessage) -> None:
        """The report is on the output queue."""
        entry = self.find(result.command_id, result.attempt)
        if entry is not None:
            self._write(entry.model_copy(update={"result": result, "sent": True}))

    def find(self, command_id: str, attempt: int) -> JournalEntry | None:
        """The entry of one attempt."""
        try:
            return _read(self._path(command_id, attempt))
        except (OSError, ValueError):
            return None

    def open(self) -> list[JournalEntry]:
        """What was begun and not reported; older entries are dropped on the way, and what is none is set aside."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                entry = _read(path)
            except (OSError, ValueError) as error:
                self._set_aside(path, error)
                continue
            if entry.sent and entry.claimed_at < self._now() - JOURNAL_SECONDS:
                path.unlink(missing_ok=True)
            elif not entry.sent:
                found.append(entry)
        return found

    def _path(self, command_id: str, attempt: int) -> Path:
        return self._folder / f"{ids.digest('journal', command_id, str(attempt))}.json"

    def _set_aside(self, path: Path, error: Exception) -> None:
        aside = self._folder / _ASIDE / f"{path.stem}-{ids.new_id()}"
        why = {"action": "journal.poisoned", "why": f"{type(error).__name__}: {str(error)[:300]}"}
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            path.rename(aside)
        except OSError as left:
            _LOG.error("What is no entry of the journal could not be set aside: %s", left, extra=why)
        else:
            _LOG.error("What is no entry of the journal was set aside as %s.", aside.name, extra=why)

    def _write(self, entry: JournalEntry) -> None:
        """Whole or not at all, and on the disk when this returns."""
        path = self._path(entry.message.command_id, entry.message.attempt)
        beside = path.with_suffix(".new")
        text = json.dumps(escape.deep(entry.model_dump(mode="json")), ensure_ascii=False)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            # For its owner alone: it holds the command's nonce.
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            named = {"command_id": entry.message.command_id, "why": str(error)}
            _LOG.error("The journal could not be written.", extra={"action": "journal.failed", **named})


def _read(path: Path) -> JournalEntry:
    """Raises OSError or ValueError for what is no entry: torn, foreign, too large, no plain file."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is no plain file")
        if found.st_size > _ENTRY_BYTES:
            raise ValueError(f"it has {found.st_size} bytes")
        try:
            return JournalEntry.model_validate_json(file.read(_ENTRY_BYTES))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'text'}: {first['msg']}") from error
