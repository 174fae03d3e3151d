"""The claimed author of a mail (exactly one, or none), and whether an address belongs to an owner."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from hermes import errors
from hermes.domain import idn
from hermes.mail.parse import headers

_SPECIAL: Final = frozenset('<>(),;:"[]')
#: Put before a word that stood in quotes; no header value holds it.
_QUOTED: Final = "\0"


class _HasHeaders(Protocol):
    @property
    def headers(self) -> headers.Headers: ...


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: a display name for people (not to be trusted) and the address in normal form."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class _Mailbox:
    name: str
    spec: str


def sole_author(parsed: _HasHeaders) -> Address:
    """The one mailbox of the one From header. Raises `errors.Refused` (FROM_UNUSABLE) for anything else."""
    values = parsed.headers.raw("From")
    if len(values) != 1:
        raise _unusable("the mail has no From header" if not values else "the mail has more than one From header")
    mailboxes, defect = mailboxes_of(values[0])
    if defect:
        raise _unusable(f"its From header is malformed: {defect}")
    if len(mailboxes) != 1:
        raise _unusable("its From header has several addresses")
    try:
        valid = idn.validated(mailboxes[0].spec)
    except ValueError as error:
        raise _unusable("the address in its From header is not valid") from error
    return Address(headers.decode_words(mailboxes[0].name), f"{valid.local}@{valid.domain}")


def is_owner(address: str, owners: Iterable[str]) -> bool:
    """Whether an address is one of the owners, each an address or `@domain` (that domain alone, no subdomains)."""
    try:
        mine = _key(address)
    except ValueError:
        return False
    domain = mine[mine.rindex("@") :]
    for owner in owners:
        try:
            if _key(owner) in (mine, domain):
                return True
        except ValueError:
            continue  # an owner that is no address is nobody's
    return False


@functools.lru_cache(maxsize=4096)
def _key(address: str) -> str:
    """`local@a-label.domain`: ASCII letters lower-case, nothing else folded (the Kelvin sign is not a k)."""
    if address.startswith("@"):
        return "@" + idn.validated("x" + address).ascii_domain
    valid = idn.validated(address)
    return idn.mailbox(f"{valid.local}@{valid.ascii_domain}")


def _unusable(why: str) -> errors.Refused:
    return errors.Refused(errors.Refusal.FROM_UNUSABLE, why)


def count(value: str) -> int:
    """Roughly how many addresses a header value has: never fewer than there are."""
    return value.count("@") or bool(value.strip())


def mailboxes_of(value: str) -> tuple[list[_Mailbox], str]:
    """The mailboxes of an undecoded address header and the first defect (empty: none). One pass, no recursion."""
    found: list[_Mailbox] = []
    for words, specs, comment, defect in _fields(value):
        if defect:
            return found, defect
        if specs:
            found.append(_Mailbox(" ".join(word.removeprefix(_QUOTED) for word in words), specs[0]))
        elif len(words) == 1 and "@" in words[0]:
            found.append(_Mailbox(comment, words[0]))
        else:
            return found, "no address where one should be"
    return found, ""


#: Characters of a recipient header that is not well formed, beyond which nothing is looked for.
_LOOSE_CHARS: Final = 100_000
_BARE: Final = re.compile(r"[^\s<>()\[\],;:\"]{1,200}@[^\s<>()\[\],;:\"]{1,255}")


def recipients_of(value: str) -> list[str]:
    """The addresses that a To or Cc header names, however loosely it is formed; never one that stands in a name, a quote or a comment.

    For the author's own header, `mailboxes_of`: there a doubt is a refusal.
    """
    found, defect = mailboxes_of(value)
    if not defect:
        return [one.spec for one in found if "@" in one.spec]
    specs: list[str] = []
    for piece in _loose_fields(value[:_LOOSE_CHARS]):
        begun = [one.partition(">")[0].strip() for one in piece.split("<")[1:]]
        specs += [one for one in begun if "@" in one] if begun else _BARE.findall(piece)
    return specs


def _loose_fields(value: str) -> Iterable[str]:
    """The pieces between commas and semicolons, except inside quotes and comments, without the names of groups."""
    piece: list[str] = []
    ends = _comment_ends(value)
    position, bracketed, quotes = 0, False, True
    while position < len(value):
        character = value[position]
        if character == "(" and not bracketed:
            position = ends.get(position, position + 1)
            continue
        if character == '"':
            # Where one quote has no end, no later one has: looked for once, or a header of quotes would cost its square.
            _, after = _quoted(value, position) if quotes else ("", -1)
            quotes = after > 0
            position = after if quotes else position + 1
            continue
        bracketed = character == "<" or (bracketed and character != ">")
        if character in ",;:" and not bracketed:
            if character != ":":  # what stands before it names the group, whatever it looks like
                yield "".join(piece)
            piece = []
        else:
            piece.append(character)
        position += 1
    yield "".join(piece)


def _comment_ends(value: str) -> dict[int, int]:
    """Of each parenthesis that is closed: where it stands, and the place after its end. One pass, however they nest."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    position = 0
    while position < len(value):
        character = value[position]
        if character == "\\":
            position += 1
        elif character == "(":
            opened.append(position)
        elif character == ")" and opened:
            ends[opened.pop()] = position + 1
        position += 1
    return ends


