"""Lines out of a stream of bytes, however long a line is and whatever it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A line of an agent's output is kept up to this size, the rest of it is counted: agents print whole files in one line.
LINE_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; `dropped` bytes of it were over the limit and only counted."""

    data: bytes
    dropped: int = 0

    @property
    def text(self) -> str:
        """The line as text; what is not UTF-8 becomes U+FFFD."""
        return self.data.decode("utf-8", "replace")


class Framer:
    """Cuts a stream into lines; memory stays within one line's limit."""

    def __init__(self, *, line_bytes: int = LINE_BYTES) -> None:
        self._line_bytes = line_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self._dropped = 0

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that this chunk completes."""
        lines: list[Line] = []
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._keep(chunk[start:end])
            lines.append(self._take())
            start = end + 1
        self._keep(chunk[start:])
        return lines

    def end(self) -> list[Line]:
        """The last line, if it has no line end, once the stream is over."""
        return [self._take()] if self._parts or self._dropped else []

    def _keep(self, piece: bytes) -> None:
        room = self._line_bytes - self._size
        if piece[:room]:
            self._parts.append(piece[:room])
            self._size += len(self._parts[-1])
        self._dropped += max(0, len(piece) - max(room, 0))

    def _take(self) -> Line:
        line = Line(b"".join(self._parts).removesuffix(b"\r"), self._dropped)
        self._parts, self._size, self._dropped = [], 0, 0
        return line
