"""The words that every language must define; each language is one module, and the type checker finds missing words.

Phrases are `str.format` templates; the names in braces are the same in all languages.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from hermes.domain.commands import CommandState, Policy
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.interrupts import InterruptReason, ResourceLimit


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
    """It takes long; said once."""
    STOPPED_NOTHING = "stopped_nothing"
    """Asked to stop when nothing was running."""
    STOPPING = "stopping"
    """Asked to stop; the running command answers for itself when it has."""
    STATUS = "status"
    """What is being done now."""
    QUEUED = "queued"
    """The command waits for its turn."""
    MERGED = "merged"
    """The text joined a command that had not started."""
    PUT_ASIDE = "put_aside"
    """A newer message in another thread comes first; the command goes on after it."""
    POLICY_SET = "policy_set"
    """The thread has a policy of its own from now on, or no longer."""
    POLICY_NOWHERE = "policy_nowhere"
    """A policy was named for a thread that has not begun."""
    NOT_AN_OWNER = "not_an_owner"
    NOT_ADDRESSED = "not_addressed"
    HEADER_TWICE = "header_twice"
    NOT_SIGNED = "not_signed"
    NOT_RECENT = "not_recent"
    NO_TEXT = "no_text"
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


#: Replies about a command that has not ended.
RUNNING_KINDS: Final = frozenset(
    {
        ReplyKind.STATUS,
        ReplyKind.QUEUED,
        ReplyKind.STILL_STARTING,
        ReplyKind.STILL_WORKING,
        ReplyKind.STOPPING,
        ReplyKind.MERGED,
        ReplyKind.PUT_ASIDE,
    }
)
#: Replies about a command that ended before it was done.
STOPPED_KINDS: Final = frozenset(
    {
        ReplyKind.INTERRUPTED,
        ReplyKind.INTERRUPT_UNCONFIRMED,
        ReplyKind.TIMED_OUT,
        ReplyKind.FAILED,
        ReplyKind.NEEDS_INPUT,
    }
)
#: Replies about a command that was carried out.
DONE_KINDS: Final = frozenset({ReplyKind.SUCCEEDED, ReplyKind.NOTHING_CHANGED})


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The fixed words of one kind of reply."""

    headline: str
    body: str = ""
    """What happened, below the headline."""
    then: str = ""
    """What the person may do next, as the last words."""


@dataclass(frozen=True, kw_only=True)
class Translation:
    """One language."""

    code: str
    frames: Mapping[ReplyKind, Headline]
    reasons: Mapping[InterruptReason, str]
    """Why a command was stopped, as a whole sentence."""
    limits: Mapping[ResourceLimit, str]
    """The same where it is known which limit was passed."""
    reasons_then: Mapping[InterruptReason, str]
    """What the person may do after it."""
    policies: Mapping[Policy, str]
    """What the policy does with mails, as a whole sentence; empty where the rest of the reply says it."""
    policies_kept: Mapping[Policy, str]
    """The same for a policy that somebody has just set: never empty."""
    policy_lasts: str
    policy_usual: str
    """The thread has no policy of its own any more."""
    states: Mapping[CommandState, str]
    quote: Callable[[str], str]
    """The text in the language's quotation marks."""
    duration: Callable[[float], str]
    """Seconds as a person says them."""
    cost: Callable[[float], str]
    """US dollars."""
    moment: Callable[[datetime.datetime], str]
    """A moment in UTC."""
    lines: str
    """`{added}` and `{removed}` lines."""

    asked: str
    """`{instruction}` is quoted already."""
    agent_says: str
    busy_with: str
    """`{older}`: what is still being worked on, quoted."""
    stopped_by: str
    """`{newer}`: the first line of the newer mail, quoted."""
    stopped_elsewhere: str
    """The newer mail is of another thread."""
    stopped_elsewhere_unnamed: str
    stopped_elsewhere_then: str
    first_elsewhere: str
    """`{newer}`, of another thread, comes first."""
    first_elsewhere_unnamed: str
    put_aside: str
    kept: str
    """`{where}`: the branch and commit that hold the work."""
    kept_unpushed: str
    on_branch_commit: str
    on_branch: str
    at_commit: str
    nothing_kept: str
    never_started: str
    superseded: str
    """`{older}`: what this command took the place of."""
    superseded_unnamed: str
    superseded_aside: str
    """`{older}` is of another thread, and goes on."""
    unpushed: str
    restarted_once: str
    restarted_often: str
    after_timeout: str
    error_unknown: str
    files_more: str
    waiting_none: str
    idle_then: str
    limit: str
    requests: Callable[[int], str]
    """So many requests, as the object of a sentence."""
    shares: Mapping[tuple[Measure, Whose], str]
    """A limit and whose it is, as a whole sentence: `{requests}` or `{cost}`."""
    share_free: str
    """`{moment}`: when there is room again."""

    label_files: str
    label_saved: str
    label_preview: str
    label_duration: str
    label_cost: str
    label_log: str
    label_state: str
    label_request: str
    label_for: str
    label_since: str
    label_step: str
    label_branch: str
    label_last_commit: str
    label_waiting: str
    label_changes: str
    footer: str
