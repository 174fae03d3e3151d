"""Parses the bytes after DATA: finds the end of the mail and removes stuffed dots (RFC 5321, 4.5.2). No I/O.

Only CR LF ends a line. A bare CR or LF is a byte like any other, so `LF . CR LF` and its variants do not end a mail: one mail of another
server cannot become two here (SMTP smuggling).
"""

from __future__ import annotations

_END = b"\r\n.\r\n"
#: What the last bytes may be the beginning of; longest first.
_BEGINNINGS = tuple(_END[:length] for length in range(len(_END) - 1, 0, -1))


class SmtpData:
    """One mail, fed as it comes, in pieces of any size; holds back no more than four bytes."""

    def __init__(self, *, line_bytes: int) -> None:
        """`line_bytes` is the longest line, its CR LF included."""
        self._line_bytes = line_bytes
        # As if a line had ended before the first: a mail may begin with its end.
        self._held = b"\r\n"
        self._first = True
        self._line = -2
        self.size = 0
        """Bytes that came, before dots were taken out and without the end."""
        self.too_long = False
        """Was a line longer than it may be?"""

    def feed(self, chunk: bytes) -> tuple[bytes, bytes | None]:
        """The next bytes of the mail; and, once its end has come, what came after it (else None)."""
        found: list[bytes] = []
        # A line within one piece is then never too long, so that only the first and the last end in it count.
        step = max(1, self._line_bytes - len(_END))
        for start in range(0, len(chunk), step):
            content, rest = self._piece(chunk[start : start + step])
            found.append(content)
            if rest is not None:
                return b"".join(found), rest + chunk[start + step :]
        return b"".join(found), None

    def _piece(self, piece: bytes) -> tuple[bytes, bytes | None]:
        come = self._held + piece
        end = come.find(_END)
        if end >= 0:
            return self._content(come[: end + 2]), come[end + len(_END) :]
        self._held = next((start for start in _BEGINNINGS if come.endswith(start)), b"")
        return self._content(come[: len(come) - len(self._held)]), None

    def _content(self, lines: bytes) -> bytes:
        self._measure(lines)
        self.size += len(lines)
        content = lines.replace(b"\r\n.", b"\r\n")
        if self._first and content:
            # The line end that the client did not send.
            self._first, content, self.size = False, content[2:], self.size - 2
        return content

    def _measure(self, lines: bytes) -> None:
        first = lines.find(b"\r\n")
        if first < 0:
            self._line += len(lines)
        else:
            self.too_long |= self._line + first + 2 > self._line_bytes
            self._line = len(lines) - lines.rfind(b"\r\n") - 2
        self.too_long |= self._line > self._line_bytes
