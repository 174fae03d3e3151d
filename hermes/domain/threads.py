"""The aliases of a thread: every Message-ID by which a mail client may refer to it."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict

#: Takes the place of the session's id in the alias of a mail that belongs to no session.
NO_SESSION = ""


class AliasKind(enum.StrEnum):
    """Where an alias comes from."""

    INBOUND = "inbound"
    """The Message-ID of a mail we received."""
    REFERENCED = "referenced"
    """Named by the first mail of a session (the mail that it answers, which we may not have seen yet)."""
    OURS = "ours"
    """The Message-ID of one of our replies."""
    PROVIDER = "provider"
    """The id by which the mail provider replaced ours."""
    INDEX = "index"
    """Outlook's Thread-Index."""
    CONTENT = "content"
    """The hash of a mail's content: finds a copy under another Message-ID. It leads to no session."""
    SIGNATURE = "signature"
    """The hash of what a trusted signature signs: a mail with the same signature is a copy. It leads to no session."""


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
    """For CONTENT and SIGNATURE: the id of the mail."""
    named: bool = True
    """For CONTENT: the mail has a Message-ID of its author, so another mail with one is no copy of it."""
    expires_at: int | None = None
