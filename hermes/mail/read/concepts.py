"""Finds which concepts a text speaks of, by word beginnings in many languages, in one pass over its words."""

from __future__ import annotations

import re
from typing import Final

from hermes.mail.read.words import notice_phrases as words

_WORD: Final = re.compile(r"[^\W_][\w'’.-]{0,60}")
#: Scripts that put no space between words, or join the article to them: there a beginning is looked for anywhere.
_JOINED: Final = re.compile(
    "[\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_LISTS: Final = {
    "outside": words.OUTSIDE,
    "mail": words.MAIL,
    "origin": words.ORIGIN,
    "care": words.CARE,
    "links": words.LINKS,
    "secret": words.CONFIDENTIAL,
    "for": words.FOR,
    "destroy": words.DESTROY,
    "forbidden": words.FORBIDDEN,
    "scanned": words.SCANNED,
    "paper": words.PAPER,
    "company": words.COMPANY,
}
_KEY: Final = 2
#: Beginnings by their first characters; and those of joined scripts.
_BY_KEY: Final[dict[str, list[tuple[str, bool, str]]]] = {}
_ANYWHERE: Final[list[tuple[str, str]]] = []
for _concept, _list in _LISTS.items():
    for _stem in dict.fromkeys(_list.split("|")):
        if _JOINED.match(_stem):
            _ANYWHERE.append((_stem.strip(), _concept))
        else:
            _BY_KEY.setdefault(_stem[:_KEY], []).append((_stem.rstrip("$"), _stem.endswith("$"), _concept))


def places(text: str) -> dict[str, int]:
    """Where each concept comes first in a casefolded text."""
    found: dict[str, int] = {}
    for word in _WORD.finditer(text):
        at = word.start()
        for stem, whole, concept in _BY_KEY.get(text[at : at + _KEY], ()):
            if concept not in found and text.startswith(stem, at):
                after = at + len(stem)
                if not whole or after >= len(text) or not text[after].isalnum():
                    found[concept] = at
    if not text.isascii() and _JOINED.search(text):
        for stem, concept in _ANYWHERE:
            at = text.find(stem)
            if 0 <= at < found.get(concept, len(text)):
                found[concept] = at
    return found
