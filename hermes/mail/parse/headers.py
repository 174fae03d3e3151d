"""Header blocks: raw lines to decoded names and values, guarded against what senders put into them."""

from __future__ import annotations

import binascii
import functools
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from hermes import limits
from hermes.mail.parse import charset

#: Characters that may not stand in any header value shown or sent on: C0, DEL, C1, line and paragraph separators,
#: bidirectional overrides and lone surrogates.
_UNCLEAN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+"
)
_SPACES: Final = re.compile(r"[ \t\u00a0]{2,}")
#: RFC 2047. No part can match what another part matches, so that a long run of them costs linear time.
_ENCODED_WORD: Final = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_HEADER_LINE: Final = re.compile(rb"([!-9;-~]{1,998})[ \t]*:")
#: A header with the lines that go on with it.
_FIELD: Final = re.compile(rb"([!-9;-~]{1,998})[ \t]*:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n")
_PARAMETER_NAME: Final = re.compile(r"([^\s=;\"*]{1,80})(?:\*(\d{1,3}))?(\*)?\s*=\s*")
_NAME_CHARACTERS: Final = re.compile(r"[^\s=;\"*]*")
_HEX: Final = re.compile(rb"=([0-9A-Fa-f]{2})")


def clean(text: str) -> str:
    """One line without controls: what may be shown, logged or put into a header."""
    if not text.isprintable():
        text = _UNCLEAN.sub(" ", text)
    if "  " in text or not text.isascii():
        text = _SPACES.sub(" ", _UNCLEAN.sub(" ", text))
    return text.strip()


def decode_words(value: str | bytes) -> str:
    """Decode RFC 2047 words and raw 8-bit bytes of one unfolded value, and clean it. Never raises."""
    if isinstance(value, bytes):
        value = _text(value)
    if "=?" not in value:
        return clean(value)
    pieces: list[str] = []
    pending = b""
    pending_charset = ""
    position = 0
    for match in _ENCODED_WORD.finditer(value):
        between = value[position : match.start()]
        raw = _word_bytes(match[2], match[3])
        name = match[1].lower()
        if pending_charset and (between.strip(" \t") or name != pending_charset):
            pieces.append(charset.decode(pending, pending_charset).text)
            pending, pending_charset = b"", ""
            if not between.strip(" \t"):
                between = ""
        elif pending_charset:
            between = ""
        pieces.append(between)
        # Writers cut one character over two words: bytes of like words are joined before they are decoded.
        pending += raw
        pending_charset = name
        position = match.end()
    if pending_charset:
        pieces.append(charset.decode(pending, pending_charset).text)
    pieces.append(value[position:])
    return clean("".join(pieces))


def _text(value: bytes) -> str:
    return value.decode("ascii") if value.isascii() and b"\x1b" not in value else charset.decode(value, None).text


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    if encoding in "qQ":
        return _HEX.sub(lambda m: bytes((int(m[1], 16),)), raw.replace(b"_", b" "))
    return base64_bytes(raw)


def base64_bytes(raw: bytes) -> bytes:
    """Decode base64 leniently: foreign characters dropped, padding made up, and a last character that is left alone completed."""
    for ending in (b"", b"=="):
        try:
            return binascii.a2b_base64(raw + ending)
        except binascii.Error:
            continue  # the length is wrong: the next ending is tried
    return binascii.a2b_base64(raw + b"A==")


