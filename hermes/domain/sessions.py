"""A session: one thread's work on one project."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from hermes.domain.request import Policy


class Session(BaseModel):
    """A row of the sessions table; `session_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    session_id: str
    thread_id: str
    client: str
    project: str
    container_key: str
    owner: str
    """Who began it."""
    participants: tuple[str, ...]
    """Addresses, in lower case, that were addressed in its thread, one for each person (`hermes.domain.decisions.participation`)."""
    address: str
    """Our address in this thread; replies are sent from it."""
    subject: str = ""
    branch: str
    head: str | None = None
    """The newest command."""
    head_order: float = 0.0
    """The place of its mail in ingress order."""
    stop_order: float = 0.0
    """The place of the last `stop` in ingress order: a mail that was sent before it and is read after it never starts."""
    stop_author: str = ""
    """Who sent it."""
    seq: int = 0
    interrupt_upto: int = 0
    """The watermark: every command with a lower seq is to stop, or never to start."""
    agent_session_id: str | None = None
    policy: Policy | None = None
    """The policy that a mail set for later ones of the thread; None: the project's policy."""
    policy_order: float = 0.0
    """The place in ingress order of the mail that set it."""
    language: str = ""
    """The language of the last mail that told one."""
    offset: int | None = None
    """What the clock of the person is ahead of UTC, minutes, by the last mail that told."""
    approval: str | None = None
    """The last approval that was asked for (`hermes.domain.publishing.approvals`)."""
    asked: tuple[str, ...] = ()
    """Approvers who were asked in this thread; they may go on in it."""
    reacts: bool = False
    """A person's mail program in this thread has sent a reaction in Gmail's form, so it shows one too."""
    acknowledged_at: float | None = None
    """When somebody was last told that a mail of theirs arrived."""
    created_at: float
    updated_at: float
    expires_at: int | None = None
