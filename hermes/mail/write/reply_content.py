"""The content of a reply before its layout: from its facts to a `ReplyContent` in one language.

A fact that is not known leaves its sentence out, and none can make a reply fail.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Final

from hermes import limits
from hermes.domain.commands import CommandState, WorkStep
from hermes.domain.decisions.shares import ShareLimit
from hermes.domain.interrupts import InterruptReason
from hermes.domain.reply_facts import (
    Cause,
    Done,
    Elsewhere,
    GoingLive,
    KeptWork,
    Nothing,
    Open,
    PolicyNote,
    PolicySet,
    RefusedMail,
    ReplyFacts,
    ReplyKind,
    Report,
    RequestFacts,
    Status,
    Stopped,
    Superseded,
)
from hermes.errors import Fault
from hermes.mail.write import draft as drafts
from hermes.mail.write import live_content
from hermes.mail.write.content import ANYBODY, Readership, ReplyContent
from hermes.mail.write.draft import ReplyDraft
from hermes.mail.write.shown import content as shown
from hermes.mail.write.translation import Translation

#: Remarks of the worker in one reply, each a paragraph.
REPLY_HINTS: Final = 8

_DAY_MINUTES = 24 * 60
#: No number of a reply is larger: the year 3000 in epoch seconds.
_LAST_MOMENT = 32_503_680_000
_ADDED = re.compile(r"(\d{1,9}) insertion")
_REMOVED = re.compile(r"(\d{1,9}) deletion")


def write(
    facts: ReplyFacts,
    words: Translation,
    *,
    marker: str = "",
    project: str = "",
    reader: Readership = ANYBODY,
) -> ReplyContent:
    """The reply about these facts; `marker` is the signed marker of its footer, `project` the one to name."""
    headline = words.headlines[facts.kind]
    draft = ReplyDraft(reader=reader)
    draft.say(headline.body)
    then, asked, quoted = headline.then, "", ""
    match facts:
        case Done():
            then = _done(facts, words, draft) or then
            asked, quoted = facts.request.instruction, drafts.prose(facts.report.summary)
        case Stopped():
            then = _stopped(facts, words, draft) or then
            asked = facts.request.instruction
            question = drafts.prose(facts.report.question) if facts.kind is ReplyKind.NEEDS_INPUT else ""
            # What an agent says that failed is its program's output.
            said = facts.report.summary if facts.kind is not ReplyKind.FAILED or reader.details else ""
            quoted = question or drafts.prose(said)
        case Open():
            _open(facts, words, draft)
            asked = facts.request.instruction
        case Status():
            then = _status(facts, words, draft) or then
        case PolicySet():
            _policy(facts.policy, words, draft)
            then = "" if facts.policy.usual else then  # the headline tells how to get back to the usual policy
        case RefusedMail():
            _refused(facts, words, draft)
        case Nothing():
            _nothing(facts, words, draft)
        case GoingLive():
            live_content.say(facts, words, draft)
            failing, rows = shown.failed_checks(facts.report, words)
            draft.say(failing)
            draft.rows += [*shown.text_changes(facts.report, words), *rows]
            quoted = drafts.prose(facts.words)
    asked, project = drafts.line(asked), drafts.line(project)
    whose = drafts.line(facts.request.whose) if isinstance(facts, Done | Stopped) else ""
    answers = facts.kind is ReplyKind.ANSWERED and quoted != ""
    return ReplyContent(
        code=words.code,
        title=headline.headline,
        answer=quoted if answers else "",
        headline="" if answers else headline.headline,
        asked=(words.asked_by if whose else words.asked).format(name=whose, instruction=words.quote(asked))
        if asked
        else "",
        body=(*([words.about_project.format(project=words.quote(project))] if project else []), *draft.body),
        says=_says(facts, words) if quoted and not answers else "",
        quoted="" if answers else quoted,
        rows=tuple(draft.rows),
        pictures_label=words.shown.label_pictures,
        pictures=shown.picture_pairs(facts.report, words) if isinstance(facts, Done | GoingLive) else (),
        remarks=tuple(draft.remarks),
        then=then,
        details=tuple(draft.details),
        footer=words.footer,
        marker=drafts.line(marker),
    )


def _says(facts: ReplyFacts, words: Translation) -> str:
    """Whose words are quoted."""
    if isinstance(facts, GoingLive):
        return words.live.says
    return "" if facts.kind is ReplyKind.NEEDS_INPUT else words.agent_says


def _done(facts: Done, words: Translation, draft: ReplyDraft) -> str:
    report = facts.report
    undone = drafts.line(report.undone)
    draft.say(words.undone.format(older=words.quote(undone)) if undone else "")
    first = len(draft.body)
    _request(facts.request, words, draft)
    draft.say(words.unpushed if facts.work.commit and facts.work.unpushed else "")
    _remarks(report, words, draft)
    draft.body, draft.remarks = draft.body[:first], draft.body[first:]
    failing, rows = shown.failed_checks(report, words)
    draft.say(failing)
    drafts.seen(report, words, draft)
    draft.rows += [*shown.text_changes(report, words), *rows]
    if draft.reader.details and (sentence := shown.attached(report, words)):
        draft.remarks.append(sentence)
    _technical(report, facts.work, words, draft)
    live = live_content.done(facts, words, draft)
    then = (
        words.shown.checks_then
        if failing
        else words.undone_then
        if undone
        else words.headlines[facts.kind].then
        if live
        else ""
    )
    return " ".join(filter(None, (live, then)))


def _stopped(facts: Stopped, words: Translation, draft: ReplyDraft) -> str:
    """Why it ended and what became of its work; returns what to do next where the reason has its own words for that."""
    then = ""
    kind, cause, report = facts.kind, facts.cause, facts.report
    if kind is ReplyKind.INTERRUPTED:
        cause = cause or Cause(reason=InterruptReason.CUSTOM)
        then = words.stopped_elsewhere_then if cause.elsewhere else words.reasons_then[cause.reason]
        draft.say(_why(cause, words))
    elif kind is ReplyKind.INTERRUPT_UNCONFIRMED and cause is not None:
        draft.body.insert(0, _why(cause, words))
    elif kind is ReplyKind.TIMED_OUT and (duration := _number(report.duration)) is not None:
        draft.say(words.after_timeout.format(duration=words.duration(duration)))
    elif kind is ReplyKind.FAILED:
        then = _failed(report, words, draft)
    _remarks(report, words, draft)
    failing, rows = shown.failed_checks(report, words)
    draft.say(failing)
    draft.rows += rows
    if kind is not ReplyKind.NEEDS_INPUT:
        # After a stop that nobody confirmed it is not known that nothing changed: the branch is where to look.
        draft.say(_kept(facts.work, words, unsure=kind is ReplyKind.INTERRUPT_UNCONFIRMED))
    _request(facts.request, words, draft)
    drafts.seen(report, words, draft)
    _technical(report, facts.work, words, draft)
    return then


def _failed(report: Report, words: Translation, draft: ReplyDraft) -> str:
    """Why it failed, for a person; returns what they may do. Technical words are the operator's, or a detail."""
    fault = report.fault or Fault.INTERNAL
    trouble = words.faults.get(fault, words.ours)
    draft.say(trouble.body)
    if fault is Fault.WORDS:
        for line in (report.error, *report.hint.splitlines()):
            draft.say(drafts.line(line))
    return trouble.then


