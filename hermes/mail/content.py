"""What a mail says, as one id: the same for every copy of it, whatever Message-ID, way and stamps a copy has."""

from __future__ import annotations

import hashlib

from hermes import ids
from hermes.mail import parse

#: What the writer's own program wrote once; relays add other headers, and a Message-ID where there is none.
_WRITTEN = ("From", "Date", "Subject", "In-Reply-To", "Content-Type", "Content-Transfer-Encoding")


def digest(mail: parse.ParsedMail | None, raw: bytes) -> str:
    """The id of what is said. The Date counts: the same words sent twice are two mails. A mail without one is known by all its bytes."""
    if mail is None or not mail.headers.get("Date").strip():
        return ids.digest("raw", hashlib.sha256(raw).digest())
    written = [" ".join(value.split()) for name in _WRITTEN for value in (*mail.headers.raw(name), "")]
    body = hashlib.sha256(_body(raw)).digest()
    return ids.digest("content", *written, body)


def _body(raw: bytes) -> bytes:
    plain = raw.replace(b"\r\n", b"\n")
    return plain.partition(b"\n\n")[2].rstrip(b"\n")
