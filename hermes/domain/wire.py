"""The JSON messages between gateway and worker: camelCase, versioned by `v`; unknown fields are ignored so that versions may meet.

`CommandMessage` goes to the input queue, `InterruptMessage` to the interrupts queue, and `Started`, `Progress` and `ResultMessage`
come back over the output queue.
"""

from __future__ import annotations

import enum
import json
import math
import re
from typing import Annotated, Final, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, computed_field
from pydantic.alias_generators import to_camel

from hermes import errors
from hermes.domain import escape
from hermes.domain.interrupts import InterruptReason, Reason
from hermes.domain.request import CommandType, Policy

#: What SQS refuses and JSON encoders let through: lone surrogates, U+FFFE and U+FFFF, and controls other than tab, LF and CR.
_REFUSED_BY_SQS = re.compile("[\ud800-\udfff\ufffe\uffff\x00-\x08\x0b\x0c\x0e-\x1f]")
#: The attempt of a result from a plain container, which has no attempts.
CURRENT_ATTEMPT: Final = 0
_Read = TypeVar("_Read", bound="_Message")


class _Message(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")
    v: Literal[1] = 1

    def encode(self) -> str:
        """The message as JSON that SQS accepts, also with lone surrogates, on which `model_dump_json` raises."""
        found = escape.deep(self.model_dump(mode="json", by_alias=True))
        return scrub(json.dumps(found, ensure_ascii=False, separators=(",", ":")))


class CommandLimits(_Message):
    """What one command may use."""

    wall_seconds: float = 1800
    cost_usd: float | None = None
    output_bytes: int = 64 * 1024 * 1024
    memory_bytes: int | None = None


class AttachmentRef(_Message):
    """A file that came with the mail: where it lies in S3 and what it is called in the workspace."""

    key: str
    name: str
    content_type: str = "application/octet-stream"
    size: int = 0


class Previous(_Message):
    """What the agent is told of the command before this one, which was stopped or asked something."""

    command_id: str
    instruction: str = ""
    reason: Reason | None = None
    commit: str | None = None
    """The commit that holds its partial work, if any."""
    branch: str | None = None
    """The branch to which that commit was pushed; None: not yet pushed."""
    question: str = ""
    """What it asked the person, who answers now; then it was not stopped, it waits."""


class CoAuthor(_Message):
    """Somebody else whose request a command does too."""

    name: str = ""
    email: str


class LiveBranch(_Message):
    """The branch that a project's people see."""

    branch: str | None = None
    """None: the repository's default branch."""
    fresh: bool = True
    """A command that changes something begins with its newest commit."""
    keep_seconds: float = 0.0
    """Branches of threads are deleted this long after their work went live; 0: never."""


class Publishing(_Message):
    """What a command brings to the live branch: an approved commit, or the reverse of one that is there."""

    approval_id: str
    commit: str
    base: str | None = None
    """The commit of the live branch that it was made on."""
    takes_back: bool = False
    of_command: str
    """The command that made the commit."""
    title: str = ""
    approved_by: tuple[CoAuthor, ...] = ()
    url: str = ""
    """Where the live pages are seen."""
    prefix: str | None = None
    """Where the built pages are put."""


class CommandContext(_Message):
    """What surrounds the instruction."""

    branch: str
    policy: Policy = Policy.INTERRUPT
    attachments: tuple[AttachmentRef, ...] = ()
    limits: CommandLimits = CommandLimits()
    author_name: str = ""
    author_email: str = ""
    co_authors: tuple[CoAuthor, ...] = ()
    subject: str = ""
    title: str = ""
    """The first line of the request, without greeting: what a commit is named by."""
    quoted: str = ""
    """Quoted text of the mail: data for the agent, never an instruction."""
    material: str = ""
    """Text that the person forwarded for this request: their own material, and data all the same."""
    agent_session_id: str | None = None
    previous: Previous | None = None
    live: LiveBranch | None = None
    """None where nothing goes live by Hermes."""
    publishing: Publishing | None = None
    """Of a command that publishes."""


class CommandMessage(_Message):
    """One command for a worker."""

    command_id: str
    session_id: str
    seq: int
    attempt: int
    type: CommandType
    instruction: str
    chat_thread_id: str
    context: CommandContext
    nonce: str | None = None
    """Every report repeats it; no agent is shown it. None from an earlier version."""
    traceparent: str | None = None
    """W3C Trace Context."""


class InterruptMessage(_Message):
    """Level-triggered: stop everything of this session with `seq < below_seq` (and what `attempt` says)."""

    type: Literal["interrupt"] = "interrupt"
    priority: Literal["high"] = "high"
    session_id: str
    below_seq: int
    reason: Reason
    interrupted_by: str | None = None
    message: str = ""
    timestamp: str
    """RFC 3339, UTC."""
    attempt: int | None = None
    """Stops the command right below `below_seq` only up to this attempt, since it runs again. None: every attempt."""
    traceparent: str | None = None
    """Of the mail whose command is to stop."""

    @property
    def height(self) -> tuple[int, float]:
        """A higher one includes all lower ones."""
        return self.below_seq, math.inf if self.attempt is None else self.attempt

    def covers(self, seq: int, attempt: int) -> bool:
        """Whether this attempt of this command of the session is to stop."""
        return (seq + 1, attempt) <= self.height


class ClaimMessage(_Message):
    """On the queue of claims: a worker is wanted for this generation of a key. What it starts with is in the container's record."""

    container_key: str
    gen: int


class Started(_Message):
    """The worker has claimed the command and begins."""

    command_id: str
    attempt: int
    kind: Literal["started"] = "started"
    nonce: str | None = None
    traceparent: str | None = None


def _known_fault(fault: object) -> object:
    return errors.Fault.INTERNAL if isinstance(fault, str) and fault not in set(errors.Fault) else fault


Fault = Annotated[errors.Fault, BeforeValidator(_known_fault)]
"""A fault in a message or a record; one that only a newer version knows is read as INTERNAL."""


class Progress(_Message):
    """A progress message."""

    command_id: str
    attempt: int
    kind: Literal["progress"] = "progress"
    nonce: str | None = None
    step: str
    message: str = ""
    percent: int | None = None
    traceparent: str | None = None


class PictureView(enum.StrEnum):
    """On what a page is shown."""

    DESKTOP = "desktop"
    PHONE = "phone"


class Picture(_Message):
    """A picture of a page, in S3."""

    key: str
    page: str
    """The address of the page on its site: `/about/`."""
    title: str = ""
    """The title of the page."""
    view: PictureView
    after: bool
    """With the change; else without it."""
    width: int
    height: int
    says: str = ""
    """The changed text that can be seen."""


class TextChange(_Message):
    """Words of a page that are different; one of the two is empty where words are new or gone."""

    before: str = ""
    after: str = ""


class FailedCheck(_Message):
    """A check of the project that does not pass with the work."""

    name: str
    lines: tuple[str, ...] = ()
    """What it says, in the lines that matter."""


class ResultMessage(_Message):
    """The one final report of an attempt, made of git facts (never of what the agent claims)."""

    command_id: str
    attempt: int
    """`CURRENT_ATTEMPT`: the one that runs."""
    kind: Literal["result"] = "result"
    nonce: str | None = None
    success: bool
    summary: str = ""
    """What the agent says that it did; shown as its words."""
    files_changed: tuple[str, ...] = ()
    diffstat: str = ""
    git_commit: str | None = None
    """Full sha of the branch's head made by this command; None when nothing changed."""
    branch: str | None = None
    """Where the work was pushed: the session's branch or a side branch."""
    pushed: bool = False
    """Verified with ls-remote."""
    live_base: str | None = None
    """The commit of the live branch that the work was made on."""
    brought_together: bool = False
    """That branch had changed in the same places as the thread's, and the agent put both changes together first."""
    preview_url: str | None = None
    cost_usd: float | None = None
    duration_seconds: float = 0.0
    interrupted: bool = False
    interrupt_reason: Reason | None = None
    interrupted_by: str | None = None
    never_started: bool = False
    """Interrupted before the agent began."""
    timed_out: bool = False
    needs_input: str | None = None
    """A question of the agent's; the command ends in `needs_input`."""
    error: str | None = None  # what went wrong, in technical words
    hint: str = ""
    """What to do about it, and remarks, one in each line."""
    fault: Fault | None = None
    """What it failed of; None of a success, and from earlier versions."""
    left_out: tuple[str, ...] = ()
    """Files that were not committed."""
    failed_checks: tuple[FailedCheck, ...] = ()
    denied: tuple[str, ...] = ()  # what its agent wanted to do, and may not by the project's settings
    blocked: tuple[str, ...] = ()  # hosts that its programs wanted to reach, which the project does not allow
    """Of the commit in `git_commit`: while there is one, it may not be published unless the project allows it."""
    pictures: tuple[Picture, ...] = ()
    """Of pages before and after, pair by pair."""
    text_changes: tuple[TextChange, ...] = ()
    """What reads differently on the pages."""
    diff_key: str | None = None
    """The change line by line, in S3."""
    undone: str = ""
    """What an undo took back, by the name of its request."""
    agent_session_id: str | None = None
    log_key: str | None = None
    retryable: bool = False
    """Cut short by shutdown or loss: may be run again as the next attempt."""
    traceparent: str | None = None
    """Of the command: links the message on the queue to its mail."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def status(self) -> Literal["PREEMPTED"] | None:
        """Beside `interrupted`, for whoever reads results without knowing reasons: it gave way to a newer message."""
        return "PREEMPTED" if self.interrupted and self.interrupt_reason == InterruptReason.PRIORITY_OVERRIDE else None


Output = Started | Progress | ResultMessage
_OUTPUT: TypeAdapter[Output] = TypeAdapter(Annotated[Output, Field(discriminator="kind")])


def scrub(text: str) -> str:
    """Replace what SQS refuses with U+FFFD; JSON escapes (`\\u0000`) are left, they are plain characters."""
    return _REFUSED_BY_SQS.sub("\ufffd", text)


def _unreadable(what: str, error: ValidationError) -> errors.Unreadable:
    first = error.errors(include_url=False, include_input=False)[0]
    return errors.Unreadable(f"{what} cannot be read: {'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}")


def read_command(body: str) -> CommandMessage:
    """A body from an input queue. Raises `errors.Unreadable`."""
    return _read(CommandMessage, "command message", body)


def read_interrupt(body: str) -> InterruptMessage:
    """A body from an interrupts queue. Raises `errors.Unreadable`."""
    return _read(InterruptMessage, "interrupt message", body)


def read_claim(body: str) -> ClaimMessage:
    """A body from the queue of claims. Raises `errors.Unreadable`."""
    return _read(ClaimMessage, "claim", body)


def _read(model: type[_Read], what: str, body: str) -> _Read:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _unreadable(what, error) from error


def read_output(body: str) -> Output:
    """A body from an output queue; one without `kind` and `attempt` is a plain container's result. Raises `errors.Unreadable`."""
    try:
        return _OUTPUT.validate_json(body)
    except ValidationError as error:
        plain = _document(body)
        if "kind" in plain or "attempt" in plain or "success" not in plain:
            raise _unreadable("output message", error) from error
    return _read(ResultMessage, "output message", json.dumps({**plain, "attempt": CURRENT_ATTEMPT}))


class Named(NamedTuple):
    """What a message is about, as far as it can be read."""

    command_id: str
    attempt: int
    nonce: str | None


def result_named_in(body: str) -> Named | None:
    """What an unreadable final report is about; None where it names no command, or is no final report."""
    found = _document(body)
    return _named(found) if found.get("kind") == "result" else None


def command_named_in(body: str) -> Named | None:
    """What a command message is about, readable or not; None where it names no command, or is something else."""
    found = _document(body)
    return _named(found) if "kind" not in found else None


def _document(body: str) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _named(found: dict[str, object]) -> Named | None:
    command_id, attempt, nonce = found.get("commandId"), found.get("attempt"), found.get("nonce")
    if not isinstance(command_id, str) or not command_id or type(attempt) is not int:
        return None
    return Named(command_id, attempt, nonce if isinstance(nonce, str) else None)
