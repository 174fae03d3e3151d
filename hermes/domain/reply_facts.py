"""What a reply reports: one small model for each sort of reply, made where the facts are known and read by the templates.

The kind of a reply is a field of its facts, so that a kind cannot be given the facts of another. A fact that is not known leaves its
sentence out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from hermes.domain import wire
from hermes.domain.commands import Command, CommandState, WorkStep
from hermes.domain.decisions.shares import ShareLimit
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.replies import ReplyKind as ReplyKind
from hermes.domain.request import Policy
from hermes.errors import Fault

#: Characters of a commit's id that a person is shown.
COMMIT_CHARS: Final = 10


#: AWS's names of the operator's account, its roles, machines and requests.
_ACCOUNTS: Final = re.compile(
    r"\barn:aws[\w-]*:[^\s,;)\]}'\"]+"  # arn:aws:iam::123456789012:role/worker
    r"|(?<![\w.-])\d{12}(?![\w-])"  # an account
    r"|\bhttps?://[^\s/]*\.amazonaws\.com[^\s,;)'\"]*"
    r"|\b(?:AIDA|AROA|AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\b(?:Request ?ID|HostId|Extended Request ID): ?[\w+/=-]+",
    re.IGNORECASE,
)

DoneKind = Literal[
    ReplyKind.SUCCEEDED, ReplyKind.NOTHING_CHANGED, ReplyKind.ANSWERED, ReplyKind.PUBLISHED, ReplyKind.TAKEN_BACK
]
GoingLiveKind = Literal[
    ReplyKind.APPROVAL_ASKED,
    ReplyKind.APPROVAL_REMINDED,
    ReplyKind.APPROVAL_REQUESTED,
    ReplyKind.APPROVAL_WAITS,
    ReplyKind.APPROVAL_NOTED,
    ReplyKind.APPROVAL_DECLINED,
    ReplyKind.APPROVAL_REPLACED,
    ReplyKind.APPROVAL_ENDED,
    ReplyKind.NOT_FINISHED,
    ReplyKind.NOTHING_TO_PUBLISH,
    ReplyKind.LIVE_ALREADY,
]
StoppedKind = Literal[
    ReplyKind.INTERRUPTED,
    ReplyKind.INTERRUPT_UNCONFIRMED,
    ReplyKind.FAILED,
    ReplyKind.TIMED_OUT,
    ReplyKind.NEEDS_INPUT,
]
OpenKind = Literal[
    ReplyKind.STILL_STARTING,
    ReplyKind.STILL_WORKING,
    ReplyKind.ACKNOWLEDGED,
    ReplyKind.MERGED,
    ReplyKind.PUT_ASIDE,
    ReplyKind.PAUSED,
]
RefusalKind = Literal[
    ReplyKind.NOT_AN_OWNER,
    ReplyKind.NOT_FOR_READERS,
    ReplyKind.NOT_ADDRESSED,
    ReplyKind.HEADER_TWICE,
    ReplyKind.NOT_SIGNED,
    ReplyKind.NOT_RECENT,
    ReplyKind.NO_TEXT,
    ReplyKind.ONLY_FILES,
    ReplyKind.ENCRYPTED,
    ReplyKind.TOO_LARGE,
    ReplyKind.HEADERS_TOO_LARGE,
    ReplyKind.TOO_MANY_PARTS,
    ReplyKind.TOO_DEEP,
    ReplyKind.TOO_MANY_RECIPIENTS,
    ReplyKind.TOO_MANY_ATTACHMENTS,
    ReplyKind.ATTACHMENT_NOT_ALLOWED,
    ReplyKind.UNREADABLE,
    ReplyKind.BUSY,
    ReplyKind.OPEN_LIMIT,
    ReplyKind.RATE_LIMIT,
    ReplyKind.COST_LIMIT,
    ReplyKind.UNSURE,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWork:
    """Where the work of a command is; without a commit nothing was changed."""

    commit: str = ""
    branch: str = ""
    unpushed: bool = False
    """The commit could not be pushed yet."""
    never_started: bool = False

    @classmethod
    def of(cls, result: wire.ResultMessage) -> KeptWork:
        """The work that a final report names."""
        return cls(
            commit=(result.git_commit or "")[:COMMIT_CHARS],
            branch=result.branch or "",
            unpushed=bool(result.git_commit) and not result.pushed,
            never_started=result.never_started,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyNote:
    """Which policy applied to a mail, and what it changed for its thread."""

    applied: Policy | None = None
    kept: Policy | None = None
    """The thread has this policy from this mail on."""
    usual: bool = False
    """The thread has the project's policy again from this mail on."""

    @classmethod
    def of(cls, command: Command, *, applied: Policy | None = None) -> PolicyNote:
        """The policy of a command, or `applied` in its place, and what its mail changed."""
        kept = command.policy if command.policy_kept else None
        return cls(applied=applied or command.policy, kept=kept, usual=command.policy_usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """A command that was stopped for another; `work` is None where it is not known."""

    instruction: str = ""
    work: KeptWork | None = None
    aside: bool = False
    """The command belongs to another thread and goes on after this one."""
    whose: str = ""
    """Who asked for it, if not the person who is told or if others are told too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """The command that a reply is about."""

    instruction: str = ""
    whose: str = ""
    """Who asked for it, where others are told too."""
    policy: PolicyNote = PolicyNote()
    superseded: tuple[Superseded, ...] = ()
    restarts: int = 0
    put_aside: bool = False
    """The command waited for one of another thread."""
    attachments: tuple[str, ...] = ()
    """The names of what came with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a command was stopped."""

    reason: InterruptReason
    newer: str = ""
    """First line of the newer mail."""
    elsewhere: bool = False
    """The newer mail belongs to another thread."""
    limit: ResourceLimit | None = None
    """Which limit was passed, where the reason is a limit."""
    who: str = ""
    """Who stopped it, if not the person who is told or if others are told too."""
    by_person: bool = False
    """It is known that a mail stopped it, which is the author's where `who` is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file that a reply carries: a picture of a page, or the change line by line."""

    key: str
    """In S3; it names the content."""
    data: bytes
    picture: wire.Picture | None = None
    """What is seen on it; None of a diff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the worker reported of a command that ended."""

    summary: str = ""
    """The agent's words."""
    files_changed: tuple[str, ...] = ()
    diffstat: str = ""
    preview_url: str = ""
    duration: float | None = None
    """Seconds."""
    cost: float | None = None
    """US dollars."""
    error: str = ""
    """Technical words."""
    hint: str = ""
    """What to do about it, and remarks of the worker, one in each line; technical too."""
    fault: Fault | None = None
    """What it failed of; None is read as internal where it failed."""
    beside: bool = False
    """The work is on a branch beside that of its thread, because somebody else changed the same places."""
    brought_together: bool = False
    """The live branch had changed in the same places, and the agent put both changes together first."""
    left_out: tuple[str, ...] = ()
    """Files that were not taken over."""
    failed_checks: tuple[wire.FailedCheck, ...] = ()
    """The project's checks that the work does not pass."""
    denied: tuple[str, ...] = ()  # what its agent wanted to do, and may not
    blocked: tuple[str, ...] = ()
    """Hosts that the work wanted to reach, which the project does not allow."""
    files: tuple[ShownFile, ...] = ()
    """Pictures before and after, and the diff."""
    text_changes: tuple[wire.TextChange, ...] = ()
    """What reads differently on the pages."""
    undone: str = ""
    """The name of the request that an undo took back."""
    question: str = ""
    """What the agent asks."""
    log_url: str = ""

    @classmethod
    def of(
        cls,
        result: wire.ResultMessage,
        *,
        branch: str = "",
        preview_url: str = "",
        log_url: str = "",
        files: tuple[ShownFile, ...] = (),
    ) -> Report:
        """What a final report says beside where the work is. `branch` is that of the thread; `preview_url` is where an earlier result is
        shown; `files` are those that it names.
        """
        return cls(
            summary=result.summary,
            files_changed=result.files_changed,
            diffstat=result.diffstat,
            preview_url=result.preview_url or preview_url,
            duration=result.duration_seconds,
            cost=result.cost_usd,
            error=_without_accounts(result.error or ""),
            hint=_without_accounts(result.hint),
            fault=result.fault,
            beside=result.pushed and bool(branch) and result.branch not in (None, branch),
            brought_together=result.brought_together,
            left_out=result.left_out,
            failed_checks=result.failed_checks,
            denied=result.denied,
            blocked=result.blocked,
            files=files,
            text_changes=result.text_changes,
            undone=result.undone,
            question=result.needs_input or "",
            log_url=log_url,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A command was carried out."""

    kind: DoneKind
    request: RequestFacts = RequestFacts()
    work: KeptWork = KeptWork()
    report: Report = Report()
    title: str = ""
    """Of what went live, or back: the first line of the request for it."""
    can_go_live: bool = False
    """A word is enough to have it published, or to have somebody asked whether it may be."""
    asked_before: bool = False
    """An earlier version waits for a yes, which no longer counts."""
    approved_by: tuple[str, ...] = ()
    """Of what went live, or back: the names of whoever said yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingLive:
    """Whether something may go live: the question, and the answers to words about it."""

    kind: GoingLiveKind
    title: str = ""
    """What it is about: the first line of the request for the change."""
    whose: str = ""
    """Who asked that it go live."""
    approvers: tuple[str, ...] = ()
    """Whose yes is waited for."""
    by: str = ""
    """Who said no."""
    words: str = ""
    """What they, or whoever asked, wrote with it."""
    takes_back: bool = False
    """It is to be taken back."""
    report: Report = Report()
    """Where the change can be seen, and which files it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A command ended before it was done."""

    kind: StoppedKind
    request: RequestFacts = RequestFacts()
    work: KeptWork = KeptWork()
    report: Report = Report()
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A command has not ended."""

    kind: OpenKind
    request: RequestFacts = RequestFacts()
    work: KeptWork = KeptWork()
    newer: str = ""
    """First line of the mail that comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A command of this person's that runs or waits in another thread."""

    instruction: str
    """Its first line."""
    state: CommandState
    step: WorkStep | None = None
    """Where a running one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The answer to `status`; `state` is None for a session without commands."""

    kind: Literal[ReplyKind.STATUS] = ReplyKind.STATUS
    state: CommandState | None = None
    step: WorkStep | None = None
    """Where a running command is."""
    instruction: str = ""
    whose: str = ""
    """Who asked for it, if not the person who is told."""
    since: float | None = None
    """Epoch seconds."""
    branch: str = ""
    last_commit: str = ""
    waiting: tuple[str, ...] = ()
    """First lines of the commands that wait."""
    waiting_whose: tuple[str, ...] = ()
    """Who asked for each of them, if not the person who is told; may be shorter."""
    waits_elsewhere: bool = False
    """A command of another thread comes first."""
    elsewhere: tuple[Elsewhere, ...] = ()
    thread_policy: Policy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """The answer to a mail that sets the policy of its thread."""

    kind: Literal[ReplyKind.POLICY_SET] = ReplyKind.POLICY_SET
    policy: PolicyNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The answer to a mail that changes nothing."""

    kind: Literal[
        ReplyKind.STOPPED_NOTHING, ReplyKind.POLICY_NOWHERE, ReplyKind.HELP, ReplyKind.NOTHING_WAITS, ReplyKind.UNCLEAR
    ]
    understood: str = ""
    """What was read of the mail."""
    elsewhere: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMail:
    """The answer to a mail that is refused."""

    kind: RefusalKind
    attachment: str = ""
    """The name of the attachment that is not taken."""
    attachments: tuple[str, ...] = ()
    """The names of all that came with it."""
    open_instruction: str = ""
    """First line of the command that is still open."""
    share: ShareLimit | None = None
    """The limit that is used up."""


ReplyFacts = Done | Stopped | Open | Status | PolicySet | Nothing | RefusedMail | GoingLive


def _without_accounts(text: str) -> str:
    """The words of an error as a client may read them: an ellipsis replaces each name that only the operator knows."""
    return _ACCOUNTS.sub("…", text)
