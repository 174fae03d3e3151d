"""Removes invisible characters: zero-width, tag and direction characters that hide or smuggle text."""

from __future__ import annotations

import re
from typing import Final

#: Soft hyphen, combining grapheme joiner, Mongolian separator, zero-width space, direction marks and overrides, word joiner and
#: invisible operators, BOM, tag characters, the second set of variation selectors, private marks of other programs.
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\U000e0000-\U000e007f\U000e0100-\U000e01ef]+"
)
#: Joiners mean something in Persian, Indic scripts and emoji: they stay behind such a character.
_JOINERS: Final = re.compile("(?<![\u0600-\u1cff\u2600-\u27ff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]+")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]+")
_SPACES: Final = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u2028\u2029\x85]")


def strip(text: str) -> str:
    """The text that is seen: without such characters, with plain spaces for the special ones."""
    if text.isascii():
        return _CONTROLS.sub("", text) if not text.isprintable() else text
    return _SPACES.sub(" ", _CONTROLS.sub("", _JOINERS.sub("", _UNSEEN.sub("", text))))
