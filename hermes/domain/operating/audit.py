"""What an operator did: one row for each action, which nothing changes or deletes before its time."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict


class Act(enum.StrEnum):
    """The actions of operators; the words are what `hermes audit` shows and filters by."""

    STOP = "stop"
    """Stop a command."""
    RETRY = "retry"
    """Run an ended command's request again."""
    RESEND = "resend"
    """Send a reply again."""
    TAKE_UP = "take-up"
    """Hand a stored mail to the gateways again."""
    REDRIVE = "redrive"
    """Send a dead letter or a parked report back to its queue."""
    DROP = "drop"
    """Delete a dead letter or a parked report."""
    PAUSE = "pause"
    """Let nothing start: of everything, a client, a project or a person."""
    RESUME = "resume"
    """End a pause."""
    DRAIN = "drain"
    """Let a worker or a gateway take nothing more and end."""
    BLOCK = "block"
    """Refuse the mail of an address or a domain, without an answer."""
    UNBLOCK = "unblock"
    """End a block."""
    FORGET = "forget"
    """Delete a person's mails, replies, attachments and transcripts."""
    EXPORT = "export"
    """Copy a person's mails, replies, attachments and transcripts out."""


class AuditRow(BaseModel):
    """A row of the audit table; `audit_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    audit_id: str
    month: str
    """`2026-11`, UTC: the partition of the index."""
    at: float
    """Epoch seconds."""
    who: str
    """The operator's name: of the sign-in, of the token, or of the account at the terminal."""
    what: Act
    subject: str
    """What it was done to: a command, reply, mail, message, worker, project or address."""
    project: str | None = None
    """`client/project` where it belongs to one: operators of other projects do not see the row."""
    reason: str = ""
    """The operator's words."""
    outcome: str = ""
    """What came of it."""
    expires_at: int | None = None
