"""Reads what the clock of a mail's author is ahead of UTC."""

from __future__ import annotations

import re
from typing import Final

_ZONE: Final = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?\s{1,4}([+-])(\d\d)([0-5]\d)(?!\d)")
#: The farthest zones of the earth, minutes.
_WEST, _EAST = -12 * 60, 14 * 60


def utc_offset(date: str) -> int | None:
    """Minutes ahead of UTC, by a Date header. None where it does not tell: many servers write `+0000` for everybody, and RFC 5322 has
    `-0000` for a zone that is not known.
    """
    found = _ZONE.search(date[:200])
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    minutes = -minutes if found[1] == "-" else minutes
    return minutes if minutes and _WEST <= minutes <= _EAST else None
