"""How characters that act or that nobody sees, and bytes that are no text, are shown everywhere: `a\\nb`, `x\\u202ey`, `caf\\xe9.txt`.

A character is written as JSON writes it, so that a JSON document means the same before and after; a byte that is no UTF-8 is `\\x` with two
digits. Such characters move a terminal's cursor, forge a line of a log or turn text round. Inside, a name is what git and the file system
have: bytes, held as a `str` with `surrogateescape` (PEP 383). Whatever leaves for JSON, a log, a terminal or a mail goes through here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final

_LONE: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
#: Of a text: what no line of it may hold. Line feed and tab are its layout, format characters other than these belong to scripts and emoji.
_IN_TEXT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
#: Of a line of a log or a terminal: Unicode's categories Cc (C0, DEL, C1), Cf (direction, zero width, tags, annotations), Zl, Zp and Cs
#: (halves of surrogate pairs), without the two joiners, U+200C and U+200D, which words and emoji are made with.
_IN_LINE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_FOREIGN: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
#: The middle of a longer name is left out: a path may have 4,096 bytes, and each may take four characters.
_NAME_CHARS: Final = 400


def name(raw: str, *, most: int = _NAME_CHARS) -> str:
    """A file's or branch's name on one line, for people; nothing is opened by it.

    Two names never look alike, but for their length and what Unicode has twice.
    """
    shown = raw if raw.isprintable() and "\\" not in raw else "".join(map(_of_a_name, raw))
    return shown if len(shown) <= most else f"{shown[: most // 2]}…{shown[-(most // 2) :]}"


def text(raw: str) -> str:
    """A program's output: lines stay lines, and all other characters that are refused or invisible are escaped."""
    return raw if raw.isascii() and raw.isprintable() else _IN_TEXT.sub(_escaped, raw.replace("\r\n", "\n"))


def line(raw: str, *, keep: str = "") -> str:
    """A line for a log or a terminal: what comes out prints as it reads. The characters in `keep` stay."""
    return raw if raw.isascii() and raw.isprintable() else _IN_LINE.sub(lambda one: _kept(one[0], keep), raw)


def document(value: Any, *, indent: int | None = None) -> str:
    """A JSON document of lines that print as they read; what is no JSON value is written as its words."""
    written = json.dumps(deep(value), ensure_ascii=False, indent=indent, default=lambda other: deep(str(other)))
    return line(written, keep="\n")


def deep(value: Any) -> Any:
    """A JSON value whose strings have nothing that UTF-8 cannot carry or SQS refuses; the rest is unchanged."""
    if isinstance(value, str):
        return value if value.isascii() else _LONE.sub(_escaped, value)
    if isinstance(value, dict):
        return {deep(key): deep(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [deep(held) for held in value]
    return value


def decoded(raw: bytes) -> str:
    """Bytes of git or the file system as a `str`."""
    return raw.decode("utf-8", "surrogateescape")


def encoded(held: str) -> bytes:
    """The bytes of such a `str`; a surrogate that means no byte becomes a question mark."""
    return _FOREIGN.sub("?", held).encode("utf-8", "surrogateescape")


def _of_a_name(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character in "\ufffe\uffff" or unicodedata.category(character) in _UNSEEN:
        return _point(character)
    return character


def _escaped(found: re.Match[str]) -> str:
    return _point(found.group())


def _kept(character: str, keep: str) -> str:
    return character if character in keep else _point(character)


def _point(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"  # a byte that is no UTF-8
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
