"""Finds blocks of mail headers in a body ("From: … Sent: … To: … Subject: …"), in known languages by their names, in others by their form.

Every function reads a few lines from a given one, so the cost of a body is linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from hermes.mail.read import quotes
from hermes.mail.read.words import header_phrases

#: A longer line is prose.
_LINE_CHARS: Final = 420
#: A label of a header: short, and no sentence.
_LABEL: Final = re.compile(r"[*_]{0,2}([^\W\d_][^\d:：<>@/]{0,28}?)\s?[:：]\*{0,2}_{0,2}\s?(\S.*)?\Z")
_LABEL_WORDS: Final = 3
#: So many lines in a row make a block in a language that no table knows, and as many are looked at.
_UNKNOWN_LINES: Final = 4
_BLOCK_LINES: Final = 8
_MAILBOX: Final = re.compile(r"[<\[(](?:mailto:)?[^\s<>\[\]()]{1,80}@[^\s<>\[\]()]{1,80}[>\])]|\A\S{1,80}@\S{1,80}\Z")
_REPLY: Final = re.compile(r"[^\W\d_]{1,12}\s?[:：]\s?\S")
#: A name of a header inside a line.
_CRAMMED: Final = re.compile(r"(?:\A|\s)\*?([^\W\d_]{2,14})\s?:\*?\s")
#: A date as mail programs write it for each other.
_ZONED: Final = re.compile(r"\d{4},?\s(?:at\s)?\d{1,2}:\d\d(?::\d\d)?\s(?:[+-]\d{4}|GMT|UTC)")


def header_kind(line: str) -> tuple[str, str]:
    """`("subject", value)` for a line like `*Betreff:* …`, else two empty strings."""
    for mark in (":", "："):
        name, found, value = line[:60].partition(mark)
        if found:
            kind = header_phrases.HEADER_KINDS.get(" ".join(name.strip(" \t*_>|").casefold().split()), "")
            if kind:
                return kind, value.strip(" *_\t") + line[60:]
    return "", ""


def header_block(lines: Sequence[str], at: int, *, marked: bool = False) -> int:
    """How many lines from `at` on are mail headers put into a body, 0 for none. `marked`: a line of dashes stands above."""
    kind, value = header_kind(lines[at])
    if not kind:
        return _unknown_block(lines, at)
    if kind == "other" or lines[at].lstrip(quotes.AROUND + ">|")[:1].islower():
        # Mail programs write `From:`; `from:` is a person's own list or front matter.
        return 0
    if kind in ("from", "date") and lines[at].count(":") > 2 and _is_crammed(lines[at]):
        return 1
    kinds = {kind: value}
    end = at + 1
    misses = 0
    for number in range(at + 1, min(len(lines), at + 26)):
        found, value = header_kind(lines[number])
        if found:
            kinds.setdefault(found, value)
            end, misses = number + 1, 0
        elif misses >= (2 if lines[number] else 1) or (not lines[number] and not lines[number - 1]):
            break
        else:
            misses += 1
    return end - at if _is_block(kinds, marked=marked) else _unknown_block(lines, at)


def _unknown_block(lines: Sequence[str], at: int) -> int:
    """The same for a language that no table knows: labels in a row, a mailbox or a reply's subject, and a date with its time.

    Where not even the first label is known, mailbox and reply: a booking that a person lists has a name, a mailbox and a date too.
    """
    values: list[str] = []
    for line in lines[at : at + _BLOCK_LINES]:
        label = _LABEL.match(line) if len(line) <= _LINE_CHARS else None
        if label is None or len(label[1].split()) > _LABEL_WORDS or label[1][:1].islower():
            break
        values.append(label[2] or "")
    if len(values) < _UNKNOWN_LINES:
        return 0
    dates = [quotes.ascii_digits(value) for value in values[1:3]]
    if not any(quotes.YEAR.search(one) and quotes.TIME.search(one) for one in dates):
        return 0
    mailed = bool(_MAILBOX.search(values[0]))
    replied = any(_REPLY.match(value) and not quotes.TIME.match(value) for value in values[2:])
    enough = (mailed or replied) if header_kind(lines[at])[0] else (mailed and replied)
    return len(values) if enough else 0


def _is_block(kinds: dict[str, str], *, marked: bool) -> bool:
    known = set(kinds) - {"other"}
    date = kinds.get("date", "")
    dated = bool(quotes.YEAR.search(date) or quotes.TIME.search(date))
    mailed = "@" in kinds.get("from", "") or "@" in kinds.get("to", "")
    if "from" in known and len(known) >= 3:
        # Outlook's order; a traveller writes From, To, Date.
        stamped = tuple(kinds)[:3] == ("from", "date", "to") and bool(
            quotes.YEAR.search(date) and quotes.TIME.search(date)
        )
        return "subject" in known or (mailed and dated) or marked or stamped
    if "from" in known and len(known) == 2:
        return marked or ("@" in kinds["from"] and (dated or "subject" in known) and "date" in known | {"subject"})
    return ({"date", "to", "subject"} <= known and (dated or mailed)) or (
        {"date", "to"} <= known and mailed and bool(_ZONED.search(date))
    )


def _is_crammed(line: str) -> bool:
    """Whether one line holds a whole block: "Date: … From: … To: … Subject: …"."""
    kinds = {
        header_phrases.HEADER_KINDS.get(found[1].casefold(), "") for found in _CRAMMED.finditer(line[:_LINE_CHARS])
    }
    return {"from", "date"} <= kinds and "@" in line and bool(quotes.YEAR.search(line))
