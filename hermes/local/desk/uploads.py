"""Forms with files, as a browser sends them (RFC 7578), on a developer's own machine."""

from __future__ import annotations

import email.parser
import email.policy
from collections.abc import Mapping
from typing import Final

from fastapi import HTTPException, Request

from hermes.local.desk.letters import Upload

#: A mail with its attachments, with room for what a form adds.
FORM_BYTES: Final = 40 * 1024 * 1024


async def form(request: Request) -> tuple[Mapping[str, str], list[tuple[str, Upload]]]:
    """The texts by name, and the files with the name of their field. Raises `HTTPException`."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise HTTPException(415, "This is not a form of the page.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_BYTES:
            raise HTTPException(413, "The form is larger than a mail may be.")
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + bytes(body))
    texts: dict[str, str] = {}
    files: list[tuple[str, Upload]] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = str(part.get_param("name", "", header="content-disposition"))
        data = part.get_payload(decode=True)
        data = data if isinstance(data, bytes) else b""
        file = part.get_filename()
        if file is None:
            texts[name] = data.decode("utf-8", "replace").replace("\r\n", "\n")
        elif file or data:
            files.append((name, Upload(name=file, content_type=part.get_content_type(), data=data)))
    return texts, files
