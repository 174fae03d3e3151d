"""A reply: a mail that Hermes sends. Every reply is a row of the outbox before it is a mail."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict


class ReplyState(enum.StrEnum):
    """The state of a reply."""

    PENDING = "pending"
    """It is sent at `due`, or is being sent by the holder of the lease that ends at `due`."""
    SENT = "sent"
    """The mail server has accepted it."""
    FAILED = "failed"
    """The mail server refused it, deferred it for too long, never said whether it has it, or the rate limit dropped it."""
    BOUNCED = "bounced"
    """It was accepted and bounced: the person does not have it."""


class Reply(BaseModel):
    """A row of the outbox; `reply_id` (`command_id#kind` or `mail_id#kind`) is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    reply_id: str
    kind: str
    session_id: str | None = None
    scope: str | None = None
    """`client/project`: aliases of its Message-IDs are kept under it."""
    command_id: str | None = None
    mail_id: str | None = None
    message_id: str
    sender: str
    """Envelope sender; empty where no bounce is wanted."""
    recipient: str
    copies: tuple[str, ...] = ()
    """Who else gets this mail, named in Cc: each by another row with the same bytes, which is tried, refused and bounces alone."""
    copy_of: str | None = None
    """The row of the author, if this is a copy's."""
    raw: bytes
    """The composed mail, whose parts are bounded far below DynamoDB's 400 KB; every try sends the same bytes."""
    state: ReplyState = ReplyState.PENDING
    attempts: int = 0
    unanswered: int = 0
    """Number of times that a server had the mail, or may have had it, and did not confirm it."""
    trying_since: float | None = None
    """Epoch seconds of the first failed try; a resend resets it."""
    provider_id: str | None = None
    error: str = ""
    created_at: float
    sent_at: float | None = None
    due: float | None = None
    lease_token: str | None = None
    """Token of the attempt that took the lease: tells our own, whose answer was lost, from another replica's."""
    begun: bool = False
    """The holder of the lease is sending it and no longer waits for its turn."""
    due_shard: str | None = None
    expires_at: int | None = None

    @property
    def in_hand(self) -> bool:
        """Whether a replica has its lease, until `due`."""
        return self.state is ReplyState.PENDING and (self.lease_token is not None or not self.error)

    @property
    def uncertain(self) -> bool:
        """Once `due` is past: whether its holder may have sent it before it died. The first lease is that of the row's writer."""
        return self.begun or (self.in_hand and self.attempts == 0)
