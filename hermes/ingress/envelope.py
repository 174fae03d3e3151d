"""Reads the envelope recipients from headers of mail servers, for ways in without an envelope.

The author of a mail can forge such headers, but gains nothing: they may write to any of our addresses anyway, and the author, not the
recipient, decides what a mail may do.
"""

from __future__ import annotations

from collections.abc import Callable

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


def of(raw: bytes) -> headers.Headers:
    """The headers of a mail; the limit on them is the reader's to refuse by."""
    found, _, _ = headers.parse(raw[: limits.HEADER_BYTES])
    return found


def _addresses(value: str) -> list[str]:
    return address.recipients_of(value)
