"""Recognises lines that a mail program adds under a text: "Sent from my …", delimiters, notices of lists and lawyers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from hermes.mail.read import notices
from hermes.mail.read.words import phrases

_LINE_CHARS: Final = 160
_DASHES: Final = re.compile(r"[-‐‑‒–—―]{2,}|[—–―]\Z")
_RULE: Final = re.compile(r"(?:[-‐–—_=*#~+]\s?){2,}\Z")
_DELIMITERS: Final = ("--", "—", "–", "―")
#: An item of a list: never a signature's first line.
_ITEM: Final = re.compile(r"(?:\d{1,3}[.)]|[-*•+])\s|\[[ xX]?\]")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]{1,3}\.\s?){1,3}")
#: A rule that stands twice within so many lines, under text, parts the items of a list.
_NEAR: Final = 4
_SENTENCE_WORDS: Final = 3
_NAME_WORDS: Final = 6
_NAME_CHARS: Final = 60
#: Parts of names and titles in lower case.
_PARTICLES: Final = phrases.words(
    "von|van|de|der|den|del|della|di|da|dos|das|du|la|le|les|zu|zur|zum|y|e|i|et|und|and|of|for|the|in|am|an",
    "bei|at|à|für|med|och|og|ja|w|z|ter|ten|bin|ibn|al|el",
)
#: Outlook's, Yahoo's and lists' rule; a person's own is shorter.
_UNDERSCORES: Final = re.compile(r"_{20,}\Z")
_LINK: Final = re.compile(r"\]?\s?[(<]?(?:https?://|www\.|mailto:)[^\s)>]{0,400}[)>]{0,2}|<[^>]{0,200}>")
_CONTACT: Final = re.compile(
    r"@|https?://|www\.|\+?\d[\d ()./-]{7,}\d|\b(?:tel|fon|phone|mobile?|fax|cell|web|gmbh|inc|ltd|llc)\b[.:]?",
    re.IGNORECASE,
)


def _starts(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


_SENT: Final = _starts(phrases.SENT_FROM)
_ADDED: Final = _starts(phrases.ADDED)
_FOOTER: Final = _starts(phrases.FOOTERS)
_EXCUSE: Final = _starts(phrases.EXCUSES)
_ENDINGS: Final = tuple(phrases.SENT_ENDINGS)
_BEGINNINGS: Final = frozenset(word[:3] for word in phrases.SENT_FROM | phrases.ADDED)
_FOOTER_BEGINNINGS: Final = frozenset(word[:3] for word in phrases.FOOTERS)
_NOUN: Final = re.compile(
    r"iphone|ipad|ipod|android|handy|mobil|smartphone|galaxy|tablet|outlook|mail|phone|blackberry|huawei|xiaomi|"
    r"samsung|pixel|telefon|gerät|watch|mac\b"
)


def is_sent_from(line: str) -> bool:
    """Whether a line is one that a device or a mail program adds ("Sent from my …")."""
    if not 4 < len(line) <= _LINE_CHARS + 200 or not _may_be_sent_from(line):
        return False
    text = _LINK.sub(" ", line.strip("<>() ") if line[0] in "<(" else line).strip(" \t<>()[]*_\"'|-–—~.").casefold()
    if not text or len(text) > _LINE_CHARS:
        return False
    if _SENT.match(text):
        head, _, tail = re.sub(r"[,.!;–—]\s", "\0", text).partition("\0")
        return len(head.split()) <= 12 and (not tail.strip() or bool(_EXCUSE.search(text)))
    if text.endswith(_ENDINGS) and len(text.split()) <= 9:
        return bool(_NOUN.search(text)) and not line.rstrip().endswith("?")
    if "outlook" in text and ("ios" in text or "android" in text) and len(text.split()) <= 8:
        return True
    return len(text.split()) <= 20 and bool(_ADDED.match(text))


def _may_be_sent_from(line: str) -> bool:
    """The cheap question before the dear ones: how it begins, how it ends, or the one name that stands anywhere."""
    text = line.lstrip(" \t<>()[]*_\"'|-–—~.").casefold()
    return text[:3] in _BEGINNINGS or "outlook" in text or text.rstrip(" .>)]*_|").endswith(_ENDINGS)


def is_footer(line: str) -> bool:
    """Whether a line begins what a list, a forum or a lawyer adds."""
    text = line[:80].strip(" *_[(").casefold()
    return text[:3] in _FOOTER_BEGINNINGS and bool(_FOOTER.match(text))


def is_rule(line: str) -> bool:
    """A line of dashes, stars or the like."""
    return (
        bool(line)
        and line[0] in "-‐‑‒–—―_=*#~+"
        and len(line) <= 400
        and bool(_DASHES.fullmatch(line) or _RULE.match(line))
    )


def begins_signature(lines: Sequence[str], at: int, following: int, *, delimiter: bool = False) -> bool:
    """Whether the rule at `at` begins a signature: `following` is the first line that is known to be quoted, or the end.

    `delimiter` is the line of two dashes and a space that RFC 3676 names. Everything else may be a person's own rule between two
    texts: then what follows must look like a signature.
    """
    line = lines[at]
    block = [one for one in lines[at + 1 : min(following, at + 40)] if one]
    if delimiter or not block:
        return True
    above = lines[at - 1] if at else ""
    if above and abs(len(above) - len(line)) <= 3 and line[0] in "=-" and len(set(line)) == 1 and len(line) > 2:
        return False  # a heading, underlined
    if is_footer(block[0]) or notices.is_notice(" ".join(block)):
        return True
    if _ITEM.match(block[0]) or (above and (line in block or line in lines[max(0, at - _NEAR) : at])):
        return False
    if _UNDERSCORES.match(line):
        return not notices.asks(block[0])
    if line in _DELIMITERS:
        return (not above and line == "--") or not is_prose(block[0])
    if len(block) > 10 or any(len(one) > 100 or is_prose(one) for one in block):
        return False
    contacts = sum(bool(_CONTACT.search(one)) for one in block)
    return contacts > 0 or (looks_like_a_name(block[0]) and len(block) <= 3)


def is_prose(line: str) -> bool:
    """Whether a line is a sentence: some words, more of them in lower case than names and titles have."""
    words = [word for word in line.split() if word[:1].isalpha()]
    telling = [word for word in words if word.lower() not in _PARTICLES]
    lower = sum(word[:1].islower() for word in telling)
    if line.endswith((".", "!", "?", ":")) and len(words) >= _SENTENCE_WORDS and lower >= 1:
        return True
    return len(words) > _SENTENCE_WORDS and lower * 2 >= len(telling) and not _CONTACT.search(line.partition(" ")[0])


def looks_like_a_name(line: str) -> bool:
    """Whether a line can be somebody's name, or a company's: few words, each with a capital."""
    if len(line) > _NAME_CHARS or (line.endswith((".", "!", "?", ":", ";")) and not _INITIALS.fullmatch(line)):
        return False
    words = line.replace("|", " ").replace(",", " ").split()
    named = [word for word in words if word.lower() not in _PARTICLES]
    return 0 < len(named) <= _NAME_WORDS and all(_is_capital(word) for word in named)


def _is_capital(word: str) -> bool:
    first = word.lstrip("(\"'")[:1]
    return first.isupper() or (first.isalpha() and first.lower() == first.upper()) or not first.isalnum()