def _open(facts: Open, words: Translation, draft: ReplyDraft) -> None:
    if facts.kind is ReplyKind.PUT_ASIDE:
        newer = drafts.line(facts.newer)
        draft.say(words.first_elsewhere.format(newer=words.quote(newer)) if newer else words.first_elsewhere_unnamed)
        draft.say(_kept(facts.work, words))
    drafts.named(facts.request.attachments, words.attached, words, draft)
    if facts.request.policy.kept is not None:
        _policy(facts.request.policy, words, draft)


def _status(facts: Status, words: Translation, draft: ReplyDraft) -> str:
    state = facts.state
    idle = state is None or state.terminal
    if idle:
        draft.say(words.waiting_none)
    request = drafts.line(facts.instruction)
    draft.row(words.label_request, words.quote(request) if request else "")
    draft.row(words.label_whose, drafts.line(facts.whose))
    held = not idle and facts.waits_elsewhere
    if state is not None and not (held and state is CommandState.ACCEPTED):  # then it is not about to start
        draft.row(words.label_state, _state(state, facts.step, words))
    if not idle and (since := _number(facts.since)) is not None:
        draft.row(words.label_since, _moment(since, words, draft.reader))
    draft.say(words.first_elsewhere_unnamed if held else "")
    draft.say(words.policies_kept[facts.thread_policy] if facts.thread_policy is not None else "")
    named = zip(
        map(drafts.line, facts.waiting),
        map(drafts.line, (*facts.waiting_whose, *[""] * len(facts.waiting))),
        strict=False,
    )
    waiting = [words.quote(title) + f" ({name})" * bool(name) for title, name in named if title]
    drafts.list_row(words.label_waiting, waiting, words, draft)
    _elsewhere(facts.elsewhere, words, draft)
    draft.detail(words.label_branch, drafts.line(facts.branch))
    draft.detail(words.label_commit, drafts.line(facts.last_commit))
    return words.idle_then if idle and not facts.elsewhere else words.elsewhere_stop if idle else ""


