"""Recognises lines that a mail program adds under a text: "Sent from my …", delimiters, notices of lists and lawyers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from hermes.mail.read import phrases

_LINE_CHARS: Final = 160
_DASHES: Final = re.compile(r"[-‐‑‒–—―]{2,}|[—–―]\Z")
_RULE: Final = re.compile(r"(?:[-‐–—_=*#~+]\s?){2,}\Z")
_UNDERSCORES: Final = re.compile(r"_{5,}\Z")
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
_BANNER: Final = _starts(phrases.WARNINGS)
_EXCUSE: Final = _starts(phrases.EXCUSES)
_ENDINGS: Final = tuple(phrases.SENT_ENDINGS)
_BEGINNINGS: Final = frozenset(word[:3] for word in phrases.SENT_FROM | phrases.ADDED)
_FOOTER_BEGINNINGS: Final = frozenset(word[:3] for word in phrases.FOOTERS)
_NOUN: Final = re.compile(
    r"iphone|ipad|ipod|android|handy|mobil|smartphone|galaxy|tablet|outlook|mail|phone|blackberry|huawei|xiaomi|samsung|pixel|telefon|gerät|watch|mac\b"
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


def is_banner(line: str) -> bool:
    """Whether a line begins what a mail server puts above a mail that came from outside."""
    text = line[:120].strip(" *_[](){}<>-–—!|#⚠\ufe0f").casefold()
    return text in phrases.BANNERS or bool(_BANNER.match(text))


def is_rule(line: str) -> bool:
    """A line of dashes, stars or the like."""
    return (
        bool(line)
        and line[0] in "-‐‑‒–—―_=*#~+"
        and len(line) <= 400
        and bool(_DASHES.fullmatch(line) or _RULE.match(line))
    )


def begins_signature(lines: Sequence[str], at: int, following: int) -> bool:
    """Whether the rule at `at` begins a signature: `following` is the first line that is known to be quoted, or the end."""
    line = lines[at]
    if line in ("--", "—", "–", "―") or _UNDERSCORES.match(line):
        return True
    block = [one for one in lines[at + 1 : min(following, at + 40)] if one]
    if not block:
        return True
    above = lines[at - 1] if at else ""
    if above and abs(len(above) - len(line)) <= 3 and line[0] in "=-" and len(set(line)) == 1:
        return False  # a heading, underlined
    if len(block) > 10 or any(len(one) > 100 for one in block):
        return is_footer(block[0])
    contacts = sum(bool(_CONTACT.search(one)) for one in block)
    return (
        contacts > 0
        or is_footer(block[0])
        or (len(block) <= 3 and not any(one.endswith((".", "!", "?", ":")) for one in block))
    )
