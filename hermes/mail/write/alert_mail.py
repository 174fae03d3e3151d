"""Composes the mail that tells the operator of trouble. Pure."""

from __future__ import annotations

import email.message
import email.policy
import email.utils
from dataclasses import dataclass

from hermes import limits
from hermes.mail.parse import headers

_POLICY = email.policy.SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, kw_only=True)
class AlertMail:
    """What is told to whom."""

    message_id: str
    date: float
    """Epoch seconds."""
    sender_name: str
    sender: str
    recipient: str
    subject: str
    text: str
    loop: str
    """The value of X-Hermes-Loop, by which Hermes knows its own mail."""


def compose(one: AlertMail) -> bytes:
    """The mail; all bytes are ASCII."""
    made = email.message.EmailMessage(policy=_POLICY)
    made["From"] = email.utils.formataddr((headers.clean(one.sender_name), one.sender))
    made["To"] = one.recipient
    made["Subject"] = headers.clean(one.subject)[: limits.SUBJECT_CHARS]
    made["Date"] = email.utils.formatdate(one.date)
    made["Message-ID"] = one.message_id if one.message_id.startswith("<") else f"<{one.message_id}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Hermes-Loop"] = one.loop
    made.set_content(one.text)
    return made.as_bytes()
