"""The lines of a body, each with its kind: text, quote, quote header, signature and so on."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hermes.mail.read import header_blocks, notices, quotes, signatures


class Role(enum.Enum):
    """The role of a line in the HTML structure."""

    PLAIN = enum.auto()
    """Nothing."""
    QUOTE = enum.auto()
    """It stands in a quote."""
    SIGNATURE = enum.auto()
    """It stands in a signature."""
    HEADER = enum.auto()
    """It stands above a quote and says whose it is."""
    CUT = enum.auto()
    """From here on everything is an earlier mail."""


class LineKind(enum.Enum):
    """The kind of a line."""

    EMPTY = enum.auto()
    """No characters."""
    TEXT = enum.auto()
    """The person's, as far as a line alone can tell."""
    QUOTE = enum.auto()
    """Marked as a quote."""
    HEADER = enum.auto()
    """Of a quote header, "On … wrote:"."""
    BLOCK = enum.auto()
    """Of a block of mail headers."""
    ORIGINAL = enum.auto()
    """ "-----Original Message-----"."""
    FORWARDED = enum.auto()
    """ "Begin forwarded message:"."""
    CUT = enum.auto()
    """From here on everything is an earlier mail."""
    SIGNATURE = enum.auto()
    """Of a signature."""
    ADDED = enum.auto()
    """Added by a device ("Sent from my …")."""
    NOISE = enum.auto()
    """Never the person's (armour of signed mail, tracking marks, our own words)."""


@dataclass(slots=True)
class Lines:
    """The lines of a body: unchanged, stripped, with their kinds and the starts of headers."""

    texts: list[str]
    bare: list[str]
    kinds: list[LineKind]
    first: list[bool]
    structured: bool = False
    """Quotes are known from the structure of HTML."""
    delimiters: frozenset[int] = frozenset()
    """The lines that are two dashes and a space, RFC 3676's delimiter."""


#: "Anna> …": initials or a name as the quote mark.
_NAMED_QUOTE: Final = re.compile(r"([A-Z][A-Za-z]{0,11})>(?:\s|\Z)")
_FENCE: Final = ("```", "~~~")
_MARKS: Final = {"original": LineKind.ORIGINAL, "forwarded": LineKind.FORWARDED, "above": LineKind.CUT}
_LONG: Final = 55
#: How a line ends that may hold the beginning of a quote header.
_HEADER_ENDS: Final = (":", "<")
#: A link alone in brackets, as programs write it behind the words that it stands under.
_LINK_ALONE: Final = re.compile(r"[(<]https?://\S{1,900}\s?[)>]{0,2}(?:\s>)?\Z")
#: "Message du 04/03/24 09:15", above a block of headers.
_MESSAGE_OF: Final = re.compile(r"message (?:du|de|vom|from|of|del|av)\s.{0,40}\d.{0,20}\Z")


def classify(body: Sequence[tuple[str, Role]]) -> Lines:
    """Give each line its kind."""
    body = _parted(body)
    delimiters = frozenset(number for number, (text, _) in enumerate(body) if text == "-- ")
    texts = [text.rstrip() for text, _ in body]
    bare = [text.strip() for text in texts]
    found = Lines(
        texts,
        bare,
        [LineKind.TEXT] * len(texts),
        [False] * len(texts),
        any(role is Role.QUOTE for _, role in body),
        delimiters,
    )
    for number, (_, role) in enumerate(body):
        if role is Role.CUT:
            found.kinds[number] = LineKind.CUT
        elif not bare[number]:
            found.kinds[number] = LineKind.EMPTY
        elif role is Role.HEADER:
            found.kinds[number] = LineKind.HEADER
            found.first[number] = number == 0 or found.kinds[number - 1] is not LineKind.HEADER
        elif role is Role.SIGNATURE:
            found.kinds[number] = LineKind.SIGNATURE
        elif role is Role.QUOTE:
            found.kinds[number] = LineKind.QUOTE
    _banners(found)
    _by_line(found)
    _wrapped_quotes(found)
    _signatures(found)
    _footers(found)
    if not any(kind is LineKind.TEXT for kind in found.kinds) and any(role is Role.SIGNATURE for _, role in body):
        # Some programs put what is typed inside their signature: better too much than nothing.
        for number, (_, role) in enumerate(body):
            if role is Role.SIGNATURE and bare[number]:
                found.kinds[number] = LineKind.TEXT
    return found


