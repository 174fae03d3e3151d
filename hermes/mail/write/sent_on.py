"""Composes the mail by which a mail to the postmaster reaches the operator: a few words, and the mail itself as a file. Pure."""

from __future__ import annotations

import email.message
import email.policy
import email.utils
from dataclasses import dataclass

from hermes import limits
from hermes.mail.parse import headers

_POLICY = email.policy.SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, kw_only=True)
class SentOn:
    """What is sent on to whom."""

    message_id: str
    date: float
    """Epoch seconds."""
    sender_name: str
    postmaster: str
    """The address that was written to."""
    recipient: str
    """The operator."""
    author: str
    """The author that the mail names; nobody has verified that."""
    subject: str
    beginning: bytes
    """The first bytes of the mail."""
    size: int
    """The bytes of the whole."""
    key: str
    """Where the whole is kept."""
    loop: str
    """The value of X-Hermes-Loop, by which Hermes knows its own mail."""


def compose(one: SentOn) -> bytes:
    """The mail; all bytes are ASCII."""
    made = email.message.EmailMessage(policy=_POLICY)
    subject = headers.clean(one.subject)[: limits.SUBJECT_CHARS]
    made["From"] = email.utils.formataddr((headers.clean(one.sender_name), one.postmaster))
    made["To"] = one.recipient
    made["Subject"] = f"Mail for {one.postmaster}: {subject}".strip(" :")
    made["Date"] = email.utils.formatdate(one.date)
    made["Message-ID"] = one.message_id if one.message_id.startswith("<") else f"<{one.message_id}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Hermes-Loop"] = one.loop
    cut = len(one.beginning) < one.size
    words = f"Its first {len(one.beginning)} bytes are attached" if cut else "It is attached"
    made.set_content(
        f"{headers.clean(one.author) or 'Somebody'} wrote to {one.postmaster} (nobody has verified the sender).\n"
        f"{words}; all of it is kept as {one.key}.\n"
    )
    made.add_attachment(one.beginning, maintype="application", subtype="octet-stream", filename="mail.eml")
    return made.as_bytes()
