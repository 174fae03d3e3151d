"""`replace "A" with "B" in PATH`, read out of a text: straight or typographic quotes, several in a row, A and B over several lines.

It scans from quote to quote, without patterns that could backtrack on hostile text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PAIRS = {
    '"': '"',
    "“": "”",
    "„": "“”",
    "”": "”",
    "«": "»",
    "»": "«",
    "‘": "’",
    "‚": "‘’",
    "’": "’",
    "'": "'",
    "`": "`",
}
_START = re.compile(
    r"(?im)^[ \t>*•–-]{0,8}(?:\d{1,2}[.)][ \t]{1,4})?(?:please[ \t]{1,4}|then[ \t]{1,4}|and[ \t]{1,4}){0,3}replace\s{1,8}(?=[\"“„”«»‘‚’'`])"
)
_WITH = re.compile(r"\s{1,8}(?:with|by)\s{1,8}(?=[\"“„”«»‘‚’'`])", re.IGNORECASE)
_IN = re.compile(r"\s{1,8}in\s{1,8}(?:(?:the|file)\s{1,4}){0,2}(?=\S)", re.IGNORECASE)
_STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "\xa0": " "})


@dataclass(frozen=True, slots=True)
class Replacement:
    """One instruction."""

    old: str
    new: str
    path: str

    def straightened(self) -> Replacement:
        """The same with plain quotes: mail programs make typographic ones of what was copied from code."""
        return Replacement(self.old.translate(_STRAIGHT), self.new.translate(_STRAIGHT), self.path)


def read(text: str) -> list[Replacement]:
    """The replacements that a text asks for, in order."""
    found: list[Replacement] = []
    at = 0
    while start := _START.search(text, at):
        at = start.end()
        old, after = _quoted(text, at, _WITH)
        if old is None:
            continue
        new, after = _quoted(text, after, _IN)
        if new is None:
            continue
        path, after = _path(text, after)
        if path:
            found.append(Replacement(old, new, path))
            at = after
    return found


def _quoted(text: str, at: int, follows: re.Pattern[str]) -> tuple[str | None, int]:
    """The quoted text that begins at `at` and ends at the first closing quote after which `follows` comes."""
    closing = _PAIRS[text[at]]
    end = at + 1
    while end < len(text):
        if text[end] in closing and (match := follows.match(text, end + 1)):
            return text[at + 1 : end], match.end()
        if (start := _START.match(text, end)) and start.end() > end and text[end - 1] == "\n":
            return None, at  # the next instruction begins: this one was never finished
        end += 1
    return None, at


def _path(text: str, at: int) -> tuple[str, int]:
    if text[at] in _PAIRS:
        line_end = text.find("\n", at)
        ends = [found for quote in _PAIRS[text[at]] if (found := text.find(quote, at + 1)) >= 0]
        if ends and (line_end < 0 or min(ends) < line_end):
            return text[at + 1 : min(ends)].strip(), min(ends) + 1
        at += 1
    end = at
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[at:end].rstrip(".,;:!?)'\"”’»`"), end
