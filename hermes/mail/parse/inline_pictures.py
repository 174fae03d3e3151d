"""A mail's HTML as a mail program shows it: the pictures that come with the mail stand where the HTML names them. Source: RFC 2392."""

from __future__ import annotations

import base64
import email.message
import re
import urllib.parse
from typing import Final

#: What browsers draw and what cannot act: an SVG may.
_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
#: Of one picture.
_MOST_BYTES: Final = 1024 * 1024
#: All of one mail: a page that holds them is held in memory.
_ALL_BYTES: Final = 8 * 1024 * 1024
_NAMED: Final = re.compile(r"cid:([^\"'\s<>)]+)", re.IGNORECASE)


def shown(html: str, message: email.message.Message) -> str:
    """The HTML with `data:` in place of each `cid:` whose picture is a part of the mail."""
    found: dict[str, str] = {}
    room = _ALL_BYTES
    for part in message.walk():
        name = str(part.get("content-id", "")).strip().strip("<>")
        if not name or part.get_content_type() not in _TYPES:
            continue
        data = part.get_payload(decode=True)
        if isinstance(data, bytes) and 0 < len(data) <= min(_MOST_BYTES, room):
            room -= len(data)
            found[name] = f"data:{part.get_content_type()};base64,{base64.b64encode(data).decode()}"
    if not found:
        return html
    return _NAMED.sub(lambda named: found.get(urllib.parse.unquote(named[1]), named[0]), html)
