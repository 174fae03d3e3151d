"""Writes the mails that a developer wants to try: of a person, a stranger, a forger, an absence program, a thumb."""

from __future__ import annotations

import dataclasses
import email.message
import email.policy
import email.utils
import enum
import json
from collections.abc import Sequence
from typing import Final

from hermes import errors, ids

#: Nobody's address: no project has it among its owners.
STRANGER: Final = "Sam Stranger <sam@elsewhere.test>"


class Manner(enum.StrEnum):
    """How a mail is written and delivered."""

    PERSON = "person"
    """As the person who is named, and their mail server vouches for them."""
    STRANGER = "stranger"
    """As somebody whom no project knows."""
    FORGED = "forged"
    """In the person's name, and nobody vouches for it."""
    ABSENT = "absent"
    """As the person's absence program (RFC 3834)."""
    THUMB = "thumb"
    """As the person's 👍 of Gmail: a reaction, not a request."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a form."""

    name: str
    content_type: str
    data: bytes


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MailDraft:
    """What somebody fills in."""

    sender: str
    """`anna@people.test` or `Anna <anna@people.test>`."""
    to: str
    subject: str
    text: str
    html: str = ""
    manner: Manner = Manner.PERSON
    answers: str | None = None
    """The Message-ID that it answers."""
    references: Sequence[str] = ()
    attachments: Sequence[Upload] = ()


def write(draft: MailDraft) -> bytes:
    """The mail. Raises `errors.ConfigError` for a sender or recipient that is none."""
    sender = STRANGER if draft.manner is Manner.STRANGER else draft.sender.strip()
    address = email.utils.parseaddr(sender)[1]
    if "@" not in address or "@" not in draft.to:
        raise errors.ConfigError(
            f"{sender or 'nobody'!r} is no address; write anna@people.test or Anna <anna@people.test>"
        )
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    try:
        message["Message-ID"] = f"<{ids.new_id()}@{address.rpartition('@')[2]}>"
        message["Date"] = email.utils.localtime()
        message["From"] = sender
        message["To"] = draft.to
        message["Subject"] = " ".join(_subject(draft).split())
        if draft.answers:
            message["In-Reply-To"] = draft.answers
            message["References"] = " ".join([*draft.references, draft.answers])
    except (ValueError, IndexError) as error:
        raise errors.ConfigError(f"no mail can be written of this: {error}") from error
    if draft.manner is Manner.ABSENT:
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_text(draft))
    if draft.manner is Manner.THUMB:
        reaction = json.dumps({"emoji": "👍", "version": 1}).encode()
        message.add_alternative(reaction, maintype="text", subtype="vnd.google.email-reaction+json")
    if draft.html.strip():
        message.add_alternative(draft.html, subtype="html")
    for file in draft.attachments:
        main, _, sub = file.content_type.partition("/")
        if main in {"multipart", "message"} or not sub:
            main, sub = "application", "octet-stream"
        message.add_attachment(file.data, maintype=main, subtype=sub, filename=file.name)
    return message.as_bytes()


def _subject(draft: MailDraft) -> str:
    if draft.manner is Manner.ABSENT:
        return f"Automatic reply: {draft.subject}"
    return draft.subject


def _text(draft: MailDraft) -> str:
    match draft.manner:
        case Manner.ABSENT:
            return draft.text or "I am out of the office until Monday, and read mail then.\n"
        case Manner.THUMB:
            return draft.text or "👍\n"
        case Manner.PERSON | Manner.STRANGER | Manner.FORGED:
            return draft.text if draft.text.endswith("\n") else draft.text + "\n"
