"""The strings of a JSON object in a post, found and decoded in pieces: a mail of 30 MB in one of them is never in memory.

Only the object's own members are looked at. What is inside other values is skipped by its brackets and quotes, not checked.
Source: RFC 8259.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from hermes import errors
from hermes.ingress.http.form import FormSource

_CHUNK_BYTES: Final = 64 * 1024
#: The name of a member, and what is between two of them.
_NAME_BYTES: Final = 4096
#: Brackets, commas and strings of a post: half a second's work. Postmark's have some hundreds.
_MARKS: Final = 1_000_000

_WHOLE_TOKENS: Final = re.compile(
    rb'(?:[^"\\]++|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^u])*+', re.DOTALL
)
_INSIDE: Final = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_MARK: Final = re.compile(rb'["{}\[\],]')
_NO_SPACE: Final = re.compile(rb"[^ \t\r\n]")
_HIGH: Final = (b"\\ud8", b"\\ud9", b"\\uda", b"\\udb")


@dataclasses.dataclass(frozen=True, slots=True)
class JsonText:
    """The value of a string: where it is, between its quotes."""

    source: FormSource
    start: int
    end: int

    def pieces(self) -> Iterator[bytes]:
        """The text as UTF-8, in pieces; for a thread, since it reads from disk. Raises `errors.Unreadable`."""
        at = self.start
        while at < self.end:
            piece = self.source.read(at, min(_CHUNK_BYTES, self.end - at))
            if at + len(piece) < self.end:
                piece = piece[: _whole(piece)]
            try:
                text = json.loads(b'"' + piece + b'"')
            except (ValueError, RecursionError) as error:
                raise _no_json(error) from error
            if not piece:
                raise errors.Unreadable("the post is not JSON: a string has an invalid escape")
            at += len(piece)
            yield text.encode("utf-8", "replace")

    def head(self, count: int) -> bytes:
        """The beginning of it, of about so many bytes."""
        found = b""
        for piece in self.pieces():
            found += piece
            if len(found) >= count:
                break
        return found


def strings(body: FormSource, *names: str) -> Mapping[str, JsonText]:
    """The members of these names that are strings, the last of each. Raises `errors.Unreadable` for what is no JSON object."""
    scan = _Scan(body)
    found: dict[str, JsonText] = {}
    for name, value in scan.members():
        if name in names:
            found.pop(name, None)
            if value is not None:
                found[name] = value
    return found


class _Scan:
    """A walk over the body, by what has a meaning outside of strings."""

    def __init__(self, body: FormSource) -> None:
        self._body = body
        self._chunk = b""
        self._chunk_at = 0
        self._offset = 0
        """Of the next byte in the chunk."""
        self._marks = 0

    def members(self) -> Iterator[tuple[str, JsonText | None]]:
        """The name of each member, and its value if that is a string."""
        self._expect(b"{")
        last = b"," if self._space() != b"}" else self._skip_value()
        while last == b",":
            self._expect(b'"')
            name = self._string()
            if name.end - name.start > _NAME_BYTES:
                raise errors.Unreadable("the post is not JSON: a name is too long")
            self._expect(b":")
            value = None
            if self._space() == b'"':
                self._offset += 1
                value = self._string()
            yield b"".join(name.pieces()).decode("utf-8", "replace"), value
            last = self._skip_value()
        if last != b"}" or self._space():
            raise errors.Unreadable("the post is not JSON: its brackets do not match")

    def _skip_value(self) -> bytes:
        """Go behind the comma or brace that ends the member; which it was."""
        depth = 0
        while True:
            mark = self._next_mark()
            if mark == b'"':
                self._string()
            elif mark in (b"{", b"["):
                depth += 1
            elif mark != b",":
                depth -= 1
            if depth < 0 or (mark == b"," and depth == 0):
                return mark

    def _next_mark(self) -> bytes:
        self._marks += 1
        if self._marks > _MARKS:
            raise errors.Unreadable("the post has too many values")
        while True:
            self._fill()
            if found := _MARK.search(self._chunk, self._offset):
                self._offset = found.end()
                return found[0]
            self._offset = len(self._chunk)

    def _string(self) -> JsonText:
        """The string whose quote was just read; goes behind it."""
        start = self._chunk_at + self._offset
        while True:
            self._fill()
            if inside := _INSIDE.match(self._chunk, self._offset):
                self._offset = inside.end()
            if self._chunk[self._offset : self._offset + 1] == b'"':
                self._offset += 1
                return JsonText(self._body, start, self._chunk_at + self._offset - 1)
            # A backslash that ends the chunk: what it escapes comes next.
            if self._offset < len(self._chunk) and self._chunk_at + len(self._chunk) >= self._body.size:
                raise _cut_short()

    def _space(self) -> bytes:
        """The next byte that is no space; empty at the end."""
        while self._chunk_at + self._offset < self._body.size:
            self._fill()
            if found := _NO_SPACE.search(self._chunk, self._offset):
                self._offset = found.start()
                return found[0]
            self._offset = len(self._chunk)
        return b""

    def _expect(self, wanted: bytes) -> None:
        if self._space() != wanted:
            raise errors.Unreadable(f"the post is not JSON: no {wanted.decode()} where one belongs")
        self._offset += 1

    def _fill(self) -> None:
        """Have something to look at: two bytes at least, so that an escape is not taken for its end, but at the end of the body."""
        at = self._chunk_at + self._offset
        if at >= self._body.size:
            raise _cut_short()
        if self._offset >= len(self._chunk) - 1:
            self._chunk, self._chunk_at, self._offset = self._body.read(at, _CHUNK_BYTES), at, 0


def _whole(piece: bytes) -> int:
    """Where the last whole character of a piece ends: neither an escape, nor a pair of them, nor a character of UTF-8 is cut."""
    tokens = _WHOLE_TOKENS.match(piece)
    end = tokens.end() if tokens else 0
    if piece[end - 6 : end - 2].lower() in _HIGH and (end - 6 - len(piece[: end - 6].rstrip(b"\\"))) % 2 == 0:
        end -= 6
    for back in range(1, 5):
        byte = piece[end - back] if end >= back else 0
        if byte < 0x80:
            break
        if byte >= 0xC0:
            return end - back
    return end


def _cut_short() -> errors.Unreadable:
    return errors.Unreadable("the post is not JSON: it is cut short")


def _no_json(error: Exception) -> errors.Unreadable:
    return errors.Unreadable(f"the post is not JSON: {type(error).__name__}")
