"""The body hash of DKIM and ARC (RFC 6376, 3.4 and 3.7) in constant memory and linear time, whatever the body holds.

dkimpy splits the whole body into lines: 29 MB of line feeds cost it 3 GB, and a run of spaces its length squared. This gives the same
hash, piece by piece.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final, Literal

Canonical = Literal["simple", "relaxed"]
"""The canonical form of a body: the second half of a signature's `c=`."""

#: Bytes that are looked at in one go: the copies that canonicalization makes of them stay small.
PIECE_BYTES: Final = 256 * 1024
_TABS: Final = bytes.maketrans(b"\t", b" ")
_NEWLINES: Final = b"\r\n" * 4096


class BodyHash:
    """SHA-256 of the canonical form of a body that is handed over in pieces."""

    def __init__(self, canonical: Canonical) -> None:
        self._relaxed = canonical == "relaxed"
        self._hash = hashlib.sha256()
        self._held = b""
        """The end of what was handed over, whose meaning depends on what follows: a space, a carriage return."""
        self._newlines = 0
        """Line ends since the last other byte: they count only if another byte follows."""
        self._empty = True

    def update(self, piece: bytes) -> None:
        """Take the next piece; of any size, best `PIECE_BYTES`."""
        data = self._held + piece
        self._held = b""
        if data.endswith(b"\r"):
            data, self._held = data[:-1], b"\r"
        data = data.replace(b"\r\n", b"\n")
        if self._relaxed:
            data = _one_space(data.translate(_TABS)).replace(b" \n", b"\n")
            if data.endswith(b" "):
                data, self._held = data[:-1], b" " + self._held
        self._take(data)

    def digest(self) -> bytes:
        """The hash of all that was taken; nothing can be handed over afterwards."""
        # As dkimpy: spaces behind which no line end comes are no end of a line.
        self._take(self._held)
        if not self._empty or not self._relaxed:
            self._hash.update(b"\r\n")
        return self._hash.digest()

    def _take(self, data: bytes) -> None:
        """Lines that end with a line feed alone, all else in canonical form."""
        text = data.rstrip(b"\n")
        if text:
            self._break()
            self._hash.update(text.replace(b"\n", b"\r\n"))
            self._empty = False
        self._newlines += len(data) - len(text)

    def _break(self) -> None:
        while self._newlines:
            count = min(self._newlines, len(_NEWLINES) // 2)
            self._hash.update(_NEWLINES[: 2 * count])
            self._newlines -= count


def of(pieces: Iterable[bytes], canonical: Canonical) -> bytes:
    """The hash of a body in pieces."""
    state = BodyHash(canonical)
    for piece in pieces:
        state.update(piece)
    return state.digest()


def pieces(raw: bytes, start: int) -> Iterator[bytes]:
    """What a raw mail holds from `start` on, without a copy of the whole."""
    view = memoryview(raw)
    for at in range(start, len(raw), PIECE_BYTES):
        yield bytes(view[at : at + PIECE_BYTES])


def _one_space(data: bytes) -> bytes:
    """Each run of spaces as one space: a few passes over the data, however long the runs are."""
    for width in (64, 8, 2):
        run = b" " * width
        while run in data:
            data = data.replace(run, b" ")
    return data
