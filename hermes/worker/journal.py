"""What this worker has begun, on its own disk: written before the agent starts, so that a restart in place neither repeats nor forgets.

One file a command. It holds the command as it was claimed; when the run is over, also the report, which is sent (again) from there
until the message is deleted. What was sent is remembered for a day, against messages that come twice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from hermes import ids, limits
from hermes.domain import wire


class Entry(BaseModel):
    """One command of this worker."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    message: wire.CommandMessage
    gen: int
    claimed_at: float
    result: wire.ResultMessage | None = None
    sent: bool = False


class Journal:
    """The entries of one workspace folder."""

    def __init__(self, *, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now

    def begin(self, message: wire.CommandMessage, *, gen: int) -> None:
        """A command is about to run."""
        self._write(Entry(message=message, gen=gen, claimed_at=self._now()))

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

    def find(self, command_id: str, attempt: int) -> Entry | None:
        """The entry of one attempt."""
        return _read(self._path(command_id, attempt))

    def open(self) -> list[Entry]:
        """What was begun and not reported; older entries are dropped on the way."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            entry = _read(path)
            if entry is None or (entry.sent and entry.claimed_at < self._now() - limits.JOURNAL_SECONDS):
                path.unlink(missing_ok=True)
            elif not entry.sent:
                found.append(entry)
        return found

    def _path(self, command_id: str, attempt: int) -> Path:
        return self._folder / f"{ids.digest('journal', command_id, str(attempt))}.json"

    def _write(self, entry: Entry) -> None:
        """Whole or not at all, and on the disk when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(entry.message.command_id, entry.message.attempt)
        beside = path.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(entry.model_dump_json(by_alias=False))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)


def _read(path: Path) -> Entry | None:
    """A torn or foreign file is no entry."""
    try:
        return Entry.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
