"""The records of local tasks: one JSON file for each launch token, so that any gateway on this machine finds the workers again."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hermes import limits
from hermes.launch import processes
from hermes.process import privacy

#: Begins the name of the log of a worker that waits for a key; the pid of its launcher and a number follow.
_WAITING: Final = "waiting"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """One process that was started as a worker."""

    token: str
    container_key: str
    gen: int
    pid: int
    birth: str
    """See `processes.birth`: a reused pid is not taken for it."""
    started_at: float
    stop_asked_at: float | None = None


class TaskRecords:
    """The folder of records, with a log file beside each. Files are replaced atomically."""

    def __init__(self, *, folder: Path) -> None:
        self._folder = folder
        privacy.folder(folder)  # workers' output is for nobody else

    def log(self, token: str) -> Path:
        """The file of the task's output."""
        return self._folder / f"{token}.log"

    def waiting_log(self, number: int) -> Path:
        """The file for the output of a worker that has no token yet."""
        return self._folder / f"{_WAITING}-{os.getpid()}-{number}.log"

    def name_log(self, waiting: Path, token: str) -> None:
        """What a worker said before its claim, and all that follows, is the task's output."""
        with contextlib.suppress(FileNotFoundError):
            waiting.replace(self.log(token))

    def forget_waiting_logs(self) -> None:
        """Remove those that launchers of before, which were killed, have left."""
        for path in self._folder.glob(f"{_WAITING}-*.log"):
            pid = path.name.split("-")[1]
            if pid.isdigit() and processes.birth(int(pid)) is None:
                path.unlink(missing_ok=True)

    @staticmethod
    def last_line(log: Path) -> str:
        """The last line that a worker has said; empty if it said nothing."""
        try:
            with log.open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - limits.TAIL_BYTES))
                lines = file.read().decode("utf-8", "replace").split("\n")
        except FileNotFoundError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")[: limits.PHRASE_CHARS]

    def read(self, token: str) -> TaskRecord | None:
        """The record of a token; None if nothing was started for it."""
        try:
            return TaskRecord(**json.loads((self._folder / f"{token}.json").read_bytes()))
        except FileNotFoundError:
            return None

    def all(self) -> list[TaskRecord]:
        """Every record."""
        found = (self.read(path.stem) for path in sorted(self._folder.glob("*.json")))
        return [record for record in found if record is not None]

    def write(self, record: TaskRecord) -> None:
        """Write or replace a record."""
        part = self._folder / f"{record.token}.part"
        with part.open("w", encoding="utf-8") as file:
            json.dump(dataclasses.asdict(record), file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / f"{record.token}.json")

    def remove(self, token: str) -> None:
        """Forget a task, with its log."""
        for ending in ("json", "log", "part", "lock"):
            (self._folder / f"{token}.{ending}").unlink(missing_ok=True)

    @contextlib.contextmanager
    def held(self, token: str) -> Iterator[None]:
        """Lock this token against other launchers of this folder in any process; the lock ends with its holder."""
        with (self._folder / f"{token}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
