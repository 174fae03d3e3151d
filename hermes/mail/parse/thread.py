"""Which earlier mail a mail answers: the ids to look up, in order. Never the subject."""

from __future__ import annotations

import base64
from typing import Final

from hermes import limits
from hermes.mail.parse import headers, parse

#: Outlook's Thread-Index: 22 bytes name the conversation, 5 more are added by each answer.
_CONVERSATION_BYTES: Final = 22


def keys(parsed: parse.ParsedMail) -> tuple[str, ...]:
    """Each In-Reply-To, References last to first, then `thread-index:…`; each once, at most `limits.REFERENCES` ids."""
    ids = dict.fromkeys((*parsed.in_reply_to[: limits.REFERENCES], *reversed(parsed.references[-limits.REFERENCES :])))
    found = list(ids)[: limits.REFERENCES]
    index = thread_index(parsed.headers.get("Thread-Index"))
    return (*found, index) if index else tuple(found)


def thread_index(value: str) -> str | None:
    """`thread-index:<base64 of the first 22 bytes>`: the same for every mail of an Outlook conversation."""
    raw = headers.base64_bytes("".join(value.split()).encode("utf-8", "replace"))
    if len(raw) < _CONVERSATION_BYTES:
        return None
    return "thread-index:" + base64.b64encode(raw[:_CONVERSATION_BYTES]).decode("ascii")
