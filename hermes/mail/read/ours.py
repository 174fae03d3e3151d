"""Finds quotations of our own mails in a body by the order of their words, however a client wraps or marks them.

A person may repeat words of ours, such as a request that is sent again or one of the options of a question.
Only a quotation is removed: most of our mail, in the original order.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from hermes.mail.read import lines, signatures

_WORD: Final = re.compile(r"[^\W_]+")
#: Of our mail, at most this many words are compared.
_WORDS: Final = 50_000
#: The part of our mail's words that a quotation of it repeats at least.
_QUOTED_SHARE: Final = 0.5
#: The same where nothing else is left of the body: what a person typed would be gone.
_ONLY_QUOTED_SHARE: Final = 0.9
#: A line of fewer words counts only close behind the line of ours before it, in words: "Done." alone stands in many mails.
_SHORT: Final = 4
_NEAR: Final = 40
#: Places of one run of words that are compared with a line before the line counts as somebody else's.
_TRIES: Final = 20


def mark(found: lines.Lines, sent_texts: Sequence[str]) -> None:
    """Mark as noise the lines that quote one of the texts."""
    for text in sent_texts:
        sent = _Sent(_words(text)[:_WORDS])
        body = [(number, words) for number, line in enumerate(found.bare) if (words := _words(line))]
        # A person writes above a quotation or below it, and may repeat a line of it there: the order that finds more of it is right.
        numbers, share = max(sent.forward(body), sent.backward(body), key=lambda quoted: quoted[1])
        # A line without words, such as the dash above our footer, is quoted with the lines around it.
        wordless = set(range(min(numbers), max(numbers))) - {number for number, _ in body} if numbers else set()
        quoted = {number for number in (*numbers, *wordless) if found.kinds[number] is lines.LineKind.TEXT}
        typed = any(kind is lines.LineKind.TEXT and number not in quoted for number, kind in enumerate(found.kinds))
        if share >= (_QUOTED_SHARE if typed else _ONLY_QUOTED_SHARE):
            for number in quoted:
                found.kinds[number] = lines.LineKind.NOISE
            _rules(found)


def _rules(found: lines.Lines) -> None:
    """Mark the rules that stand above quoted lines or at the end: they are our mail's too, and have no words."""
    below = True
    for number in range(len(found.kinds) - 1, -1, -1):
        if found.kinds[number] is lines.LineKind.TEXT:
            if below and signatures.is_rule(found.bare[number]):
                found.kinds[number] = lines.LineKind.NOISE
            else:
                below = False
        elif found.kinds[number] is lines.LineKind.NOISE:
            below = True


class _Sent:
    """The words of one mail of ours, and where each run of them begins."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at in range(len(words)):
            for size in range(1, _SHORT + 1):
                self._places[tuple(words[at : at + size])].append(at)

    def forward(self, body: Sequence[tuple[int, list[str]]]) -> tuple[list[int], float]:
        """The numbers of the lines that follow our mail from its beginning on, and the share of its words that they are."""
        return self._quoted(body, 1)

    def backward(self, body: Sequence[tuple[int, list[str]]]) -> tuple[list[int], float]:
        """The same from its end on."""
        return self._quoted(reversed(body), -1)

    def _quoted(self, body: Iterable[tuple[int, list[str]]], step: int) -> tuple[list[int], float]:
        at = 0 if step > 0 else len(self._words)
        numbers: list[int] = []
        count = 0
        for number, words in body:
            place = self._after(words, at) if step > 0 else self._before(words, at)
            if place is None:
                continue
            at = place + len(words) if step > 0 else place
            numbers.append(number)
            count += len(words)
        return numbers, count / max(1, len(self._words))

    def _after(self, words: list[str], at: int) -> int | None:
        """The first place of these words from `at` on."""
        places = self._places.get(tuple(words[:_SHORT]), ())
        first = bisect.bisect_left(places, at)
        near = at + _NEAR if len(words) < _SHORT else len(self._words)
        return next((one for one in places[first : first + _TRIES] if one <= near and self._stand_at(words, one)), None)

    def _before(self, words: list[str], at: int) -> int | None:
        """The last place of these words that ends at `at` or before."""
        places = self._places.get(tuple(words[:_SHORT]), ())
        last = bisect.bisect_right(places, at - len(words))
        near = at - len(words) - _NEAR if len(words) < _SHORT else 0
        tried = reversed(places[max(0, last - _TRIES) : last])
        return next((one for one in tried if one >= near and self._stand_at(words, one)), None)

    def _stand_at(self, words: list[str], at: int) -> bool:
        return self._words[at : at + len(words)] == words


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
