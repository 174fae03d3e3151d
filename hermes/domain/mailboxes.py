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
    author: str = ""
    """The address in its From, which nobody has verified; empty where its header is not known."""
    subject: str = ""


class Rescan(BaseModel):
    """An operator's request to look at the mailbox anew: what was set aside is tried again at once, and old mail may be taken too."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rescan_id: str
    asked_at: float
    since: float | None = None
    """With `until`: unseen mail that the server received from here on is taken, however old it is; epoch seconds."""
    until: float | None = None
    done_at: float | None = None
    """When a gateway had looked at all of it."""
    again: int = 0
    """Mails that were set aside, and tried again."""
    old: int = 0
    """Old mails that were looked at."""

    def wants(self, arrived_at: float | None) -> bool:
        """Whether a mail of this INTERNALDATE is to be taken whatever its age."""
        if arrived_at is None or self.since is None or self.until is None:
            return False
        return self.since <= arrived_at < self.until


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
    rescan: Rescan | None = None
    """The last request of an operator."""
    rescan_id: str = ""
    """Its id, for conditions."""
    updated_at: float = 0.0
