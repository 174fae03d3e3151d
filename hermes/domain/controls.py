"""Characters that do something where they should only be shown: they move a terminal's cursor, forge a line of a log, turn text round."""

from __future__ import annotations

import re
from typing import Final

#: Unicode's categories Cc (C0, DEL, C1), Cf (direction, zero width, tags, annotations), Zl, Zp and Cs (halves of surrogate pairs, which
#: cannot be written as UTF-8); without the two joiners, U+200C and U+200D, which words and emoji are made with.
_ACTS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def escaped(text: str, *, keep: str = "") -> str:
    r"""The text with such characters as JSON writes them (`\u001b`, `\n`), but for those in `keep`; what comes out prints as it reads.

    A JSON document means the same before and after.
    """

    def seen(match: re.Match[str]) -> str:
        one = match[0]
        if one in keep:
            return one
        if one in _SHORT:
            return _SHORT[one]
        units = one.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))

    return _ACTS.sub(seen, text)
