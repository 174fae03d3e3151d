"""The recorded outcome of each inbound mail, which operators can list."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict


class Outcome(enum.StrEnum):
    """The outcome of a mail; each acknowledged mail has exactly one, and is never `waiting`."""

    COMMAND = "command"
    """It became a command."""
    CONTROL = "control"
    """It was `stop` or `status`."""
    REFUSED = "refused"
    """It is not carried out; `reason` says why."""
    IGNORED = "ignored"
    """A machine wrote it, or it is a second copy."""
    FAILED = "failed"
    """Hermes could not handle it; the raw mail is kept."""
    WAITING = "waiting"
    """It is still in an IMAP mailbox: no record has this outcome, only the list of mails (`hermes.domain.mailboxes`)."""


class MailRecord(BaseModel):
    """A row of the mails table; `mail_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    mail_id: str
    message_id: str | None = None
    key: str
    """S3 key of the raw mail."""
    bucket: str | None = None
    content: str = ""
    """The id of its content: tells another mail under the same Message-ID, and the same mail under another."""
    recipient: str
    author: str | None = None
    author_name: str = ""
    """The name that an owner writes under; empty in records of versions before it."""
    subject: str = ""
    ingress: str
    outcome: Outcome
    reason: str = ""
    session_id: str | None = None
    command_id: str | None = None
    reply_id: str | None = None
    trace: tuple[str, ...] = ()
    """Why it belongs to this session: each key that was tried, and what it gave."""
    token: str
    """Token of the attempt that wrote the record: tells our own write, whose answer was lost, from a duplicate."""
    received_at: float
    recorded_at: float
    expires_at: int | None = None