def _nothing(facts: Nothing, words: Translation, draft: ReplyDraft) -> None:
    understood = drafts.line(facts.understood)
    draft.say(words.understood.format(text=words.quote(understood)) if understood else "")
    _elsewhere(facts.elsewhere, words, draft)
    draft.say(words.elsewhere_stop if facts.elsewhere and facts.kind is ReplyKind.STOPPED_NOTHING else "")


def _state(state: CommandState, step: WorkStep | None, words: Translation) -> str:
    """How a command stands, and where it is."""
    known = step is not None and state is CommandState.RUNNING
    return f"{words.states[state]} – {words.steps[step]}" if known and step else words.states[state]


def _elsewhere(others: Sequence[Elsewhere], words: Translation, draft: ReplyDraft) -> None:
    named = [
        f"{words.quote(name)}: {_state(one.state, one.step, words)}"
        for one in others
        if (name := drafts.line(one.instruction))
    ]
    drafts.list_row(words.label_elsewhere, named, words, draft)


def _refused(facts: RefusedMail, words: Translation, draft: ReplyDraft) -> None:
    older, attachment = drafts.line(facts.open_instruction), drafts.line(facts.attachment)
    draft.say(words.busy_with.format(older=words.quote(older)) if older else "")
    draft.say(words.quote(attachment) if attachment else "")
    drafts.named(facts.attachments, words.attached, words, draft)
    if facts.share is not None:
        _share(facts.share, words, draft)


def _share(share: ShareLimit, words: Translation, draft: ReplyDraft) -> None:
    """Which limit of which share is met, and until when."""
    if (most := _number(share.most)) is not None:
        sentence = words.shares[share.measure, share.whose]
        draft.say(sentence.format(requests=words.requests(round(most)), cost=words.cost(most)))
    if (until := _number(share.until)) is not None:
        draft.say(words.share_free.format(moment=_moment(until, words, draft.reader)))


def _request(request: RequestFacts, words: Translation, draft: ReplyDraft) -> None:
    """What came with it, what was stopped for it, under which policy it came, and how often it began again."""
    drafts.named(request.attachments, words.attached, words, draft)
    for older in request.superseded:
        draft.say(_superseded(older, words))
    _policy(request.policy, words, draft)
    draft.say(words.put_aside if request.put_aside else "")
    if request.restarts == 1:
        draft.say(words.restarted_once)
    elif request.restarts > 1:
        draft.say(words.restarted_often.format(count=request.restarts))


