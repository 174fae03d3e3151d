"""Forms in HTTP posts, read to their exact bytes: raw mail is in any charset, and a reader that decodes it breaks its signatures.

A form may be as large as the mail in it and is in a file; the reader only locates the fields, with a few chunks in memory.
Source: the URL standard (application/x-www-form-urlencoded), RFC 7578 (multipart/form-data).
"""

from __future__ import annotations

import dataclasses
import itertools
import urllib.parse
from collections.abc import Iterator
from typing import Final, Protocol

from hermes import errors
from hermes.mail.parse import headers

#: Parts of one form; Mailgun's raw post has about 20.
FORM_PARTS: Final = 200
#: A field of a form beside the mail.
FORM_FIELD_BYTES: Final = 64 * 1024
#: The headers of one part of a form.
FORM_HEADER_BYTES: Final = 8 * 1024

_CHUNK_BYTES = 64 * 1024


class FormSource(Protocol):
    """The bytes of a form, as a `spool.Body` has them."""

    size: int

    def read(self, start: int, count: int) -> bytes:
        """Bytes from a place on; fewer only at the end."""


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """The value of a field: where it is, and whether it is percent-encoded there."""

    source: FormSource
    start: int
    end: int
    encoded: bool = False
    repeated: bool = False
    """The form has the name again: somebody other than its maker may have chosen this one."""

    def pieces(self) -> Iterator[bytes]:
        """The value, decoded, in pieces; for a thread, since it reads from disk."""
        at = self.start
        while at < self.end:
            piece = self.source.read(at, min(_CHUNK_BYTES, self.end - at))
            if self.encoded and at + len(piece) < self.end:
                # An escape may not be cut.
                cut = piece.rfind(b"%", len(piece) - 2)
                piece = piece[:cut] if cut > 0 else piece
            if not piece:
                return
            at += len(piece)
            yield _plain(piece) if self.encoded else piece

    def text(self) -> bytes:
        """The value of a short field. Raises `errors.Unreadable`."""
        if self.end - self.start > FORM_FIELD_BYTES:
            raise errors.Unreadable("a field of the form is too long")
        return b"".join(self.pieces())


def fields(body: FormSource, content_type: str) -> dict[str, Field]:
    """The fields of a form, the first of each name. Raises `errors.Unreadable`."""
    kind, parameters = headers.parameters(content_type)
    if kind == "application/x-www-form-urlencoded":
        return _urlencoded(body)
    if kind == "multipart/form-data" and parameters.get("boundary"):
        return _multipart(body, parameters["boundary"].encode("latin-1", "replace"))
    raise errors.Unreadable(f"the post is {kind or 'of no type'}, not a form")


def _urlencoded(body: FormSource) -> dict[str, Field]:
    ends = [*_places(body, b"&", FORM_PARTS), body.size]
    if len(ends) > FORM_PARTS:
        raise errors.Unreadable("the form has too many fields")
    found: dict[str, Field] = {}
    start = 0
    for end in ends:
        head = body.read(start, min(end - start, FORM_HEADER_BYTES))
        name, equals, _ = head.partition(b"=")
        if not equals and end - start > len(head):
            raise errors.Unreadable("the name of a field is too long")
        value = Field(body, min(end, start + len(name) + len(equals)), end, encoded=True)
        _keep(found, _plain(name).decode("utf-8", "replace"), value)
        start = end + 1
    return found


def _keep(found: dict[str, Field], name: str, value: Field) -> None:
    found[name] = dataclasses.replace(found[name], repeated=True) if name in found else value


def _plain(text: bytes) -> bytes:
    return urllib.parse.unquote_to_bytes(text.replace(b"+", b" "))


def _multipart(body: FormSource, boundary: bytes) -> dict[str, Field]:
    delimiter = b"\r\n--" + boundary
    places = _places(body, delimiter, FORM_PARTS + 2)
    # The first delimiter has no line end before it where there is no preamble.
    if body.read(0, len(delimiter) - 2) == delimiter[2:]:
        places.insert(0, -2)
    if len(places) > FORM_PARTS + 1:
        raise errors.Unreadable("the form has too many parts")
    if len(places) < 2 or body.read(places[-1] + len(delimiter), 2) != b"--":
        raise errors.Unreadable("the form is cut short")
    found: dict[str, Field] = {}
    for place, end in itertools.pairwise(places):
        start = place + len(delimiter)
        head, ends, _ = body.read(start, min(end - start, FORM_HEADER_BYTES + 4)).partition(b"\r\n\r\n")
        if not ends or len(head) > FORM_HEADER_BYTES:
            raise errors.Unreadable("a part of the form has no readable header")
        _, _, lines = head.partition(b"\r\n")
        disposition = headers.parse(lines + b"\r\n\r\n")[0].raw("Content-Disposition")
        name = headers.parameters(disposition[0])[1].get("name") if disposition else None
        if name:
            _keep(found, name, Field(body, start + len(head) + len(ends), end))
    return found


def _places(body: FormSource, wanted: bytes, most: int) -> list[int]:
    """Where it is, one after the other; a few more than `most` are not looked for."""
    found: list[int] = []
    start = 0
    while start + len(wanted) <= body.size and len(found) <= most:
        window = body.read(start, _CHUNK_BYTES + len(wanted) - 1)
        at = window.find(wanted)
        last = 0
        while at >= 0 and len(found) <= most:
            found.append(start + at)
            last = at + len(wanted)
            at = window.find(wanted, last)
        start += max(last, min(_CHUNK_BYTES, len(window)))
    return found