def _banners(found: Lines) -> None:
    """Mark the warnings that a server puts above a mail from outside."""
    texts = (n for n, kind in enumerate(found.kinds) if kind not in (LineKind.TEXT, LineKind.EMPTY))
    for number in range(notices.banner_end(found.bare, 0, next(texts, len(found.kinds)))):
        if found.kinds[number] is LineKind.TEXT:
            found.kinds[number] = LineKind.NOISE


def _footers(found: Lines) -> None:
    """Mark what others put under the text: below all of it, and above each quoted mail."""
    kinds = found.kinds
    start = 0
    while start < len(kinds):
        end = start
        while end < len(kinds) and kinds[end] in (
            LineKind.TEXT,
            LineKind.EMPTY,
            LineKind.SIGNATURE,
            LineKind.ADDED,
            LineKind.NOISE,
        ):
            end += 1
        bottom = end
        while bottom > start and kinds[bottom - 1] in (LineKind.EMPTY, LineKind.ADDED, LineKind.SIGNATURE):
            bottom -= 1
        for number in notices.footers(found.bare, start, bottom):
            if kinds[number] is LineKind.TEXT:
                kinds[number] = LineKind.SIGNATURE
        start = end + 1


def _parted(body: Sequence[tuple[str, Role]]) -> Sequence[tuple[str, Role]]:
    """The lines, those in two in which a quote header stands behind the text."""
    if not any(" " in text and text.rstrip().endswith(_HEADER_ENDS) and ":" in text[:-1] for text, _ in body):
        return body
    bare = [text.strip() for text, _ in body]
    parted: list[tuple[str, Role]] = []
    for number, (text, role) in enumerate(body):
        line = bare[number]
        ends = line.endswith(_HEADER_ENDS) and ":" in line[:-1] and not line.startswith(">")
        at = quotes.begins_inside(bare, number) if ends and role is Role.PLAIN else 0
        parted += [(line[:at].rstrip(" -"), role), (line[at:], role)] if at else [(text, role)]
    return parted


def _by_line(found: Lines) -> None:
    fenced = _fenced(found.bare)
    number, size = 0, len(found.bare)
    texted = False
    while number < size:
        line = found.bare[number]
        if found.kinds[number] is not LineKind.TEXT or number in fenced:
            texted = texted or number in fenced
            number += 1
            continue
        kind, count = _kind(found, number, line)
        for covered in range(number, number + count):
            found.kinds[covered] = kind
        found.first[number] = True
        number += count
        if texted and _ends_text(found.bare, kind, number):
            _cut_from(found, number)
            return
        texted = texted or kind is LineKind.TEXT


def _ends_text(bare: Sequence[str], kind: LineKind, after: int) -> bool:
    """Whether nothing of the person's can follow a mark that stands under text."""
    if kind is LineKind.HEADER:
        following = next((line for line in bare[after : after + 4] if line), "")
        return not following.startswith(">")
    return kind in (LineKind.BLOCK, LineKind.ORIGINAL, LineKind.FORWARDED, LineKind.CUT)


def _cut_from(found: Lines, number: int) -> None:
    for rest in range(number, len(found.kinds)):
        if found.kinds[rest] is not LineKind.EMPTY:
            found.kinds[rest] = LineKind.CUT


def _kind(found: Lines, number: int, line: str) -> tuple[LineKind, int]:
    if line[0] == ">":
        return LineKind.QUOTE, 1
    named = _NAMED_QUOTE.match(line) if ">" in line else None
    if named and _has_neighbour(found.bare, number, named[0].rstrip()):
        return LineKind.QUOTE, 1
    if line == "ᐧ":
        return LineKind.NOISE, 1
    if line.startswith("-----BEGIN PGP"):
        return _armour(found.bare, number)
    mark = quotes.marker(line)
    if mark:
        return _MARKS[mark], 1
    if signatures.is_sent_from(line):
        return LineKind.ADDED, 1
    if not quotes.may_begin(found.bare, number):
        return LineKind.TEXT, 1
    block = _block(found, number)
    if block:
        return LineKind.BLOCK, block
    count = quotes.attribution(found.bare, number)
    return (LineKind.HEADER, count) if count else (LineKind.TEXT, 1)