def _superseded(older: Superseded, words: Translation) -> str:
    name = drafts.line(older.instruction)
    if older.aside:
        return words.superseded_aside.format(older=words.quote(name)) if name else ""
    whose = drafts.line(older.whose)
    sentence = words.superseded.format(older=words.quote(name)) if name else words.superseded_unnamed
    if name and whose:
        sentence = words.superseded_of.format(older=words.quote(name), name=whose)
    return f"{sentence} {_kept(older.work, words)}" if older.work is not None else sentence


def _why(cause: Cause, words: Translation) -> str:
    newer, who = drafts.line(cause.newer), drafts.line(cause.who)
    if who and cause.reason is InterruptReason.PRIORITY_OVERRIDE:
        named = words.stopped_by_whom.format(name=who, newer=words.quote(newer))
        return named if newer else words.stopped_by_whom_unnamed.format(name=who)
    if who and cause.reason is InterruptReason.USER_CANCELLED:
        return words.stop_of.format(name=who)
    if cause.elsewhere:
        named = words.stopped_elsewhere.format(newer=words.quote(newer))
        return named if newer else words.stopped_elsewhere_unnamed
    if cause.reason is InterruptReason.PRIORITY_OVERRIDE and newer:
        return words.stopped_by.format(newer=words.quote(newer))
    if cause.reason is InterruptReason.RESOURCE_LIMIT and cause.limit is not None:
        return words.limits[cause.limit]
    return words.reasons[cause.reason]


def _kept(work: KeptWork, words: Translation, *, unsure: bool = False) -> str:
    """Whether the work is saved, or that there is none; `unsure`: only the branch can tell."""
    if work.never_started:
        return words.never_started
    if not work.commit:
        return words.kept_unsure if unsure and work.branch else words.nothing_kept
    return words.kept_unpushed if work.unpushed else words.kept


def _policy(policy: PolicyNote, words: Translation, draft: ReplyDraft) -> None:
    draft.say(words.policy_usual if policy.usual else "")
    if policy.kept is not None:
        draft.say(words.policies_kept[policy.kept])
        draft.say(words.policy_lasts)
    elif policy.applied is not None:
        draft.say(words.policies[policy.applied])


def _remarks(report: Report, words: Translation, draft: ReplyDraft) -> None:
    """What is unusual about the work."""
    draft.say(words.beside if report.beside else "")
    drafts.named(report.left_out, words.left_out, words, draft)
    drafts.named(report.denied, words.denied, words, draft)
    draft.say(shown.blocked(report, words))


def _technical(report: Report, work: KeptWork, words: Translation, draft: ReplyDraft) -> None:
    """What only those read who want details."""
    draft.detail(words.label_branch, drafts.line(work.branch))
    draft.detail(words.label_commit, drafts.line(work.commit))
    text = report.diffstat[-limits.PHRASE_CHARS :]
    added, removed = (found[1] if (found := pattern.search(text)) else "0" for pattern in (_ADDED, _REMOVED))
    changed = (added, removed) != ("0", "0")
    draft.detail(words.label_changes, words.lines.format(added=added, removed=removed) if changed else "")
    duration, cost = _number(report.duration), _number(report.cost)
    draft.detail(words.label_duration, words.duration(duration) if duration else "")
    draft.detail(words.label_cost, words.cost(cost) if cost else "")
    if report.fault is not Fault.WORDS:
        lines = [line for line in map(drafts.line, (report.error, *report.hint.splitlines()[:REPLY_HINTS])) if line]
        draft.detail(words.label_error if report.error else words.label_remarks, " ".join(lines))
    draft.detail(words.label_log, report.log_url.strip(), link=True)


def _moment(number: float, words: Translation, reader: Readership) -> str:
    zone = datetime.UTC
    if reader.offset is not None and abs(reader.offset) < _DAY_MINUTES:
        zone = datetime.timezone(datetime.timedelta(minutes=reader.offset), "local")
    return words.moment(datetime.datetime.fromtimestamp(number, zone))


def _number(value: float | None) -> float | None:
    """The number, unless it is beyond all sense: an agent reports its cost."""
    return float(value) if value is not None and -_LAST_MOMENT < value < _LAST_MOMENT else None
