"""Outlook's Thread-Index ([MS-OXOMSG] 2.2.1.3): 22 bytes name the conversation, each answer adds five."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

#: Outlook's Thread-Index grows by 5 bytes a reply; past this it is passed on as it is.
THREAD_INDEX_BYTES: Final = 22 + 5 * 80

CONVERSATION_BYTES = 22
CHILD_BYTES = 5
#: Windows counts time in 100 ns since 1601.
_EPOCH_TICKS = 116_444_736_000_000_000
_TICKS_PER_SECOND = 10_000_000
_LINE_CHARS = 60


def child_index(parent: str, *, date: float, salt: str) -> str | None:
    """The Thread-Index of an answer sent at `date`: the parent's with five bytes more; None where the parent's cannot be read.

    The child block is a delta to the time in the conversation's first bytes and a random nibble, taken here from `salt` so that the
    same answer always has the same index.
    """
    try:
        raw = base64.b64decode("".join(parent.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) < CONVERSATION_BYTES or (len(raw) - CONVERSATION_BYTES) % CHILD_BYTES:
        return None
    if len(raw) + CHILD_BYTES > THREAD_INDEX_BYTES:
        return base64.b64encode(raw[:THREAD_INDEX_BYTES]).decode("ascii")
    begun = int.from_bytes(raw[:6], "big") << 16
    ticks = int(date * _TICKS_PER_SECOND) + _EPOCH_TICKS
    return base64.b64encode(raw + _child(max(ticks - begun, 0), salt)).decode("ascii")


def header_chunks(index: str) -> list[str]:
    """The index in pieces that a header can be folded between; readers take the white space out again."""
    return [index[at : at + _LINE_CHARS] for at in range(0, len(index), _LINE_CHARS)]


def _child(delta: int, salt: str) -> bytes:
    """One bit of scale, 31 bits of time, 8 bits of chance."""
    coarse = delta >= 1 << 49
    time = (delta >> (23 if coarse else 18)) & 0x7FFFFFFF
    chance = hashlib.sha256(salt.encode("utf-8", "surrogatepass")).digest()[0]
    return ((coarse << 31) | time).to_bytes(4, "big") + bytes([chance])
