"""Where the header of a raw mail ends: found by a search in its first bytes, however large the mail is."""

from __future__ import annotations

from hermes import limits


def end(raw: bytes, start: int = 0, stop: int | None = None) -> int:
    """The end of the first empty line, which is where the body begins; `stop`, or the limit of a header block, where none comes."""
    window = min(len(raw) if stop is None else stop, start + limits.HEADER_BYTES + 4)
    if raw[start : start + 1] == b"\n":
        return start + 1
    if raw[start : start + 2] == b"\r\n":
        return start + 2
    bare = raw.find(b"\n\n", start, window)
    pair = raw.find(b"\n\r\n", start, window if bare < 0 else bare + 2)
    if pair >= 0:
        return pair + 3
    return bare + 2 if bare >= 0 else window


def of(raw: bytes) -> bytes:
    """The header block with the empty line that ends it."""
    return raw[: end(raw)]
