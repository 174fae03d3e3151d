"""The log of one command on disk: what the agent printed, secrets masked, in full up to a limit."""

from __future__ import annotations

from collections.abc import Iterable
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hermes import limits
from hermes.process import acts
from hermes.process.framing import Line

#: An agent's log is kept in full up to this size.
LOG_BYTES: Final = 32 * 1024 * 1024

MASK = b"[secret]"
_SHORTEST_SECRET = 6


class Log:
    """Writes lines to a file up to a limit, and keeps the end of the output in memory for the words of an error."""

    def __init__(
        self,
        path: Path | None,
        *,
        secrets: Iterable[str] = (),
        log_bytes: int = LOG_BYTES,
        tail_bytes: int = limits.TAIL_BYTES,
    ) -> None:
        self._path = path
        self._secrets = sorted((s.encode() for s in secrets if len(s) >= _SHORTEST_SECRET), key=len, reverse=True)
        self._log_bytes = log_bytes
        self._tail_bytes = tail_bytes
        self._tail = bytearray()
        self._file: FileIO | None = None
        self._written = 0
        self.omitted = 0
        """Bytes that were over the limit."""

    def __enter__(self) -> Self:
        if self._path is not None:
            folder = self._path.parent  # among the agent's: a link in its place is not followed
            acts.folder(str(folder.parent), [folder.name])
            self._file = FileIO(acts.appending(str(folder), self._path.name), "ab")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            if self.omitted:
                self._put(b"[%d more bytes were not kept]\n" % self.omitted)
            self._put(b"")
            if self._file is not None:
                self._file.close()

    def masked(self, line: Line) -> Line:
        """The line without the secrets that we know."""
        data = line.data
        for secret in self._secrets:
            data = data.replace(secret, MASK)
        return Line(data, line.dropped)

    def write(self, line: Line) -> None:
        """Add one (masked) line."""
        data = line.data + (b"[%d more bytes]" % line.dropped if line.dropped else b"") + b"\n"
        self._tail += data[-self._tail_bytes :]
        del self._tail[: -self._tail_bytes]
        room = max(0, self._log_bytes - self._written)
        self.omitted += max(0, len(data) - room)
        self._written += min(len(data), room)
        self._put(data[:room])

    def _put(self, data: bytes) -> None:
        """Write a line; a full disk costs the log, never the run."""
        if self._file is None:
            return
        try:
            self._file.write(data)
        except OSError:
            self.omitted += len(data)
            self._file.close()
            self._file = None

    @property
    def tail(self) -> str:
        """The end of the output."""
        return self._tail.decode("utf-8", "replace").strip()
