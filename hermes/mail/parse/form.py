"""Whether a body can be read in one way only: for mail whose signature covers the body, but not the headers that tell how to read it.

Gmail, Yahoo and others do not sign Content-Type. Whoever resends such a mail may change it: a boundary inside quoted text makes
a part of it, and so the command; another transfer encoding makes lines that nobody wrote. But a multipart that begins and ends with its own
delimiter has no other boundary, and a text that no encoding and no HTML parser would change can be read in one way only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hermes.mail.parse import head, split

#: What is looked at to find the first and the last line.
_EDGE_BYTES: Final = 2048
#: Nobody types more; a larger single part is left to the headers.
_TEXT_BYTES: Final = 1024 * 1024
#: Lines of a base64 text; encoders fill theirs.
_LINES: Final = 20_000
_PREAMBLE: Final = b"this is a multi-part message in mime format."
_UTF8: Final = frozenset({"", "us-ascii", "ascii", "utf-8", "utf8"})
_SOFT_BREAK: Final = re.compile(rb"=[ \t]{0,8}\r?\n")
#: Escapes that are line ends of some kind; writers encode none in a text.
_ESCAPED_LINE: Final = re.compile(rb"=(?:0[A-D]|1[C-E]|85|E2=80=A[89])", re.IGNORECASE)
_BASE64_LINE: Final = re.compile(rb"[A-Za-z0-9+/]{1,76}={0,2}\Z")
_MARKUP: Final = re.compile(rb"</[a-z]|<br\b|<!--", re.IGNORECASE)
_TAG_FIRST: Final = re.compile(rb"<[a-z!]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """The parts of the reading that the body itself confirms."""

    kind: bool = False
    """Its Content-Type: which parts it has, or that it is a text, or HTML."""
    encoding: bool = False
    """Its Content-Transfer-Encoding."""


def of(root: split.MimePart, raw: bytes) -> Form:
    """The form of a mail that was split into this tree."""
    start = head.end(raw)
    if root.children:
        return Form(kind=_is_framed(raw, start, root.parameters.get("boundary", "")), encoding=True)
    if len(root.body) > _TEXT_BYTES or root.content_type not in ("text/plain", "text/html"):
        return Form()
    encoding = root.headers.get("Content-Transfer-Encoding").lower()
    return Form(kind=_is_kind(root, raw, start), encoding=_is_encoding(root.body, encoding))


def _edges(raw: bytes, start: int) -> tuple[bytes, bytes]:
    """The first and the last line that are not empty; a multipart's usual preamble is none."""
    first, _, rest = raw[start : start + _EDGE_BYTES].lstrip().partition(b"\n")
    if first.strip().lower() == _PREAMBLE:
        first, _, _ = rest.lstrip().partition(b"\n")
    last = raw[max(start, len(raw) - _EDGE_BYTES) :].rstrip().rpartition(b"\n")[2]
    return first.strip(), last


def _is_framed(raw: bytes, start: int, boundary: str) -> bool:
    mark = b"--" + boundary.encode("utf-8", "surrogatepass").strip()
    return _edges(raw, start) == (mark, mark + b"--")


def _is_kind(root: split.MimePart, raw: bytes, start: int) -> bool:
    first, last = _edges(raw, start)
    if first.startswith(b"--") and last == first + b"--":
        return False  # the Content-Type of a multipart, taken out
    text, defect = root.decoded()
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if defect or root.parameters.get("charset", "").strip().lower() not in _UTF8:
        return False
    text = text.strip()
    if root.content_type == "text/html":
        return _TAG_FIRST.match(text) is not None and text.endswith(b">")
    return _TAG_FIRST.match(text) is None and _MARKUP.search(text) is None


def _is_encoding(body: bytes, encoding: str) -> bool:
    if encoding in ("", "7bit", "8bit", "binary"):
        return _SOFT_BREAK.search(body) is None
    if encoding == "quoted-printable":
        return body.isascii() and _ESCAPED_LINE.search(body) is None
    if encoding == "base64":
        lines = [line.rstrip(b"\r") for line in body.strip().split(b"\n", _LINES)]
        return (
            len(lines) <= _LINES
            and all(map(_BASE64_LINE.match, lines))
            and len({len(line) for line in lines[:-1]}) <= 1
        )
    return False
