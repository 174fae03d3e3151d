"""Bytes to text: tries charsets strictly in order; never raises, and never runs a codec that is not for mail."""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

#: What senders call it -> what they mean. Each is a superset of the declared one, or its usual mislabel.
_MEANT: Final = {
    "ascii": "cp1252",
    "us_ascii": "cp1252",
    "ansi_x3_4_1968": "cp1252",
    "iso_8859_1": "cp1252",
    "iso8859_1": "cp1252",
    "latin1": "cp1252",
    "latin_1": "cp1252",
    "iso_8859_9": "cp1254",
    "iso_8859_11": "cp874",
    "tis_620": "cp874",
    "windows_874": "cp874",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "gb2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "cp936": "gb18030",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "sjis": "cp932",
    "windows_31j": "cp932",
    "iso_2022_jp": "iso2022_jp_ext",
    "iso_2022_jp_1": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "euc_kr": "cp949",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "big5": "cp950",
    "x_big5": "cp950",
    "unicode_1_1_utf_8": "utf_8",
    "utf8mb4": "utf_8",
    "x_mac_roman": "mac_roman",
    "macintosh": "mac_roman",
    "unknown_8bit": "cp1252",
    "x_unknown": "cp1252",
    "default_charset": "cp1252",
}
#: Tried in this order where the first refuses.
_NEXT: Final = {
    "iso2022_jp_ext": ("iso2022_jp_3", "iso2022_jp_2004", "iso2022_jp_2"),
    "cp932": ("shift_jis_2004", "euc_jp"),
    "cp950": ("big5hkscs",),
    "euc_jp": ("euc_jis_2004", "cp932"),
}
#: Codecs that carry text in mail. The rest of Python's (idna, punycode, unicode_escape, utf_7, …) are slow or are not charsets.
_ALLOWED: Final = re.compile(
    r"(?:utf-8(?:-sig)?|utf-16(?:-[bl]e)?|utf-32(?:-[bl]e)?|ascii|cp\d+|iso8859-\d+|koi8-[rtu]|mac-[a-z]+|big5(?:hkscs)?|gb2312|gbk"
    r"|gb18030|hz|euc_(?:jp|kr|jis_2004|jisx0213)|shift_jis(?:_2004|x0213)?|iso2022_(?:jp(?:_[123]|_2004|_ext)?|kr)"
    r"|johab|ptcp154|tis-620|kz1048|hp-roman8)\Z"
)
_SEPARATORS: Final = re.compile(r"[^a-z0-9]+")
_CHARSET_CHARS: Final = 40


class Decoded(NamedTuple):
    """Text, the codec that gave it, and what was wrong with the declaration (empty: nothing)."""

    text: str
    codec: str
    defect: str


def codec_for(declared: str) -> str | None:
    """The Python codec that a declared charset means; None if there is none that Hermes runs."""
    key = _SEPARATORS.sub("_", declared[:_CHARSET_CHARS].lower()).strip("_")
    name = _MEANT.get(key, key)
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return found if _ALLOWED.match(found) else None


def decode(raw: bytes, declared: str | None) -> Decoded:
    """Decode strictly by what is declared, then UTF-8, then Windows-1252; what is left over becomes U+FFFD. Never raises."""
    defect = ""
    if raw.isascii() and b"\x1b" not in raw and b"~{" not in raw and b"\0" not in raw:
        text = raw.decode("ascii")
        if not declared or codec_for(declared) is not None:
            return Decoded(text, "ascii", "")
        return Decoded(text, "ascii", f"charset not known: {declared[:_CHARSET_CHARS]}")
    escaped = _by_escapes(raw) if b"\x1b$" in raw or b"\x1b(" in raw else None
    if escaped is not None:
        return escaped
    codec = codec_for(declared) if declared else None
    if declared and codec is None:
        defect = f"charset not known: {declared[:_CHARSET_CHARS]}"
    if codec == "cp1252" and declared and "ascii" in declared.lower():
        # Declared to be 7-bit but is not: the declaration says nothing, so UTF-8 goes first.
        defect, codec = "8-bit text declared as ASCII", None
    tried = (codec, *_NEXT.get(codec, ())) if codec else ()
    for name in (*tried, "utf-8", "cp1252"):
        try:
            text = raw.decode(name)
        except (UnicodeError, ValueError):
            continue  # not in this charset: the next one is tried
        if tried and name not in tried:
            defect = f"not {codec} as declared, read as {name}"
        return Decoded(text.removeprefix("\ufeff"), name, defect)
    last = codec or "utf-8"
    if last == "cp1252":
        # The five bytes that Windows-1252 leaves undefined are C1 controls in ISO 8859-1.
        return Decoded(raw.decode("latin-1"), "latin-1", defect)
    return Decoded(raw.decode(last, "replace").removeprefix("\ufeff"), last, defect or f"undecodable bytes in {last}")


#: ISO 2022 says itself by escapes which set follows: no declaration is needed, and a wrong one does no harm.
_ESCAPES: Final = re.compile(rb"\x1b(?:\$[@AB]|\$[()][A-DOPQ]|\([ABIJ])")
_KOREAN: Final = b"\x1b$)C"
_BY_ESCAPES: Final = ("iso2022_jp_ext", "iso2022_jp_3", "iso2022_jp_2004", "iso2022_jp_2")


def _by_escapes(raw: bytes) -> Decoded | None:
    """Text that ISO 2022 escapes lead in (Japanese, Korean), whatever is declared; None for other text."""
    if not _ESCAPES.search(raw) or not raw.isascii():
        return None
    for name in ("iso2022_kr",) if _KOREAN in raw else _BY_ESCAPES:
        try:
            return Decoded(raw.decode(name), name, "")
        except (UnicodeError, ValueError):
            continue  # not in this charset: the next one is tried
    text = _cp50220(raw)
    return Decoded(text, "cp50220", "") if text is not None else None


def _cp50220(raw: bytes) -> str | None:
    """ISO-2022-JP with the characters that Windows adds to JIS X 0208 (NEC's row 13 and IBM's); Python has no codec for it."""
    pieces: list[str] = []
    mode = b"(B"
    for part in re.split(rb"(\x1b(?:\$[@B]|\([BIJ]))", raw):
        if part.startswith(b"\x1b"):
            mode = part[1:]
        elif mode in (b"$B", b"$@"):
            if len(part) % 2:
                return None
            moved = b"".join(_shifted(part[n], part[n + 1]) for n in range(0, len(part), 2))
            pieces.append(moved.decode("cp932", "replace"))
        elif mode == b"(I":
            pieces.append(bytes(one | 0x80 for one in part).decode("cp932", "replace"))
        else:
            pieces.append(part.decode("ascii", "replace"))
    return "".join(pieces)


def _shifted(row: int, cell: int) -> bytes:
    """A character of JIS X 0208 as Shift JIS has it."""
    lead = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
    if row % 2:
        trail = cell + (0x1F if cell < 0x60 else 0x20)
    else:
        trail = cell + 0x7E
    return bytes((lead & 0xFF, trail & 0xFF))


#: Where an HTML page names its charset.
_META: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,4}=\s{0,4}[\"']?\s{0,4}([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE
)
_META_BYTES: Final = 2048


def of_markup(raw: bytes) -> str | None:
    """The charset that HTML names itself near its beginning (a browser looks there where no header tells)."""
    found = _META.search(raw[:_META_BYTES])
    return found[1].decode("ascii") if found else None
