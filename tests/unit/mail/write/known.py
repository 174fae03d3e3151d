"""Facts of replies: for each kind those of which nothing is known, and those of which everything is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from hermes.domain import wire
from hermes.domain.commands import CommandState
from hermes.domain.decisions.shares import Measure, ShareLimit, Whose
from hermes.domain.interrupts import InterruptReason
from hermes.domain.reply_facts import (
    Cause,
    Done,
    DoneKind,
    Elsewhere,
    GoingLive,
    GoingLiveKind,
    KeptWork,
    Nothing,
    Open,
    OpenKind,
    PolicyNote,
    PolicySet,
    RefusalKind,
    RefusedMail,
    ReplyFacts,
    ReplyKind,
    Report,
    RequestFacts,
    ShownFile,
    Status,
    Stopped,
    StoppedKind,
    Superseded,
)
from hermes.domain.request import Policy
from hermes.errors import Fault

REPORT = Report(
    summary="I changed the title.\n\n- one\n- two",
    files_changed=("src/index.astro", "src/other.astro"),
    diffstat=" src/index.astro | 2 +-\n 2 files changed, 2 insertions(+)",
    duration=200.2,
    cost=0.12,
    preview_url="https://preview.example/x?a=1&b=2",
)
REQUEST = RequestFacts(instruction="Please update the homepage title\nand thank you")
WORK = KeptWork(commit="a1b2c3d", branch="thread-abc12345")
SUCCEEDED = Done(kind=ReplyKind.SUCCEEDED, request=REQUEST, work=WORK, report=REPORT)

DONE: tuple[DoneKind, ...] = get_args(DoneKind)
STOPPED: tuple[StoppedKind, ...] = get_args(StoppedKind)
OPEN: tuple[OpenKind, ...] = get_args(OpenKind)
GOING_LIVE: tuple[GoingLiveKind, ...] = get_args(GoingLiveKind)
REFUSED: tuple[RefusalKind, ...] = get_args(RefusalKind)


def share(measure: Measure = Measure.OPEN, whose: Whose = Whose.OWNER, **facts: float | None) -> ShareLimit:
    """A limit that is met."""
    known: dict[str, float | None] = {"most": 1.0, "until": None} | facts
    most = known["most"]
    assert most is not None
    return ShareLimit(measure=measure, whose=whose, subject="", row="", reason="", most=most, until=known["until"])


def nothing() -> Iterable[ReplyFacts]:
    """Every kind, and nothing known."""
    yield from (Done(kind=kind) for kind in DONE)
    yield from (Stopped(kind=kind) for kind in STOPPED)
    yield from (Open(kind=kind) for kind in OPEN)
    yield from (RefusedMail(kind=kind) for kind in REFUSED)
    yield from (GoingLive(kind=kind) for kind in GOING_LIVE)
    yield Status()
    yield PolicySet(policy=PolicyNote())
    yield Nothing(kind=ReplyKind.STOPPED_NOTHING)
    yield Nothing(kind=ReplyKind.POLICY_NOWHERE)
    yield Nothing(kind=ReplyKind.HELP)
    yield Nothing(kind=ReplyKind.NOTHING_WAITS)
    yield Nothing(kind=ReplyKind.UNCLEAR)


PNG = b"\x89PNG\r\n\x1a\nnot really"


def picture(text: str, *, after: bool) -> wire.Picture:
    return wire.Picture(
        key="shown/s/1.png",
        page=text,
        title=text,
        view=wire.PictureView.PHONE,
        after=after,
        width=9,
        height=9,
        says=text,
    )


def everything(text: str = "words", number: float = 200.2) -> Iterable[ReplyFacts]:
    """Every kind of which something may be known, with all of it: this text and this number wherever one is."""
    work = KeptWork(commit=text, branch=text)
    policy = PolicyNote(applied=Policy.QUEUE, kept=Policy.MERGE, usual=True)
    older = (Superseded(), Superseded(instruction=text, aside=True), Superseded(instruction=text, work=work))
    request = RequestFacts(
        instruction=text, policy=policy, superseded=older, restarts=2, put_aside=True, attachments=(text, text)
    )
    report = Report(
        summary=text,
        files_changed=(text, text),
        diffstat=f"{text} 2 insertions, 1 deletion",
        preview_url=text,
        duration=number,
        cost=number,
        error=text,
        fault=Fault.WORDS,
        beside=True,
        brought_together=True,
        left_out=(text, text),
        denied=(text, text),
        failed_checks=(wire.FailedCheck(name=text, lines=(text, text)), wire.FailedCheck(name=text)),
        files=(
            ShownFile(key="shown/s/1.png", data=PNG, picture=picture(text, after=False)),
            ShownFile(key="shown/s/2.png", data=PNG, picture=picture(text, after=True)),
            ShownFile(key="shown/s/3.diff", data=b"+x"),
        ),
        text_changes=(
            wire.TextChange(before=text, after=text),
            wire.TextChange(before=text),
            wire.TextChange(after=text),
        ),
        undone=text,
        hint=text,
        question=text,
        log_url=text,
    )
    cause = Cause(reason=InterruptReason.CUSTOM, newer=text, elsewhere=True)
    yield Nothing(kind=ReplyKind.STOPPED_NOTHING, elsewhere=(Elsewhere(instruction=text, state=CommandState.ACCEPTED),))
    yield Nothing(kind=ReplyKind.UNCLEAR, understood=text)
    yield from (
        Done(
            kind=kind, request=request, work=work, report=report, title=text, can_go_live=True, approved_by=(text, text)
        )
        for kind in DONE
    )
    yield Done(kind=ReplyKind.SUCCEEDED, can_go_live=True, asked_before=True)
    for names in ((text,), (text, text, text)):
        yield from (
            GoingLive(kind=kind, title=text, whose=text, approvers=names, by=text, words=text, report=report)
            for kind in GOING_LIVE
        )
    yield GoingLive(kind=ReplyKind.APPROVAL_ASKED, whose=text, takes_back=True)
    yield from (Stopped(kind=kind, request=request, work=work, report=report, cause=cause) for kind in STOPPED)
    yield from (Open(kind=kind, request=request, work=work, newer=text) for kind in OPEN)
    limit = share(Measure.DAILY, most=number, until=number)
    yield from (
        RefusedMail(kind=kind, attachment=text, attachments=(text,), open_instruction=text, share=limit)
        for kind in REFUSED
    )
    for state in CommandState:
        yield Status(
            state=state,
            instruction=text,
            since=number,
            branch=text,
            last_commit=text,
            waiting=(text, ""),
            waits_elsewhere=True,
            thread_policy=Policy.REJECT,
        )
    yield PolicySet(policy=policy)
