"""What a page says: its text without markup, and what reads differently in two of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

#: Lines of a page that are compared; comparing takes time by their square.
_LINES: Final = 1500
_WORDS: Final = 300
#: Words that are the same before those that are not, so that a person knows what is meant.
_CONTEXT_WORDS: Final = 3
#: Characters of each side of a change.
CHANGE_CHARS: Final = 160

_SILENT = frozenset({"script", "style", "template", "noscript", "svg", "head", "select", "textarea"})
_INLINE = frozenset(
    {
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "i", "kbd", "label", "mark", "q", "s", "samp",
        "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr", "font", "del", "ins",
    }
)  # fmt: skip
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class TextDifference:
    """Words that are different; one side is empty where words are new or gone."""

    before: str
    after: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.title = ""
        self._parts: list[str] = []
        self._silent: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title" and not self.title
        if tag in _SILENT or self._silent:
            if tag in _SILENT:
                self._silent.append(tag)
            return
        if tag not in _INLINE:
            self.end_line()

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        elif not self._silent and tag not in _INLINE:
            self.end_line()

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._silent:
            self._parts.append(data)

    def end_line(self) -> None:
        line = " ".join("".join(self._parts).split())
        self._parts = []
        if line:
            self.lines.append(line)


def lines(html: str) -> list[str]:
    """The text of a page, one line for each paragraph, heading or cell."""
    return _read(html).lines


def title(html: str) -> str:
    """The title of a page; empty if it has none."""
    return " ".join(_read(html).title.split())


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_line()
    return reader


def changes(before: Sequence[str], after: Sequence[str]) -> Iterator[TextDifference]:
    """What reads differently, in its order."""
    before, after = before[:_LINES], after[:_LINES]
    for kind, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        old, new = list(before[i:j]), list(after[k:m])
        for one, other in zip(old, new, strict=False):
            yield from _in_line(one, other)
        for gone in old[len(new) :]:
            yield TextDifference(_cut(gone), "")
        for added in new[len(old) :]:
            yield TextDifference("", _cut(added))


def _in_line(before: str, after: str) -> Iterator[TextDifference]:
    """Word by word, where enough of the line is the same."""
    old, new = _WORD.findall(before)[:_WORDS], _WORD.findall(after)[:_WORDS]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    codes = matcher.get_opcodes()
    # A short line whose words are mostly others is told as a whole.
    if matcher.ratio() < 0.4 and len(codes) > 1 and len(old) > 2:
        yield TextDifference(_cut(before), _cut(after))
        return
    for kind, i, j, k, m in codes:
        if kind == "equal":
            continue
        context = old[max(0, i - _CONTEXT_WORDS) : i]
        if kind == "replace":
            yield TextDifference(_cut(" ".join([*context, *old[i:j]])), _cut(" ".join(new[k:m])))
        elif kind == "delete":
            yield TextDifference(_cut(" ".join([*context, *old[i:j]])), _cut(" ".join(context)))
        else:
            yield TextDifference(_cut(" ".join(context)), _cut(" ".join([*context, *new[k:m]])))


def _cut(text: str) -> str:
    return text if len(text) <= CHANGE_CHARS else f"{text[: CHANGE_CHARS - 1].rstrip()}…"
