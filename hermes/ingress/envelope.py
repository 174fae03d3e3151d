"""Reads the envelope from headers of mail servers, for ways in without one.

The author of a mail can forge a recipient, but gains nothing: they may write to any of our addresses anyway, and the author, not the
recipient, decides what a mail may do. Of the header, only the lines at the very top describe the client:
no author can write there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from hermes import limits
from hermes.mail.parse import address, headers

#: Written at delivery, outermost first: Postfix (before and after aliases), Exim, Cyrus, fetchmail, Google's and others' forwarding.
_ENVELOPE = (
    "X-Original-To",
    "Delivered-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Forwarded-To",
    "X-RCPT-To",
    "X-Real-To",
)
#: `Resent-To`: a client that sends a mail on as it is.
_WRITTEN = ("To", "Cc", "Resent-To", "Resent-Cc")
#: `from HELO (NAME [ADDRESS]) …`; the client chooses HELO, so it may hold nothing that could be read as the rest.
_RECEIVED: Final = re.compile(r"from\s+[^\s()\[\]]+\s+\((?:[^\s()\[\]]+\s+)?\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})\]\)\s")


def recipients(found: headers.Headers, *, accepts: Callable[[str], bool], default: str = "") -> tuple[str, ...]:
    """Our addresses that the mail was for: the one of its envelope, else all in To and Cc, else `default`, else none."""
    for name in _ENVELOPE:
        for value in found.raw(name):
            for one in _addresses(value):
                if accepts(one):
                    return (one,)
    written = [one for name in _WRITTEN for value in found.raw(name) for one in _addresses(value) if accepts(one)]
    ours = tuple(dict.fromkeys(written))[: limits.ENVELOPE_RECIPIENTS]
    return ours or ((default,) if default else ())


def sender(found: headers.Headers) -> str | None:
    """The envelope sender, as the last server noted it: empty for the null return path, None where it did not."""
    values = found.raw("Return-Path")
    if not values:
        return None
    if values[0].strip() == "<>":
        return ""
    return next(iter(_addresses(values[0])), None)


def client(found: headers.Headers, *, inner: str = "") -> str | None:
    """The address of the client that handed in the mail, by the outermost Received; None where that does not say it beyond doubt.

    `inner` is in a Received that the server itself may have put above, for handing the mail on inside its own system.
    """
    values = [value.strip() for value in found.raw("Received")]
    if inner and values and not values[0].startswith("from") and inner in values[0]:
        values = values[1:]
    match = _RECEIVED.match(values[0]) if values else None
    return match[1] if match and values[0].count("[") == 1 else None


def heads(found: headers.Headers, name: str) -> bool:
    """Whether the first header of this name is above every Received, where no author can have written it."""
    return next(
        (key.lower() == name.lower() for key in found.names if key.lower() in ("received", name.lower())), False
    )


def of(raw: bytes) -> headers.Headers:
    """The headers of a mail; the limit on them is the reader's to refuse by."""
    found, _, _ = headers.parse(raw[: limits.HEADER_BYTES])
    return found


def _addresses(value: str) -> list[str]:
    return address.recipients_of(value)
