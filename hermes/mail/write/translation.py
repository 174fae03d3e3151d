"""The words that every language must define; each language is one module, and the type checker finds missing words.

Phrases are `str.format` templates; the names in braces are the same in all languages.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hermes.domain.commands import CommandState, WorkStep
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.reply_facts import ReplyKind
from hermes.domain.request import Policy
from hermes.errors import Fault
from hermes.mail.write.shown.words import ShownWords


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The fixed words of one kind of reply."""

    headline: str
    body: str = ""
    """What happened, below the headline."""
    then: str = ""
    """What the person may do next, as the last words."""


@dataclass(frozen=True, kw_only=True)
class FailureWords:
    """Why a command failed, and what the person may do."""

    body: str
    then: str


@dataclass(frozen=True, kw_only=True)
class LiveWords:
    """What is said about going live."""

    wanted: str
    """`{name}` asks that it go live."""
    wanted_back: str
    """`{name}` asks that it be taken back."""
    waits_for: str
    """`{names}`: whose yes is waited for."""
    declined_by: str
    """`{name}` said no."""
    says: str
    """Before somebody's words."""
    can_go_live: str
    """What brings a change to the live pages, or to whoever decides."""
    needs_again: str
    """A yes that an earlier version waits for does not count for this one."""
    brought_together: str
    """The live pages had changed in the same places."""
    label_approved: str


@dataclass(frozen=True, kw_only=True)
class Translation:
    """One language."""

    code: str
    headlines: Mapping[ReplyKind, Headline]
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
    """The thread has the project's policy again."""
    states: Mapping[CommandState, str]
    steps: Mapping[WorkStep, str]
    """Where a running command is, beside its state."""
    faults: Mapping[Fault, FailureWords]
    """Why a command failed, for a person; those that only the operator can mend have the words of `ours`."""
    ours: FailureWords
    live: LiveWords
    shown: ShownWords
    quote: Callable[[str], str]
    """The text in the language's quotation marks."""
    duration: Callable[[float], str]
    """Seconds as a person says them."""
    cost: Callable[[float], str]
    """US dollars."""
    moment: Callable[[datetime.datetime], str]
    """A moment in the person's own time; in UTC, and said so, where that is not known."""
    lines: str
    """`{added}` and `{removed}` lines."""
    conjunction: str
    """Before the last of several names."""

    stop_word: str
    undo_word: str
    status_word: str
    help_word: str
    again_word: str
    """What a person may write to have something tried once more."""

    asked: str
    """`{instruction}` is quoted already."""
    asked_by: str
    """The same where others read it too: `{name}` is who asked."""
    about_project: str
    """`{project}`: which one, of a mail that went to several."""
    agent_says: str
    understood: str
    """`{text}`: what was read of a mail that is not clear, quoted."""
    elsewhere_stop: str
    """How to stop what is worked on in other threads."""
    busy_with: str
    """`{older}`: what is still being worked on, quoted."""
    stopped_by: str
    """`{newer}`: the first line of the newer mail, quoted."""
    stopped_by_whom: str
    """`{name}` is somebody else, or read by somebody else; `{newer}` as before."""
    stopped_by_whom_unnamed: str
    stop_of: str
    """`{name}` sent the stop."""
    stopped_elsewhere: str
    """The newer mail is of another thread."""
    stopped_elsewhere_unnamed: str
    stopped_elsewhere_then: str
    first_elsewhere: str
    """`{newer}`, of another thread, comes first."""
    first_elsewhere_unnamed: str
    put_aside: str
    kept: str
    """The work until a stop is saved."""
    kept_unpushed: str
    kept_unsure: str
    """It is not known whether anything was."""
    nothing_kept: str
    never_started: str
    superseded: str
    """`{older}`: what this command took the place of."""
    superseded_of: str
    """`{older}` was asked for by `{name}`."""
    superseded_unnamed: str
    superseded_aside: str
    """`{older}` is of another thread, and goes on."""
    unpushed: str
    beside: str
    """Somebody else changed the same places meanwhile."""
    left_out: str
    denied: str
    """`{names}`: files that were not taken over."""
    attached: str
    """`{names}`: what came with a mail."""
    undone: str
    """`{older}`: what an undo took back, quoted."""
    undone_then: str
    restarted_once: str
    restarted_often: str
    after_timeout: str
    files_more: str
    waiting_none: str
    idle_then: str
    requests: Callable[[int], str]
    """So many requests, as the object of a sentence."""
    shares: Mapping[tuple[Measure, Whose], str]
    """A limit and whose it is, as a whole sentence: `{requests}` or `{cost}`."""
    share_free: str
    """`{moment}`: when there is room again."""

    label_files: str
    label_error: str
    label_remarks: str
    label_commit: str
    label_preview: str
    label_duration: str
    label_cost: str
    label_log: str
    label_state: str
    label_request: str
    label_whose: str
    label_since: str
    label_branch: str
    label_waiting: str
    label_elsewhere: str
    label_changes: str
    footer: str
