"""The one way in which bytes that are no text, and characters that nobody sees, are shown: `caf\\xe9.txt`, `a\\x0ab`, `x\\u202ey`.

Inside, a name is what git and the file system have: bytes, held as a `str` with `surrogateescape` (PEP 383). Whatever leaves for JSON,
a log or a mail goes through here. What `name` returns is a name for people; nothing is opened by it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

_LONE: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
#: Of a text: what no line of it may hold. Line feed and tab are its layout, format characters other than these belong to scripts and emoji.
_IN_TEXT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_FOREIGN: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
#: The middle of a longer name is left out: a path may have 4,096 bytes, and each may take four characters.
_NAME_CHARS: Final = 400


def name(raw: str, *, most: int = _NAME_CHARS) -> str:
    """A file's or branch's name on one line; two names never look alike, but for their length and what Unicode has twice."""
    shown = raw if raw.isprintable() and "\\" not in raw else "".join(map(_of_a_name, raw))
    return shown if len(shown) <= most else f"{shown[: most // 2]}…{shown[-(most // 2) :]}"


def text(raw: str) -> str:
    """Words of a program: lines stay lines, all else that would be refused or unseen is escaped."""
    return raw if raw.isascii() and raw.isprintable() else _IN_TEXT.sub(_escaped, raw.replace("\r\n", "\n"))


def deep(value: Any) -> Any:
    """A JSON value in which no string holds what UTF-8 cannot carry or SQS refuses; all else is as it was."""
    if isinstance(value, str):
        return value if value.isascii() else _LONE.sub(_escaped, value)
    if isinstance(value, dict):
        return {deep(key): deep(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [deep(held) for held in value]
    return value


def decoded(raw: bytes) -> str:
    """Bytes of git or the file system as they are held inside."""
    return raw.decode("utf-8", "surrogateescape")


def encoded(held: str) -> bytes:
    """The same bytes again; a surrogate that stands for no byte becomes a question mark."""
    return _FOREIGN.sub("?", held).encode("utf-8", "surrogateescape")


def _of_a_name(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character in "\ufffe\uffff" or unicodedata.category(character) in _UNSEEN:
        return _point(character)
    return character


def _escaped(found: re.Match[str]) -> str:
    return _point(found.group())


def _point(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"  # a byte that is no UTF-8
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