class Headers:
    """The headers of one mail or part: raw values in order, decoded on access. Names are compared without case."""

    def __init__(self, fields: tuple[tuple[str, bytes], ...] = ()) -> None:
        self._fields = fields
        self._by_name: dict[str, list[bytes]] = {}
        by_name = self._by_name
        for name, value in fields:
            name = name.lower()
            if name in by_name:
                by_name[name].append(value)
            else:
                by_name[name] = [value]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((name, decode_words(value)) for name, value in self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._by_name

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each header as it is written, in order."""
        return tuple(name for name, _ in self._fields)

    def get(self, name: str, default: str = "") -> str:
        """The first value of this name, decoded and cleaned."""
        values = self._by_name.get(name.lower())
        return decode_words(values[0]) if values else default

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of this name, decoded and cleaned, in order."""
        return tuple(decode_words(value) for value in self._by_name.get(name.lower(), ()))

    def raw(self, name: str) -> tuple[str, ...]:
        """Every value of this name as it stands, unfolded, encoded words left alone: for structured headers."""
        values = self._by_name.get(name.lower())
        return tuple([_text(value) for value in values]) if values else ()

    def count(self, name: str) -> int:
        """How many headers have this name."""
        return len(self._by_name.get(name.lower(), ()))

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether one of these lower-case names is there."""
        return not names.isdisjoint(self._by_name)


def parse(block: bytes) -> tuple[Headers, int, tuple[str, ...]]:
    """Read a header block; returns the headers, where the body begins, and defects. The block may go on into the body;
    more than the limit (and a line end) is not looked at."""
    block = block[: limits.HEADER_BYTES + 4]
    usual = _usual_fields(block)
    if usual is not None:
        return Headers(tuple(usual[0])), usual[1], ()
    names: list[str] = []
    values: list[bytes] = []
    folded: list[bytes] = []
    defects: list[str] = []
    position = after = 0
    for whole in block.split(b"\n"):
        after += len(whole) + 1
        line = whole.rstrip(b"\r")
        if not line:
            position = after
            break
        if line[:1] in b" \t":
            if names:
                folded.append(line)
            elif line.strip():
                defects.append("first header line is a continuation")
        elif match := _HEADER_LINE.match(line):
            if folded:
                values[-1] += b"".join(folded)
                folded.clear()
            names.append(match[1].decode("ascii"))
            values.append(line[match.end() :].strip(b" \t"))
        elif not names and line.startswith((b"From ", b">From ")):
            pass
        elif names and _resumes(block, after):
            defects.append("a line in the header block that is no header")
        else:
            defects.append("header block ends without an empty line")
            break
        position = after
    if folded:
        values[-1] += b"".join(folded)
    joined = tuple((name, value.replace(b"\r", b"")) for name, value in zip(names, values, strict=True))
    return Headers(joined), min(position, len(block)), tuple(defects)


def _usual_fields(block: bytes) -> tuple[list[tuple[str, bytes]], int] | None:
    """The fields of a block in which every line is a header or goes on with one, up to its empty line, and where the body begins.

    None for any other block: it is read line by line. A test compares the two.
    """
    fields: list[tuple[str, bytes]] = []
    position = 0
    while found := _FIELD.match(block, position):
        name, value = found.groups()
        value, newline, folded = value.partition(b"\n")
        value = value.rstrip(b"\r").strip(b" \t")
        if newline:
            value += folded.replace(b"\n", b"")
        fields.append((name.decode("ascii"), value.replace(b"\r", b"") if b"\r" in value else value))
        position = found.end()
    for empty in (b"\n", b"\r\n"):
        if block.startswith(empty, position):
            return fields, position + len(empty)
    return None


def _resumes(block: bytes, position: int) -> bool:
    """Whether the header block goes on behind a line that is no header."""
    newline = block.find(b"\n", position)
    line = block[position : newline if newline >= 0 else len(block)].rstrip(b"\r")
    return newline >= 0 and (not line or _HEADER_LINE.match(line) is not None)


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Split `text/plain; charset=x; name*0*=…` into the lower-case main value and decoded parameters (RFC 2045, 2231)."""
    if len(value) > _USUAL_CHARS or "oundary" in value:
        return _parameters(value)
    main, found = _usual_parameters(value)
    return main, dict(found)


def _parameters(value: str) -> tuple[str, dict[str, str]]:
    main, _, rest = value.partition(";")
    found: dict[str, dict[int, tuple[str, bool]]] = {}
    position = 0
    while position < len(rest):
        match = _PARAMETER_NAME.match(rest, position)
        if match is None:
            # Not a step at a time: no name begins in the middle of what is none, and a quarter of a megabyte of it takes a second.
            position = max(position + 1, _NAME_CHARACTERS.match(rest, position).end())  # type: ignore[union-attr]
            continue
        text, position = _parameter_value(rest, match.end())
        pieces = found.setdefault(match[1].lower(), {})
        pieces.setdefault(int(match[2]) if match[2] else (-1 if match[3] else -2), (text, bool(match[3])))
        semicolon = rest.find(";", position)
        position = len(rest) if semicolon < 0 else semicolon + 1
    return main.strip().lower(), {name: _joined(pieces) for name, pieces in found.items()}


#: `text/plain; charset=utf-8` and its like come with every mail. What differs from mail to mail is not remembered.
_USUAL_CHARS: Final = 80
_usual_parameters: Final = functools.lru_cache(1024)(_parameters)


def _parameter_value(text: str, position: int) -> tuple[str, int]:
    if text[position : position + 1] != '"':
        end = text.find(";", position)
        end = len(text) if end < 0 else end
        return text[position:end].strip(), end
    position += 1
    end = text.find('"', position)
    if end >= 0 and text.find("\\", position, end) < 0:
        return text[position:end], end + 1
    characters: list[str] = []
    while position < len(text) and text[position] != '"':
        if text[position] == "\\" and position + 1 < len(text):
            position += 1
        characters.append(text[position])
        position += 1
    return "".join(characters), position + 1


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    if -1 in pieces or any(number >= 0 for number in pieces):
        ordered = [pieces[number] for number in sorted(pieces) if number >= 0] or [pieces[-1]]
        if not any(extended for _, extended in ordered):
            return decode_words("".join(text for text, _ in ordered))
        first = ordered[0][0]
        name, _, after = first.partition("'")
        _, quote, after = after.partition("'")
        if not quote:
            name, after = "", first
        texts = [(after, ordered[0][1]), *ordered[1:]]
        raw = b"".join(
            unquote_to_bytes(text) if extended else text.encode("utf-8", "surrogatepass") for text, extended in texts
        )
        return clean(charset.decode(raw, name or "utf-8").text)
    text = pieces[-2][0]
    # A boundary may hold several spaces in a row: only controls go.
    return decode_words(text) if "=?" in text and _ENCODED_WORD.search(text) else _UNCLEAN.sub(" ", text)
