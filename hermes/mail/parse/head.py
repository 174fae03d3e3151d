"""Where the header of a raw mail ends: found by a search in its first bytes, however large the mail is."""

from __future__ import annotations

import re
from typing import Final

from hermes import limits

_EMPTY_LINE: Final = re.compile(rb"\n\r?\n")


def end(raw: bytes, start: int = 0, stop: int | None = None) -> int:
    """The end of the first empty line, which is where the body begins; `stop`, or the limit of a header block, where none comes."""
    window = min(len(raw) if stop is None else stop, start + limits.HEADER_BYTES + 4)
    if raw[start : start + 1] == b"\n":
        return start + 1
    if raw[start : start + 2] == b"\r\n":
        return start + 2
    found = _EMPTY_LINE.search(raw, start, window)
    return found.end() if found else window


def of(raw: bytes) -> bytes:
    """The header block with the empty line that ends it."""
    return raw[: end(raw)]
