"""Forms in HTTP posts, read to their exact bytes: raw mail is in any charset, and a reader that decodes it breaks its signatures.

Source: the URL standard (application/x-www-form-urlencoded), RFC 7578 (multipart/form-data).
"""

from __future__ import annotations

import urllib.parse

from hermes import errors, limits
from hermes.mail import headers


def fields(body: bytes, content_type: str) -> dict[str, bytes]:
    """The fields of a form, the first of each name. Raises `errors.Unreadable`."""
    kind, parameters = headers.parameters(content_type)
    if kind == "application/x-www-form-urlencoded":
        return _urlencoded(body)
    if kind == "multipart/form-data" and parameters.get("boundary"):
        return _multipart(body, parameters["boundary"].encode("latin-1", "replace"))
    raise errors.Unreadable(f"the post is {kind or 'of no type'}, not a form")


def _urlencoded(body: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    pairs = body.split(b"&", limits.FORM_PARTS + 1)
    if len(pairs) > limits.FORM_PARTS:
        raise errors.Unreadable("the form has too many fields")
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        found.setdefault(_plain(name).decode("utf-8", "replace"), _plain(value))
    return found


def _plain(text: bytes) -> bytes:
    return urllib.parse.unquote_to_bytes(text.replace(b"+", b" "))


def _multipart(body: bytes, boundary: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    # The first delimiter has no line end before it where there is no preamble.
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary, limits.FORM_PARTS + 2)
    if len(parts) > limits.FORM_PARTS + 2:
        raise errors.Unreadable("the form has too many parts")
    if len(parts) < 3 or not parts[-1].startswith(b"--"):
        raise errors.Unreadable("the form is cut short")
    for part in parts[1:-1]:
        head, ends, value = part.partition(b"\r\n\r\n")
        if not ends or len(head) > limits.FORM_HEADER_BYTES:
            raise errors.Unreadable("a part of the form has no readable header")
        _, _, lines = head.partition(b"\r\n")
        disposition = headers.parse(lines + b"\r\n\r\n")[0].raw("Content-Disposition")
        name = headers.parameters(disposition[0])[1].get("name") if disposition else None
        if name:
            found.setdefault(name, value)
    return found
