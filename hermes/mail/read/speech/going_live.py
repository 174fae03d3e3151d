"""What a mail says about going live: yes, no, "put it online", "take it back". Pure."""

from __future__ import annotations

import re
from typing import Final

from hermes.domain.decisions.going_live import Word
from hermes.domain.request import Intent
from hermes.mail.read.instruction import Instruction
from hermes.mail.read.speech import clauses, sentences

#: What people mean by their thumb.
_THUMBS: Final = "👍✅👌🚀💯"
_FIRST: Final = re.compile(r"[^,.;:!\n–—-]{1,40}")

#: Intents that can say something about going live.
ABOUT: Final = frozenset(
    {Intent.PUBLISH, Intent.APPROVE, Intent.DECLINE, Intent.UNDO, Intent.COURTESY, Intent.REACTION}
)

_WORDS: Final = {
    Intent.PUBLISH: Word.PUBLISH,
    Intent.APPROVE: Word.AGREE,
    Intent.DECLINE: Word.DECLINE,
    Intent.UNDO: Word.UNDO,
}


def word(asked: Instruction, *, asked_for: bool) -> Word | None:
    """What it says; None where it is about something else. `asked_for`: it answers a mail that asks for a yes."""
    if asked.intent in _WORDS:
        return _WORDS[asked.intent]
    if asked.intent is Intent.COURTESY and asked.agrees:
        return Word.ASSENT
    if is_thumb(asked):
        return Word.AGREE
    return Word.DECLINE if asked_for and could_be_no(asked) else None


def could_be_no(asked: Instruction) -> bool:
    """Whether it would be a no if it answered the question whether something may go live."""
    return asked.intent is Intent.REQUEST and _says_no(asked.text)


def is_thumb(asked: Instruction) -> bool:
    """Whether nothing but a thumb was sent, by a mail program or as the whole text."""
    if asked.intent is Intent.REACTION:
        return any(thumb in asked.text for thumb in _THUMBS)
    plain = not any(one.isalnum() for one in asked.text)
    return asked.intent is Intent.COURTESY and plain and any(thumb in asked.text for thumb in _THUMBS)


def _says_no(text: str) -> bool:
    """ "No, the price is wrong": a no, and why; with a request behind it, it is the request that counts."""
    first = _FIRST.match(text.strip())
    read = clauses.read(first[0].casefold().strip()) if first is not None else None
    if first is None or read is None or read.intent is not Intent.DECLINE:
        return False
    rest = text.strip()[first.end() :].lstrip(" ,.;:!\n–—-")
    return not any(sentences.asks_for_work(one) for one in sentences.of(rest))