def _fields(value: str) -> Iterable[tuple[list[str], list[str], str, str]]:
    """For each comma-separated field: its words outside brackets, its `<specs>`, its comment, a defect."""
    words: list[str] = []
    specs: list[str] = []
    comments: list[str] = []
    position, size = 0, len(value)
    fresh = True
    while position < size:
        character = value[position]
        if character in " \t\r\n":
            fresh, position = True, position + 1
        elif character == "(":
            comment, position = _comment(value, position)
            if position < 0:
                return (yield words, specs, "", "a comment that is not closed")
            comments.append(comment)
            fresh = True
        elif character == '"':
            text, after = _quoted(value, position)
            if after < 0:
                return (yield words, specs, "", "a quote that is not closed")
            if value[after : after + 1] == "@":
                text = value[position:after]
            words.append(text if value[after : after + 1] == "@" else f"{_QUOTED}{text}")
            fresh, position = value[after : after + 1] != "@", after
        elif character == "<":
            end = value.find(">", position)
            if end < 0 or specs:
                return (yield words, specs, "", "angle brackets that do not pair")
            specs.append(value[position + 1 : end].strip())
            fresh, position = True, end + 1
        elif character == ",":
            yield words, specs, " ".join(comments), _field_defect(words, specs)
            words, specs, comments = [], [], []
            fresh, position = True, position + 1
        elif character in _SPECIAL and character not in "[]:":
            return (yield words, specs, "", f"{character} where it does not belong")
        elif character == ":":
            return (yield words, specs, "", "a group instead of an address")
        else:
            end = position + 1
            while end < size and value[end] not in ' \t\r\n<>(),;:"':
                end += 1
            if specs:
                return (yield words, specs, "", "text after the address")
            if fresh or not words:
                words.append(value[position:end])
            else:
                words[-1] += value[position:end]
            fresh, position = False, end
    yield words, specs, " ".join(comments), _field_defect(words, specs)
    return None


def _field_defect(words: list[str], specs: list[str]) -> str:
    # A quoted name may hold anything (Outlook puts the address there); a bare one that is another address is a trick.
    if specs and any(
        "@" in word and word.lower() != specs[0].lower() for word in words if not word.startswith((_QUOTED, "=?"))
    ):
        return "an address in place of a name"
    return ""


def _comment(value: str, position: int) -> tuple[str, int]:
    depth = 0
    start = position + 1
    while position < len(value):
        character = value[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return value[start:position], position + 1
        position += 1
    return "", -1


def _quoted(value: str, position: int) -> tuple[str, int]:
    characters: list[str] = []
    position += 1
    while position < len(value):
        character = value[position]
        if character == "\\" and position + 1 < len(value):
            position += 1
            character = value[position]
        elif character == '"':
            return "".join(characters), position + 1
        characters.append(character)
        position += 1
    return "", -1
