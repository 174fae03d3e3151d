"""Reads a bounce: the failed recipients, and the ids of the returned mail."""

from __future__ import annotations

import email
import re
from typing import Final

from flufl import bounce

from hermes import limits
from hermes.mail.parse import parse

#: What a library of bounce patterns gets to see of a mail; its patterns are not linear.
BOUNCE_HEAD_BYTES: Final = 48 * 1024
#: The lines of it.
BOUNCE_HEAD_LINES: Final = 150

_STATUS: Final = re.compile(
    r"^(?:Final|Original)-Recipient:[ \t]{0,9}[^;\n]{1,40};[ \t]{0,9}<?([^\s<>;]{3,320})", re.IGNORECASE | re.MULTILINE
)
_ACTION: Final = re.compile(r"^Action:[ \t]{0,9}([a-z]{4,10})", re.IGNORECASE | re.MULTILINE)
_HEADER_ID: Final = re.compile(
    r"^Message-ID:[ \t]{0,9}(?:\r?\n[ \t]{1,9})?(<[^<>\s]{3,900}>)", re.IGNORECASE | re.MULTILINE
)
_ADDRESS: Final = re.compile(r"<?([A-Za-z0-9.!#$%&'*+=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{3,190})>?")
_NAMED: Final = re.compile(r"^\s{0,8}<([^<>\s@]{1,64}@[^<>\s@]{1,190})>(?::|\s|\Z)", re.MULTILINE)
_ALONE: Final = re.compile(r"^[ \t]{0,12}<?([^\s<>@:;,]{1,64}@[A-Za-z0-9.-]{3,190})>?[:;]?[ \t]{0,9}$", re.MULTILINE)
_RETURNED: Final = re.compile(
    r"^(?:Received:|Return-Path:|-{2,}.{0,12}(?:original|unsent|returned|copy|message text)|message headers? follow"
    r"|below is a copy)",
    re.IGNORECASE | re.MULTILINE,
)
_OFFICE: Final = re.compile(r"(?:mailer-daemon|post[-_.]?master|abuse|support|help|noreply|no-reply)@", re.IGNORECASE)
_HEAD_CHARS: Final = 20_000


def recipients(parsed: parse.ParsedMail) -> tuple[str, ...]:
    """The addresses that a bounce says it could not reach, each once: from the report, a header, or the text."""
    found = [match for value in parsed.headers.all("X-Failed-Recipients") for match in _ADDRESS.findall(value)]
    for attachment in parsed.attachments:
        if attachment.content_type.endswith("delivery-status"):
            found.extend(_STATUS.findall(attachment.content[:_HEAD_CHARS].decode("utf-8", "replace")))
    found = [address for address in found if "@" in address]
    if not found:
        text = (parsed.text or "")[:_HEAD_CHARS]
        found = _STATUS.findall(text) or _NAMED.findall(text) or _ALONE.findall(_above_returned(text))
    if not found:
        found = _in_words(parsed) or _by_flufl(parsed.raw)
    unique = {address.strip("<>.,;:'\"").lower(): None for address in found if "@" in address}
    return tuple(unique)[: limits.RECIPIENTS]


def is_final(parsed: parse.ParsedMail) -> bool:
    """Whether the report says, or leaves open, that the mail did not arrive; not one that it is late, or did arrive (RFC 3464, 2.3.3)."""
    actions = [
        action.lower()
        for attachment in parsed.attachments
        if attachment.content_type.endswith("delivery-status")
        for action in _ACTION.findall(attachment.content[:_HEAD_CHARS].decode("utf-8", "replace"))
    ]
    return not actions or "failed" in actions


def _above_returned(text: str) -> str:
    returned = _RETURNED.search(text)
    return text[: returned.start()] if returned else text


def _in_words(parsed: parse.ParsedMail) -> list[str]:
    """The addresses in the text above the returned mail, without daemons and the one who gets the bounce."""
    head = _above_returned((parsed.text or "")[:_HEAD_CHARS])[:4000]
    receiver = {
        address.lower() for name in ("To", "Delivered-To") for address in _ADDRESS.findall(parsed.headers.get(name))
    }
    return [one for one in _ADDRESS.findall(head) if one.lower() not in receiver and not _OFFICE.match(one)][:5]


def original_ids(parsed: parse.ParsedMail) -> tuple[str, ...]:
    """Message-IDs of the mail that came back: from the part that holds it or its headers, else from the text."""
    found: list[str] = []
    for attachment in parsed.attachments:
        if attachment.content_type in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
            "message/global-headers",
            "message/rfc822-headers",
        ):
            found.extend(_HEADER_ID.findall(attachment.content[: limits.HEADER_BYTES].decode("utf-8", "replace"))[:1])
    if not found:
        found = _HEADER_ID.findall((parsed.text or "")[:_HEAD_CHARS])[:3]
    return tuple(dict.fromkeys(found))


def _by_flufl(raw: bytes) -> list[str]:
    """flufl.bounce over the head of the mail: its patterns are bounded by giving it few and short lines."""
    lines = raw[:BOUNCE_HEAD_BYTES].splitlines()[:BOUNCE_HEAD_LINES]
    message = email.message_from_bytes(b"\n".join(line[:200] for line in lines))
    try:
        failed = bounce.scan_message(message)
    except Exception:
        # Its detectors are written for whole mails and raise on damaged ones: then our own rules must do.
        return []
    return sorted(address.decode("ascii", "replace") for address in failed)
