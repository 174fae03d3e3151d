"""How the operator's commands write times, spans, money and sizes."""

from __future__ import annotations

import time
from typing import Final

_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "min"))


def moment(at: float | None) -> str:
    """A time in the terminal's zone: of today the time alone, else the date before it."""
    if at is None:
        return ""
    then = time.localtime(at)
    today = time.strftime("%Y-%m-%d", then) == time.strftime("%Y-%m-%d")
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", then)


def span(seconds: float | None) -> str:
    """`8 s`, `4 min`, `2 h 10 min`, `3 d 4 h`."""
    if seconds is None:
        return ""
    whole = round(max(0.0, seconds))
    if whole < 60:
        return f"{whole} s"
    for number, (unit, word) in enumerate(_UNITS):
        if whole >= unit:
            rest = whole % unit
            if number + 1 == len(_UNITS):
                return f"{whole // unit} {word}"
            below, small = _UNITS[number + 1]
            return f"{whole // unit} {word}" + (f" {rest // below} {small}" if rest // below else "")
    return f"{whole} s"


def dollars(amount: float | None) -> str:
    """`$0.12`, `$0.0034`; empty where it is not known."""
    if amount is None:
        return ""
    return f"${amount:.4f}" if 0 < amount < 0.01 else f"${amount:,.2f}"


def size(count: int | None) -> str:
    """`12 MB`; empty where it is not known."""
    if count is None:
        return ""
    value = float(count)
    for word in ("B", "KB", "MB"):
        if value < 1000:
            return f"{value:.0f} {word}"
        value /= 1000
    return f"{value:.1f} GB"
