"""The journal of begun commands on the worker's disk, written before the agent starts, so that a restart neither repeats nor forgets one.

There is one file for each command, with the command as it was claimed and, after the run, its report, which is sent (again) from there
until the message is deleted. A sent report is remembered for a day, for messages that come twice.

No content of the folder keeps a worker from starting: an invalid entry is moved aside once. Its command is still settled, since its message
is on the queue and the record says that this generation had claimed it: its work is saved and reported.
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

#: A worker remembers a sent report for this long, for messages that come twice.
JOURNAL_SECONDS: Final = 24 * 3600

_LOG = logging.getLogger(__name__)

#: A command has at most `limits.WIRE_BODY_BYTES` and a report less; JSON escapes can double both.
_ENTRY_BYTES = 4 * limits.WIRE_BODY_BYTES
#: Processes that try to settle a command which ends each of them.
_TAKEN_UP = 2
_ASIDE = "aside"


class JournalEntry(BaseModel):
    """The entry of one command."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    message: wire.CommandMessage
    gen: int
    claimed_at: float
    result: wire.ResultMessage | None = None
    sent: bool = False
    taken_up: int = 0
    """Number of later processes that have begun to settle it."""


class Journal:
    """The entries of one workspace folder. If the disk takes no entry, only the entry is lost, never the command or its report."""

    def __init__(self, *, folder: Path, env: Env) -> None:
        self._folder = folder
        self._now = env.now

    def begin(self, message: wire.CommandMessage, *, gen: int) -> None:
        """Note that a command is about to run."""
        self._write(JournalEntry(message=message, gen=gen, claimed_at=self._now()))

    def take_up(self, entry: JournalEntry) -> bool:
        """Note that a later process settles it; False if it has ended too many of them."""
        if entry.taken_up >= _TAKEN_UP:
            return False
        self._write(entry.model_copy(update={"taken_up": entry.taken_up + 1}))
        return True

    def ended(self, result: wire.ResultMessage) -> None:
        """Note the report of a finished run."""
        entry = self.find(result.command_id, result.attempt)
        if entry is not None:
            self._write(entry.model_copy(update={"result": result}))

    def sent(self, result: wire.ResultMessage) -> None:
        """Note that the report is on the output queue."""
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
        """Commands that were begun and not reported. Old entries are deleted, and invalid ones moved aside."""
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
        """Write an entry atomically and durably."""
        path = self._path(entry.message.command_id, entry.message.attempt)
        beside = path.with_suffix(".new")
        text = json.dumps(escape.deep(entry.model_dump(mode="json")), ensure_ascii=False)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            # Readable by its owner only, because it has the command's nonce.
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
    """Read an entry. Raises OSError or ValueError if it is torn, foreign, too large, or no plain file."""
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
