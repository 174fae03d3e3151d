"""The content of a mail as one id, equal for every copy, whatever its Message-ID, way in and stamps."""

from __future__ import annotations

import hashlib
import re

from hermes import ids
from hermes.mail.parse import parse

#: What the writer's own program wrote once; relays add other headers, and a Message-ID where there is none.
_WRITTEN = ("From", "Date", "Subject", "In-Reply-To", "Content-Type", "Content-Transfer-Encoding")


#: Servers that replace the author's Message-ID: a mail that they got twice comes under two ids.
_REPLACED = re.compile(r"@(?:[a-z0-9-]+\.)*amazonses\.com>\Z", re.IGNORECASE)


def is_named(message_id: str | None) -> bool:
    """Whether its writer's program gave the mail this id, as far as can be told: then another id is another mail, whatever it says."""
    return message_id is not None and not _REPLACED.search(message_id)


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
