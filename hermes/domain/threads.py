"""The aliases of a thread: every Message-ID by which a mail client may refer to it."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict

#: In place of a session's id, in what is noted of a mail that belongs to none.
NO_SESSION = ""


class AliasKind(enum.StrEnum):
    """Where an alias comes from."""

    INBOUND = "inbound"
    """The Message-ID of a mail we received."""
    REFERENCED = "referenced"
    """Named by the first mail of a session (the mail that it answers, which we may not have seen yet)."""
    OURS = "ours"
    """The Message-ID of a reply of ours."""
    PROVIDER = "provider"
    """The id that the mail provider put in place of ours."""
    INDEX = "index"
    """Outlook's Thread-Index."""
    CONTENT = "content"
    """What a mail says, as a hash: the same mail under another Message-ID is known by it. It leads to no session."""
    SIGNATURE = "signature"
    """What a signature that vouched for a mail signs: a mail that bears it is a copy, whatever else it says. It leads to no session."""


class Alias(BaseModel):
    """A row of the threads table; `message_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    message_id: str
    session_id: str
    kind: AliasKind
    reply_id: str | None = None
    """The reply that has this Message-ID, if it is one of ours."""
    mail_id: str | None = None
    """The mail that says this, of CONTENT; that bears it, of SIGNATURE."""
    named: bool = True
    """Of CONTENT: that mail has a Message-ID from its writer, so that another mail with one is no copy of it."""
    expires_at: int | None = None