def _block(found: Lines, number: int) -> int:
    """How many lines are mail headers; a line of dashes above them joins them."""
    above = next((n for n in range(number - 1, max(-1, number - 4), -1) if found.bare[n]), -1)
    marked = above >= 0 and (
        found.kinds[above] in (LineKind.ORIGINAL, LineKind.FORWARDED)
        or signatures.is_rule(found.bare[above])
        or quotes.is_framed(found.bare[above])
    )
    count = header_blocks.header_block(found.bare, number, marked=marked)
    joins = above >= 0 and found.kinds[above] is LineKind.TEXT
    if count and joins and (marked or _MESSAGE_OF.match(found.bare[above].casefold())):
        found.kinds[above] = LineKind.BLOCK
    return count


def _has_neighbour(bare: Sequence[str], number: int, prefix: str) -> bool:
    return any(0 <= n < len(bare) and bare[n].startswith(prefix) for n in (number - 1, number + 1))


def _fenced(bare: Sequence[str]) -> set[int]:
    """The lines inside closed code fences."""
    inside: set[int] = set()
    opened = -1
    for number, line in enumerate(bare):
        if line.startswith(_FENCE) and (opened < 0 or line.strip("`~") == ""):
            if opened >= 0:
                inside.update(range(opened, number + 1))
                opened = -1
            elif line.strip("`~") == "" or len(line) < 30:
                opened = number if set(line) != {"~"} or line == "~~~" else -1
    return inside


def _armour(bare: Sequence[str], number: int) -> tuple[LineKind, int]:
    if "SIGNED MESSAGE" in bare[number]:
        end = number + 1
        while end < len(bare) and bare[end].startswith(("Hash:", "NotDashEscaped:")):
            end += 1
        return LineKind.NOISE, end - number
    for end in range(number + 1, min(len(bare), number + 400)):
        if bare[end].startswith("-----END PGP"):
            return LineKind.SIGNATURE, end + 1 - number
    return LineKind.SIGNATURE, 1


def _wrapped_quotes(found: Lines) -> None:
    """A line alone between two quoted lines that goes on with the upper one: a quote that a program wrapped without its mark."""
    kinds, bare = found.kinds, found.bare
    for number in range(1, len(kinds) - 1):
        if (
            kinds[number] is LineKind.TEXT
            and kinds[number - 1] is LineKind.QUOTE
            and kinds[number + 1] is LineKind.QUOTE
            and _goes_on(bare[number - 1], bare[number])
        ):
            kinds[number] = LineKind.QUOTE


def _goes_on(above: str, line: str) -> bool:
    """Whether a line is the rest of the quoted one above it: of a long one, of an open link; or a link that lost its mark."""
    if len(above) > _LONG and len(line) < len(above) and line[0].islower():
        return True
    return ("://" in above and above.count("(") > above.count(")")) or bool(_LINK_ALONE.match(line))


def _signatures(found: Lines) -> None:
    """Mark what stands between a delimiter and the next quoted mail; and notices under the text."""
    kinds, bare = found.kinds, found.bare
    following = len(kinds)
    starts: list[tuple[int, int]] = []
    for number in range(len(kinds) - 1, -1, -1):
        if kinds[number] in (
            LineKind.HEADER,
            LineKind.BLOCK,
            LineKind.ORIGINAL,
            LineKind.FORWARDED,
            LineKind.CUT,
            LineKind.QUOTE,
        ):
            following = number
        elif kinds[number] is LineKind.TEXT and _begins(found, number, following):
            starts.append((number, following))
    fenced = _fenced(bare)
    texted = False
    covered = 0
    ends = dict(starts)
    for number in range(len(kinds)):
        if number in ends and number not in fenced and texted and number >= covered:
            for inner in range(number, ends[number]):
                if kinds[inner] in (LineKind.TEXT, LineKind.ADDED):
                    kinds[inner] = LineKind.SIGNATURE
            covered = ends[number]
        texted = texted or kinds[number] in (LineKind.TEXT, LineKind.QUOTE, LineKind.HEADER)


def _begins(found: Lines, number: int, following: int) -> bool:
    line = found.bare[number]
    if signatures.is_rule(line):
        return signatures.begins_signature(found.bare, number, following, delimiter=number in found.delimiters)
    return signatures.is_footer(line)
