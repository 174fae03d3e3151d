"""What Hermes remembers of an IMAP mailbox: since when it reads it, and which of its mails are not through, each with its reason."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict


class Waiting(enum.StrEnum):
    """What becomes of a mail in the mailbox that Hermes has not taken."""

    RETRY = "retry"
    """The server did not give it, or not whole; it is tried again at `next_at`."""
    ASIDE = "aside"
    """The same, three times or more: it is tried again after hours."""
    TOO_LARGE = "too_large"
    """It is larger than any mail that Hermes takes: final."""
    TOO_OLD = "too_old"
    """It came longer ago than `imap_ingress.max_age_days`: final."""


class WaitingMail(BaseModel):
    """One mail that is not through."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    uid: int
    state: Waiting
    reason: str
    tries: int = 0
    first_at: float
    """When Hermes saw it first, epoch seconds."""
    next_at: float | None = None
    """When it is tried again, epoch seconds."""
    arrived_at: float | None = None
    """The server's INTERNALDATE."""
    size: int | None = None
    """As the server gives it, bytes."""


class MailboxRecord(BaseModel):
    """A row of the queues table; `container_key` is its key, which no container has."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    container_key: str
    since: float
    """The first start, epoch seconds: older mail is the mailbox's past."""
    uidvalidity: str = ""
    """The numbering of mails that `waiting` refers to."""
    waiting: tuple[WaitingMail, ...] = ()
    """At most `WAITING_MAILS`, the newest first."""
    uncounted: int = 0
    """Further mails that wait."""
    fruitless: tuple[float, ...] = ()
    """Logins of the last hour that did not open the mailbox, of all gateways and restarts, epoch seconds."""
    updated_at: float = 0.0
