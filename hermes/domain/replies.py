"""A reply: a mail that Hermes sends. Every reply is a row of the outbox before it is a mail."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict


class ReplyKind(enum.StrEnum):
    """The kinds of reply."""

    SUCCEEDED = "succeeded"
    """Done, with changes."""
    NOTHING_CHANGED = "nothing_changed"
    """Done, and no file is different."""
    INTERRUPTED = "interrupted"
    """Stopped; the reply says by what, and where the work is."""
    INTERRUPT_UNCONFIRMED = "interrupt_unconfirmed"
    """Stopped from outside, because no answer to the interrupt came."""
    FAILED = "failed"
    """Ended with an error."""
    TIMED_OUT = "timed_out"
    """Stopped at its wall limit."""
    NEEDS_INPUT = "needs_input"
    """The agent asks something."""
    STILL_STARTING = "still_starting"
    """The container takes longer than usual."""
    STILL_WORKING = "still_working"
    """The command takes long; sent once."""
    ACKNOWLEDGED = "acknowledged"
    """The mail arrived, and its answer takes a while."""
    MERGED = "merged"
    """The text joined a command that had not started."""
    PAUSED = "paused"
    """Work is paused by an operator; the command begins when it goes on."""
    PUT_ASIDE = "put_aside"
    """A newer message in another thread comes first; the command goes on after it."""
    STATUS = "status"
    """What is being done now."""
    STOPPED_NOTHING = "stopped_nothing"
    """Asked to stop when nothing was running."""
    ANSWERED = "answered"
    """A question, answered; no file is different."""
    HELP = "help"
    """What can be written."""
    NOTHING_WAITS = "nothing_waits"
    """A yes or a no where nothing waits for one."""
    UNCLEAR = "unclear"
    """Asks what is meant."""
    POLICY_SET = "policy_set"
    """The thread has its own policy from now on, or no longer."""
    POLICY_NOWHERE = "policy_nowhere"
    """A policy was named for a thread that has not begun."""
    PUBLISHED = "published"
    """A change is live."""
    TAKEN_BACK = "taken_back"
    """A change is no longer live."""
    APPROVAL_ASKED = "approval_asked"
    """Asks an approver whether a change may go live."""
    APPROVAL_REMINDED = "approval_reminded"
    """Asks them once more."""
    APPROVAL_REQUESTED = "approval_requested"
    """An approver was asked, for whoever wants it to go live."""
    APPROVAL_WAITS = "approval_waits"
    """They were asked already."""
    APPROVAL_NOTED = "approval_noted"
    """One yes of several."""
    APPROVAL_DECLINED = "approval_declined"
    """An approver said no."""
    APPROVAL_REPLACED = "approval_replaced"
    """A yes to what has changed since."""
    APPROVAL_ENDED = "approval_ended"
    """Nobody said yes in time."""
    NOT_FINISHED = "not_finished"
    """What is to go live is not finished."""
    NOTHING_TO_PUBLISH = "nothing_to_publish"
    """There is nothing that could go live."""
    LIVE_ALREADY = "live_already"
    """It is live, or on its way."""
    NOT_AN_OWNER = "not_an_owner"
    NOT_FOR_READERS = "not_for_readers"
    """A reader asked for a change."""
    NOT_ADDRESSED = "not_addressed"
    HEADER_TWICE = "header_twice"
    NOT_SIGNED = "not_signed"
    NOT_RECENT = "not_recent"
    NO_TEXT = "no_text"
    ONLY_FILES = "only_files"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    HEADERS_TOO_LARGE = "headers_too_large"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_DEEP = "too_deep"
    TOO_MANY_RECIPIENTS = "too_many_recipients"
    TOO_MANY_ATTACHMENTS = "too_many_attachments"
    ATTACHMENT_NOT_ALLOWED = "attachment_not_allowed"
    UNREADABLE = "unreadable"
    BUSY = "busy"
    OPEN_LIMIT = "open_limit"
    RATE_LIMIT = "rate_limit"
    COST_LIMIT = "cost_limit"
    UNSURE = "unsure"

    @property
    def interim(self) -> bool:
        """Word of what goes on: the answer comes in a later mail."""
        return self in _INTERIM


_INTERIM = frozenset({"still_starting", "still_working", "acknowledged", "paused", "put_aside"})


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
    apart: tuple[str, ...] = ()
    """Keys of its pictures and attachments in S3, which are put in their place before it is sent."""
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
