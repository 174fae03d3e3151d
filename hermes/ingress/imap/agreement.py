"""Decides whether the bytes of a mail are the whole mail, by what the server says of its size. No I/O.

Servers answer OK with an empty or a cut body while they have a fault, and no other sign of it exists. But not every difference is one:
some count line ends in another way than they send them, and Microsoft Exchange gives estimated sizes unless it is set up otherwise.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib

from hermes.ingress.spool import Body

#: Some servers do not count a last empty line, or count it twice.
_LAST_LINE_BYTES = 2


class Agreement(enum.Enum):
    """What the comparison gives."""

    WHOLE = "whole"
    DOUBTFUL = "doubtful"
    """Believed if the server gives the same bytes a second time."""
    DIFFERENT = "different"


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """What came as a mail's bytes."""

    digest: bytes
    """SHA-256: what tells it from every other content."""
    size: int
    crlf: int
    """Line ends of two bytes."""
    lf: int
    """Line ends of one byte."""


def content(body: Body) -> Content:
    """Read a body once; for a thread."""
    state, crlf, all_lf, before = hashlib.sha256(), 0, 0, b""
    for chunk in body.chunks():
        state.update(chunk)
        crlf += chunk.count(b"\r\n") + (before == b"\r" and chunk[:1] == b"\n")
        all_lf += chunk.count(b"\n")
        before = chunk[-1:]
    return Content(state.digest(), len(body), crlf, all_lf - crlf)


def agreement(found: Content, announced: int | None, *, estimates: bool) -> Agreement:
    """Compare what came with RFC822.SIZE. `estimates`: the server is known to announce sizes that are not exact."""
    if not found.size:
        # No mail is without a header.
        return Agreement.DIFFERENT
    if announced is None:
        return Agreement.DOUBTFUL
    missing = announced - found.size
    if missing in (0, found.lf) or 0 < -missing <= found.crlf:
        return Agreement.WHOLE
    if missing <= _LAST_LINE_BYTES or (estimates and found.size >= announced // 2):
        return Agreement.DOUBTFUL
    return Agreement.DIFFERENT
