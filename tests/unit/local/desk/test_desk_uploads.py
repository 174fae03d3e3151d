"""Forms with files, to their exact bytes."""

from __future__ import annotations

import pytest
from fastapi import HTTPException, Request

from hermes.local.desk import uploads

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
BINARY = bytes(range(256)) + b"\r\n\n\r--" + BOUNDARY.encode() + b"x"


def request(body: bytes, kind: str = f"multipart/form-data; boundary={BOUNDARY}") -> Request:
    pieces = [body[start : start + 1000] for start in range(0, len(body), 1000)] or [b""]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}, receive)


def part(head: str, data: bytes) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"


async def test_texts_and_files_come_as_they_were_sent() -> None:
    body = b"".join(
        [
            part('name="text"', "Grüße\r\nAnna".encode()),
            part('name="attachments"; filename="größe.bin"\r\nContent-Type: image/png', BINARY),
            part('name="attachments"; filename="two.txt"\r\nContent-Type: text/plain', b"a\r\nb\nc\r"),
            part('name="eml"; filename=""\r\nContent-Type: application/octet-stream', b""),
            f"--{BOUNDARY}--\r\n".encode(),
        ]
    )

    texts, files = await uploads.form(request(body))

    assert texts == {"text": "Grüße\nAnna"}
    assert [(name, file.name, file.content_type, file.data) for name, file in files] == [
        ("attachments", "größe.bin", "image/png", BINARY),
        ("attachments", "two.txt", "text/plain", b"a\r\nb\nc\r"),
    ]


async def test_what_is_no_such_form_or_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HTTPException):
        await uploads.form(request(b"a=b", "application/x-www-form-urlencoded"))
    monkeypatch.setattr(uploads, "FORM_BYTES", 10)
    with pytest.raises(HTTPException):
        await uploads.form(request(b"x" * 11))
