"""An approval: the question whether one commit may go live, and the answers to it. Pure.

It is bound to one commit: what changes later needs another approval. Every step is a function from the record to the next one, whose
`version` is one higher; the writes are conditional on the version that was read.
"""

from __future__ import annotations

import enum
from typing import Final

from pydantic import BaseModel, ConfigDict

from hermes import limits
from hermes.domain.commands import Origin

#: The words of an approver who says no, in the record and in the mail to whoever asked.
WORDS_CHARS: Final = 2000
#: The one partition of the index `due`: there are few approvals, and their timers have days.
SHARD: Final = "approvals"


class ApprovalState(enum.StrEnum):
    """How an approval stands."""

    WAITING = "waiting"
    """Approvers were asked, and not enough of them have said yes."""
    APPROVED = "approved"
    """Enough have said yes; the command that publishes it exists."""
    DECLINED = "declined"
    """An approver said no."""
    REPLACED = "replaced"
    """The work changed since, or is no longer asked to go live."""
    ENDED = "ended"
    """Nobody answered in time."""


class Consent(BaseModel):
    """One approver's yes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person: str
    """The name of the person (`hermes.domain.decisions.people`)."""
    address: str
    """The address that they wrote from."""
    name: str = ""
    mail_id: str
    at: float


class Approval(BaseModel):
    """A row of the approvals table; `approval_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    approval_id: str
    session_id: str
    project: str
    """`client/project`."""
    commit: str
    """The one commit that may go live; or the commit of the live branch that is to be taken back."""
    base: str | None = None
    """The commit of the live branch that the work was made on."""
    takes_back: bool = False
    """It asks whether `commit` may be taken back from the live branch."""
    command_id: str
    """The command that made `commit`."""
    title: str = ""
    """What it is about, in the words of whoever asked for the change."""
    requested: Origin
    """The mail that asked that it go live, in whose thread the answer goes."""
    person: str
    """Who asked."""
    order: float = 0.0
    """The place of that mail in ingress order."""
    asked: tuple[str, ...] = ()
    """The addresses of the approvers who were asked."""
    consents: tuple[Consent, ...] = ()
    """Each person once."""
    state: ApprovalState = ApprovalState.WAITING
    created_at: float
    ends_at: float
    reminded_at: float | None = None
    decided_by: str = ""
    """Who said no."""
    words: str = ""
    """What they wrote with it."""
    published_by: str | None = None
    """The command that publishes it."""
    due: float | None = None
    """Epoch seconds; None once nothing more waits for it."""
    due_shard: str | None = None
    version: int = 1
    token: str
    """Token of the last write: tells our own write, whose answer was lost, from another's."""
    expires_at: int | None = None

    @property
    def waits(self) -> bool:
        """Whether an answer still counts, as far as the record tells; `ends_at` is compared by whoever reads it."""
        return self.state is ApprovalState.WAITING


def asked(approval: Approval, *, remind_at: float) -> Approval:
    """A new approval, with its timer."""
    return approval.model_copy(update={"due": min(remind_at, approval.ends_at), "due_shard": SHARD})


def agreed(approval: Approval, consent: Consent, *, token: str) -> Approval:
    """One more yes; a second one of the same person changes nothing but its mail."""
    others = tuple(one for one in approval.consents if one.person != consent.person)
    return _next(approval, token, consents=(*others, consent))


def approved(approval: Approval, command_id: str, *, token: str, now: float) -> Approval:
    """Enough have said yes: this command publishes it."""
    return _over(approval, ApprovalState.APPROVED, token, now, published_by=command_id)


def declined(approval: Approval, by: str, words: str, *, token: str, now: float) -> Approval:
    """An approver said no."""
    return _over(approval, ApprovalState.DECLINED, token, now, decided_by=by, words=words[:WORDS_CHARS])


def replaced(approval: Approval, *, token: str, now: float) -> Approval:
    """What it asked about is no longer what would go live."""
    return _over(approval, ApprovalState.REPLACED, token, now)


def ended(approval: Approval, *, token: str, now: float) -> Approval:
    """Nobody answered in time."""
    return _over(approval, ApprovalState.ENDED, token, now)


def reminded(approval: Approval, *, token: str, now: float) -> Approval:
    """The approvers were reminded; what is due next is its end."""
    return _next(approval, token, reminded_at=now, due=approval.ends_at)


def _over(approval: Approval, state: ApprovalState, token: str, now: float, **more: object) -> Approval:
    kept = {"state": state, "due": None, "due_shard": None, "expires_at": int(now + limits.KEEP_SECONDS), **more}
    return _next(approval, token, **kept)


def _next(approval: Approval, token: str, **changes: object) -> Approval:
    return approval.model_copy(update={**changes, "token": token, "version": approval.version + 1})
