"""Short forms of the page, as browsers send them: a handful of texts, never a file."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Final

from fastapi import HTTPException, Request

#: More than any form of the page holds: a reason of a thousand characters in any language.
FORM_BYTES: Final = 32 * 1024
#: More fields than any form has.
FORM_FIELDS: Final = 50


async def fields(request: Request) -> Mapping[str, str]:
    """The fields of a form, the last of each name. Raises `HTTPException`: too long, or not a form."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_BYTES:
            raise HTTPException(413, "The form is too long.")
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise HTTPException(415, "This is not a form of the page.")
    try:
        text = body.decode("ascii")
        found = urllib.parse.parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS, errors="replace")
    except ValueError as error:
        raise HTTPException(400, "The form cannot be read.") from error
    return dict(found)
