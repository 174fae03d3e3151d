"""Whether a machine wrote a mail: bounces, auto-replies, lists, loops and feedback reports are never commands."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from hermes.mail import parse


class Kind(enum.StrEnum):
    """What kind of machine wrote it."""

    BOUNCE = "bounce"
    """A delivery report."""
    AUTO_REPLY = "auto-reply"
    """A vacation notice or another automatic answer."""
    LIST = "list"
    """Sent through a mailing list or in bulk."""
    LOOP = "loop"
    """Our own mail came back."""
    FEEDBACK = "feedback"
    """An abuse report (ARF)."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The kind, the rule that told, and for a bounce whom it is about."""

    kind: Kind
    reason: str
    failed_recipients: tuple[str, ...] = ()


LOOP_HEADER: Final = "X-Hermes-Loop"
_DAEMON: Final = re.compile(r"\b(?:mailer-?daemon|postmaster|mail delivery (?:sub)?system)\b", re.IGNORECASE)
_FAILED: Final = re.compile(
    r"^(?:Final|Original)-Recipient:\s{0,9}[^;\n]{0,40};\s{0,9}<?([^\s<>]{3,320})>?", re.I | re.M
)


def classify(parsed: parse.ParsedMail, *, envelope_sender: str | None) -> Machine | None:
    """The machine behind a mail, or None for a person's. An envelope sender of "" is a null return path, None is not known."""
    headers = parsed.headers
    if LOOP_HEADER in headers:
        return Machine(Kind.LOOP, f"it carries our {LOOP_HEADER} header")
    report = parsed.parameters.get("report-type", "").lower()
    types = {attachment.content_type for attachment in parsed.attachments}
    if report == "feedback-report" or "message/feedback-report" in types:
        return Machine(Kind.FEEDBACK, "it is an abuse report (RFC 5965)")
    if report == "delivery-status" or "message/delivery-status" in types:
        return Machine(Kind.BOUNCE, "it is a delivery report (RFC 3464)", _failed(parsed))
    if _DAEMON.search(headers.get("From")):
        return Machine(Kind.BOUNCE, "it is from a mail daemon", _failed(parsed))
    submitted = headers.get("Auto-Submitted").lower()
    if submitted and not submitted.startswith("no"):
        return Machine(Kind.AUTO_REPLY, f"Auto-Submitted: {submitted[:40]}")
    if headers.get("Precedence").lower() in ("auto_reply", "auto-reply"):
        return Machine(Kind.AUTO_REPLY, "its Precedence is auto_reply")
    for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Response-Suppress"):
        if name in headers and headers.get(name).lower() not in ("no", "none"):
            return Machine(Kind.AUTO_REPLY, f"it carries {name}")
    if envelope_sender == "":
        return Machine(Kind.BOUNCE, "its return path is null", _failed(parsed))
    for name in ("List-Id", "List-Unsubscribe", "List-Post"):
        if name in headers:
            return Machine(Kind.LIST, f"it carries {name}")
    if headers.get("Precedence").lower() in ("bulk", "list", "junk"):
        return Machine(Kind.LIST, f"its Precedence is {headers.get('Precedence').lower()}")
    return None


def _failed(parsed: parse.ParsedMail) -> tuple[str, ...]:
    found = [value for value in parsed.headers.all("X-Failed-Recipients") if "@" in value]
    for attachment in parsed.attachments:
        if attachment.content_type == "message/delivery-status":
            found.extend(
                match for match in _FAILED.findall(attachment.content.decode("utf-8", "replace")) if "@" in match
            )
    return tuple(dict.fromkeys(found))
