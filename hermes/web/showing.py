"""How the page writes times, sizes and money: filters of the templates. Times are UTC; the browser's script adds the reader's own."""

from __future__ import annotations

import datetime
import re
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, Final

import markupsafe

_ANSI: Final = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "min"))


def moment(at: float | None) -> markupsafe.Markup:
    """A time (epoch seconds) as an element that says it in UTC, and to a machine exactly."""
    if at is None:
        return markupsafe.Markup("–")
    found = datetime.datetime.fromtimestamp(at, datetime.UTC)
    return markupsafe.Markup('<time datetime="{}">{}</time>').format(
        found.isoformat(timespec="seconds"), found.strftime("%Y-%m-%d %H:%M:%S UTC")
    )


def span(seconds: float | None) -> str:
    """A time that passed: `3.2 s`, `4 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    if seconds is None:
        return "–"
    seconds = max(0.0, seconds)
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for number, (unit, word) in enumerate(_UNITS):
        if whole >= unit:
            rest = whole % unit
            below, small = _UNITS[number + 1] if number + 1 < len(_UNITS) else (1, "s")
            return f"{whole // unit} {word}" + (f" {rest // below} {small}" if rest // below else "")
    return f"{whole} s"


def dollars(amount: float | None) -> str:
    """Money: two digits, or four below a cent."""
    if amount is None:
        return "–"
    return f"${amount:.4f}" if 0 < amount < 0.01 else f"${amount:,.2f}"


def size(count: int | None) -> str:
    """Bytes: `812 B`, `3.4 KB`, `12 MB`."""
    if count is None:
        return "–"
    if count < 1000:
        return f"{count} B"
    for power, word in enumerate(("KB", "MB", "GB"), start=1):
        value = count / 1000**power
        if value < 1000 or word == "GB":
            return f"{value:.1f} {word}" if value < 10 else f"{value:.0f} {word}"
    return f"{count} B"


def plain(text: str | None) -> str:
    """A terminal's output without its colours and other control sequences; other control characters become visible signs."""
    cut = _ANSI.sub("", text or "")
    return "".join(
        one if one in "\n\t" or (ord(one) >= 0x20 and ord(one) != 0x7F) else "\N{SYMBOL FOR NULL}" for one in cut
    )


def words(value: Any) -> str:
    """A state or reason as words: `timed_out` → `timed out`."""
    return str(value).replace("_", " ")


def since(seconds: float | None) -> markupsafe.Markup:
    """A time that goes on: the page's script counts it further."""
    if seconds is None:
        return markupsafe.Markup("–")
    return markupsafe.Markup('<span class="since" data-for="{}">{}</span>').format(round(seconds, 1), span(seconds))


#: State → how good it is: a class of the style sheet.
_LOOKS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("succeeded", "sent", "ready", "command", "control", "done", "ok"), "good"),
    **dict.fromkeys(("failed", "timed_out", "bounced", "lost", "refused", "dead", "dead.fifo"), "bad"),
    **dict.fromkeys(("needs_input", "interrupting", "interrupted", "draining", "parked", "pending", "paused"), "warn"),
    **dict.fromkeys(("running", "busy", "launching", "starting", "mail"), "run"),
}


def state(value: Any) -> markupsafe.Markup:
    """A state as a coloured word."""
    return markupsafe.Markup('<span class="state {}">{}</span>').format(_LOOKS.get(str(value), ""), words(value))


def path(value: Any) -> str:
    """A record's id as a part of an address: ids of replies have a number sign in them."""
    return urllib.parse.quote(str(value), safe="")


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "moment": moment,
    "span": span,
    "dollars": dollars,
    "bytes": size,
    "plain": plain,
    "words": words,
    "since": since,
    "state": state,
    "path": path,
}
