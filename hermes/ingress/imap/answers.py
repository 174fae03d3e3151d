"""Reads FETCH answers as imaplib collects them: the attributes of each message, with the numbers of the literals that were read. No I/O.

imaplib returns a flat list: a tuple (text before a literal, the literal) for each literal, and the text after the last one. Servers mix in
answers about other messages, so a caller that asked for one message compares the UID. Source: RFC 3501, 7.4.2 and 9.
"""

from __future__ import annotations

import dataclasses
import email.utils
import re
from collections.abc import Iterator, Sequence

_TOKEN = re.compile(
    rb'\s*(?:(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\]|\\.)*)"|~?\{(?P<literal>\d+)\}'
    rb'|(?P<atom>(?:\[[^\]]*\]|[^\s()"{])+))',
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
#: RFC 9051 has sizes of 63 bits; longer ones are none.
_SIZE = re.compile(rb"\d{1,19}\Z")
#: Lists in lists; a FETCH answer to what is asked here has one.
_DEPTH = 20


@dataclasses.dataclass(frozen=True, slots=True)
class MailFacts:
    """What the server tells of a mail before it is fetched."""

    size: int | None
    """RFC822.SIZE in bytes; None where the server does not tell it."""
    arrived_at: float | None
    """INTERNALDATE in epoch seconds; None where it is missing or no date."""
    author: str = ""
    """The address in its From, once its header is known; nobody has verified it."""
    subject: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Literal:
    """The place of a literal in an answer; its bytes went elsewhere."""

    size: int


Attributes = dict[bytes, object]
"""Name → an atom or a quoted string, a `Literal`, a list, or None for NIL."""


def messages(data: Sequence[object]) -> list[Attributes]:
    """The attributes of each FETCH answer in imaplib's list, names in upper case; what cannot be read is left out."""
    found = []
    for text in _answers(data):
        try:
            found.append(_attributes(text))
        except ValueError:
            continue  # an answer that is then missing makes the mail a withheld one, which is reported
    return found


def of_uid(data: Sequence[object], uid: int) -> list[Attributes]:
    """The answers about one message, by the UID in them."""
    return [one for one in messages(data) if one.get(b"UID") == b"%d" % uid]


def facts(answers: Sequence[Attributes]) -> MailFacts | None:
    """The size and the date in these answers about one message; None if they have neither."""
    size = next((int(v) for one in answers if isinstance(v := one.get(b"RFC822.SIZE"), bytes) and _SIZE.match(v)), None)
    date = next((v for one in answers if isinstance(v := one.get(b"INTERNALDATE"), bytes)), None)
    if size is None and date is None:
        return None
    return MailFacts(size, _time(date) if date else None)


def body(answers: Sequence[Attributes], part: str = "") -> bytes | Literal | None:
    """The mail itself, or a part of it; None: there is none.

    Where its bytes were in a literal, its size; where they were in a quoted string, the bytes.
    """
    for one in answers:
        for name, value in one.items():
            if name.partition(b"<")[0] == b"BODY[%s]" % part.encode() and isinstance(value, bytes | Literal):
                return value
    return None


def _time(date: bytes) -> float | None:
    try:
        # "17-Jul-1996 02:44:25 -0700" is RFC 5322's form with hyphens.
        return email.utils.parsedate_to_datetime(date.decode("ascii").strip().replace("-", " ", 2)).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def _answers(data: Sequence[object]) -> Iterator[bytes]:
    """The text of each answer, literals as their `{size}` alone."""
    text = b""
    for item in data:
        if isinstance(item, tuple):
            text += bytes(item[0])
        elif isinstance(item, bytes):
            yield text + item
            text = b""


def _attributes(text: bytes) -> Attributes:
    tokens = _tokens(text)
    first = next(tokens, None)
    opened = next(tokens, None)
    if not isinstance(first, bytes) or not first.isdigit() or opened is not _OPEN:
        raise ValueError("no FETCH answer")
    values = _list(tokens, 0)
    return {
        name.upper(): value for name, value in zip(values[::2], values[1::2], strict=False) if isinstance(name, bytes)
    }


_OPEN, _CLOSE = object(), object()


def _list(tokens: Iterator[object], depth: int) -> list[object]:
    if depth > _DEPTH:
        raise ValueError("lists in lists")
    found: list[object] = []
    for token in tokens:
        if token is _CLOSE:
            return found
        found.append(_list(tokens, depth + 1) if token is _OPEN else token)
    raise ValueError("a list that does not end")


def _tokens(text: bytes) -> Iterator[object]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError("no token")
        at = match.end()
        if match["open"] is not None:
            yield _OPEN
        elif match["close"] is not None:
            yield _CLOSE
        elif match["quoted"] is not None:
            yield _ESCAPED.sub(rb"\1", match["quoted"])
        elif match["literal"] is not None:
            yield Literal(int(match["literal"]))
        else:
            yield None if match["atom"].upper() == b"NIL" else match["atom"]
