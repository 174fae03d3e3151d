"""Our own earlier mails inside a body: found by their words, however a client wraps or marks them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from hermes.mail import lines

_WORD: Final = re.compile(r"[^\W_]+")
#: Words that in a row make a line ours.
_RUN: Final = 4
_WORDS: Final = 50_000


def mark(found: lines.Lines, sent_texts: Sequence[str]) -> None:
    """Mark as cut what the texts say: lines all of whose runs of words are ours, and short lines between such lines."""
    runs: set[tuple[str, ...]] = set()
    short: set[tuple[str, ...]] = set()
    for text in sent_texts:
        words = _words(text)[:_WORDS]
        runs.update(tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1))
        short.update(tuple(_words(line)) for line in text.split("\n"))
    if not runs and not short:
        return
    verdicts = [_is_ours(line, runs, short) for line in found.bare]
    before = False
    for number, verdict in enumerate(verdicts):
        if verdict is None:
            continue
        sure, maybe = verdict
        following = next((one for one in verdicts[number + 1 : number + 4] if one is not None), (False, False))
        own = sure or (maybe and (before or following[0]))
        if own and found.kinds[number] is lines.Kind.TEXT:
            found.kinds[number] = lines.Kind.NOISE
        before = own


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _is_ours(line: str, runs: set[tuple[str, ...]], short: set[tuple[str, ...]]) -> tuple[bool, bool] | None:
    """Surely ours, perhaps ours; None for a line without words."""
    words = _words(line)
    if not words:
        return None
    if len(words) < _RUN:
        return False, tuple(words) in short
    hits = sum(tuple(words[n : n + _RUN]) in runs for n in range(len(words) - _RUN + 1))
    return hits == len(words) - _RUN + 1, False
