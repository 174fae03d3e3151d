"""The content of a reply before its layout: from its facts to a `ReplyContent` in one language.

A fact that is not known leaves its sentence out, and none can make a reply fail.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hermes import limits
from hermes.domain.commands import CommandState, WorkStep
from hermes.domain.decisions.shares import ShareLimit
from hermes.domain.interrupts import InterruptReason
from hermes.domain.reply_facts import (
    Cause,
    Done,
    Elsewhere,
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
from hermes.mail.write import folding
from hermes.mail.write.content import ANYBODY, Readership, ReplyContent, Row
from hermes.mail.write.translation import Translation

#: The agent's own words in a reply.
REPLY_SUMMARY_CHARS: Final = 6000
#: Remarks of the worker in one reply, each a paragraph.
REPLY_HINTS: Final = 8
#: Changed files named in a reply; the rest is counted.
REPLY_FILES_NAMED: Final = 8

_DAY_MINUTES = 24 * 60
#: No number of a reply is larger: the year 3000 in epoch seconds.
_LAST_MOMENT = 32_503_680_000
_ADDED = re.compile(r"(\d{1,9}) insertion")
_REMOVED = re.compile(r"(\d{1,9}) deletion")
_LINK = re.compile(r"https?://[^\s\"'<>\\^`{|}\x00-\x20\x7f-\U0010ffff]+\Z")


@dataclass(kw_only=True)
class _Draft:
    reader: Readership
    body: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    details: list[Row] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        if sentence and sentence not in self.body:
            self.body.append(sentence)

    def row(self, label: str, value: str, *, more: Sequence[str] = ()) -> None:
        if value:
            self.rows.append(Row(label=label, value=value, more=tuple(more)))

    def link(self, label: str, value: str) -> None:
        """A row that a person may click: only an address of the web, and only where Hermes puts one."""
        text = value.strip()
        if _LINK.match(text):
            self.rows.append(Row(label=label, value=text, link=True))

    def detail(self, label: str, value: str, *, link: bool = False) -> None:
        """A technical fact."""
        if self.reader.details and value and (not link or _LINK.match(value)):
            self.details.append(Row(label=label, value=value, link=link))


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
    draft = _Draft(reader=reader)
    draft.say(headline.body)
    then, asked, quoted = headline.then, "", ""
    match facts:
        case Done():
            then = _done(facts, words, draft) or then
            asked, quoted = facts.request.instruction, _prose(facts.report.summary)
        case Stopped():
            then = _stopped(facts, words, draft) or then
            asked = facts.request.instruction
            question = _prose(facts.report.question) if facts.kind is ReplyKind.NEEDS_INPUT else ""
            # What an agent says that failed is its program's output.
            said = facts.report.summary if facts.kind is not ReplyKind.FAILED or reader.details else ""
            quoted = question or _prose(said)
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
    asked, project = _line(asked), _line(project)
    whose = _line(facts.request.whose) if isinstance(facts, Done | Stopped) else ""
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
        says=words.agent_says if quoted and facts.kind is not ReplyKind.NEEDS_INPUT and not answers else "",
        quoted="" if answers else quoted,
        rows=tuple(draft.rows),
        remarks=tuple(draft.remarks),
        then=then,
        details=tuple(draft.details),
        footer=words.footer,
        marker=_line(marker),
    )


def _done(facts: Done, words: Translation, draft: _Draft) -> str:
    report = facts.report
    undone = _line(report.undone)
    draft.say(words.undone.format(older=words.quote(undone)) if undone else "")
    first = len(draft.body)
    _request(facts.request, words, draft)
    draft.say(words.unpushed if facts.work.commit and facts.work.unpushed else "")
    _remarks(report, words, draft)
    draft.body, draft.remarks = draft.body[:first], draft.body[first:]
    _seen(report, words, draft)
    _technical(report, facts.work, words, draft)
    return words.undone_then if undone else ""


def _stopped(facts: Stopped, words: Translation, draft: _Draft) -> str:
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
    if kind is not ReplyKind.NEEDS_INPUT:
        # After a stop that nobody confirmed it is not known that nothing changed: the branch is where to look.
        draft.say(_kept(facts.work, words, unsure=kind is ReplyKind.INTERRUPT_UNCONFIRMED))
    _request(facts.request, words, draft)
    _seen(report, words, draft)
    _technical(report, facts.work, words, draft)
    return then


def _failed(report: Report, words: Translation, draft: _Draft) -> str:
    """Why it failed, for a person; returns what they may do. Technical words are the operator's, or a detail."""
    fault = report.fault or Fault.INTERNAL
    trouble = words.faults.get(fault, words.ours)
    draft.say(trouble.body)
    if fault is Fault.WORDS:
        for line in (report.error, *report.hint.splitlines()):
            draft.say(_line(line))
    return trouble.then


def _open(facts: Open, words: Translation, draft: _Draft) -> None:
    if facts.kind is ReplyKind.PUT_ASIDE:
        newer = _line(facts.newer)
        draft.say(words.first_elsewhere.format(newer=words.quote(newer)) if newer else words.first_elsewhere_unnamed)
        draft.say(_kept(facts.work, words))
    _named(facts.request.attachments, words.attached, words, draft)
    if facts.request.policy.kept is not None:
        _policy(facts.request.policy, words, draft)


def _status(facts: Status, words: Translation, draft: _Draft) -> str:
    state = facts.state
    idle = state is None or state.terminal
    if idle:
        draft.say(words.waiting_none)
    request = _line(facts.instruction)
    draft.row(words.label_request, words.quote(request) if request else "")
    draft.row(words.label_whose, _line(facts.whose))
    held = not idle and facts.waits_elsewhere
    if state is not None and not (held and state is CommandState.ACCEPTED):  # then it is not about to start
        draft.row(words.label_state, _state(state, facts.step, words))
    if not idle and (since := _number(facts.since)) is not None:
        draft.row(words.label_since, _moment(since, words, draft.reader))
    draft.say(words.first_elsewhere_unnamed if held else "")
    draft.say(words.policies_kept[facts.thread_policy] if facts.thread_policy is not None else "")
    named = zip(map(_line, facts.waiting), map(_line, (*facts.waiting_whose, *[""] * len(facts.waiting))), strict=False)
    waiting = [words.quote(title) + f" ({name})" * bool(name) for title, name in named if title]
    _list_row(words.label_waiting, waiting, words, draft)
    _elsewhere(facts.elsewhere, words, draft)
    draft.detail(words.label_branch, _line(facts.branch))
    draft.detail(words.label_commit, _line(facts.last_commit))
    return words.idle_then if idle and not facts.elsewhere else words.elsewhere_stop if idle else ""


def _nothing(facts: Nothing, words: Translation, draft: _Draft) -> None:
    understood = _line(facts.understood)
    draft.say(words.understood.format(text=words.quote(understood)) if understood else "")
    _elsewhere(facts.elsewhere, words, draft)
    draft.say(words.elsewhere_stop if facts.elsewhere and facts.kind is ReplyKind.STOPPED_NOTHING else "")


def _state(state: CommandState, step: WorkStep | None, words: Translation) -> str:
    """How a command stands, and where it is."""
    known = step is not None and state is CommandState.RUNNING
    return f"{words.states[state]} – {words.steps[step]}" if known and step else words.states[state]


def _elsewhere(others: Sequence[Elsewhere], words: Translation, draft: _Draft) -> None:
    named = [
        f"{words.quote(name)}: {_state(one.state, one.step, words)}"
        for one in others
        if (name := _line(one.instruction))
    ]
    _list_row(words.label_elsewhere, named, words, draft)


def _refused(facts: RefusedMail, words: Translation, draft: _Draft) -> None:
    older, attachment = _line(facts.open_instruction), _line(facts.attachment)
    draft.say(words.busy_with.format(older=words.quote(older)) if older else "")
    draft.say(words.quote(attachment) if attachment else "")
    _named(facts.attachments, words.attached, words, draft)
    if facts.share is not None:
        _share(facts.share, words, draft)


def _share(share: ShareLimit, words: Translation, draft: _Draft) -> None:
    """Which limit of which share is met, and until when."""
    if (most := _number(share.most)) is not None:
        sentence = words.shares[share.measure, share.whose]
        draft.say(sentence.format(requests=words.requests(round(most)), cost=words.cost(most)))
    if (until := _number(share.until)) is not None:
        draft.say(words.share_free.format(moment=_moment(until, words, draft.reader)))


def _request(request: RequestFacts, words: Translation, draft: _Draft) -> None:
    """What came with it, what was stopped for it, under which policy it came, and how often it began again."""
    _named(request.attachments, words.attached, words, draft)
    for older in request.superseded:
        draft.say(_superseded(older, words))
    _policy(request.policy, words, draft)
    draft.say(words.put_aside if request.put_aside else "")
    if request.restarts == 1:
        draft.say(words.restarted_once)
    elif request.restarts > 1:
        draft.say(words.restarted_often.format(count=request.restarts))


def _superseded(older: Superseded, words: Translation) -> str:
    name = _line(older.instruction)
    if older.aside:
        return words.superseded_aside.format(older=words.quote(name)) if name else ""
    whose = _line(older.whose)
    sentence = words.superseded.format(older=words.quote(name)) if name else words.superseded_unnamed
    if name and whose:
        sentence = words.superseded_of.format(older=words.quote(name), name=whose)
    return f"{sentence} {_kept(older.work, words)}" if older.work is not None else sentence


def _why(cause: Cause, words: Translation) -> str:
    newer, who = _line(cause.newer), _line(cause.who)
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


def _policy(policy: PolicyNote, words: Translation, draft: _Draft) -> None:
    draft.say(words.policy_usual if policy.usual else "")
    if policy.kept is not None:
        draft.say(words.policies_kept[policy.kept])
        draft.say(words.policy_lasts)
    elif policy.applied is not None:
        draft.say(words.policies[policy.applied])


def _remarks(report: Report, words: Translation, draft: _Draft) -> None:
    """What is unusual about the work."""
    draft.say(words.beside if report.beside else "")
    _named(report.left_out, words.left_out, words, draft)


def _seen(report: Report, words: Translation, draft: _Draft) -> None:
    """Where the work can be seen, and which files it changed."""
    draft.link(words.label_preview, report.preview_url)
    _list_row(words.label_files, [name for name in map(_line, report.files_changed) if name], words, draft)


def _technical(report: Report, work: KeptWork, words: Translation, draft: _Draft) -> None:
    """What only those read who want details."""
    draft.detail(words.label_branch, _line(work.branch))
    draft.detail(words.label_commit, _line(work.commit))
    text = report.diffstat[-limits.PHRASE_CHARS :]
    added, removed = (found[1] if (found := pattern.search(text)) else "0" for pattern in (_ADDED, _REMOVED))
    changed = (added, removed) != ("0", "0")
    draft.detail(words.label_changes, words.lines.format(added=added, removed=removed) if changed else "")
    duration, cost = _number(report.duration), _number(report.cost)
    draft.detail(words.label_duration, words.duration(duration) if duration else "")
    draft.detail(words.label_cost, words.cost(cost) if cost else "")
    if report.fault is not Fault.WORDS:
        lines = [line for line in map(_line, (report.error, *report.hint.splitlines()[:REPLY_HINTS])) if line]
        draft.detail(words.label_error if report.error else words.label_remarks, " ".join(lines))
    draft.detail(words.label_log, report.log_url.strip(), link=True)


def _named(names: Sequence[str], sentence: str, words: Translation, draft: _Draft) -> None:
    """A sentence that names some files, the first few of them."""
    found = [name for name in map(_line, names) if name]
    shown = [words.quote(name) for name in found[:REPLY_FILES_NAMED]]
    if len(found) > len(shown):
        shown.append(words.files_more.format(count=len(found) - len(shown)))
    elif len(shown) > 1:
        last = shown.pop()
        shown[-1] += f"{words.conjunction}{last}"
    if shown:
        draft.say(sentence.format(names=", ".join(shown)))


def _list_row(label: str, values: Sequence[str], words: Translation, draft: _Draft) -> None:
    """The first few below one another, the rest counted."""
    shown = list(values[:REPLY_FILES_NAMED])
    if len(values) > len(shown):
        shown.append(words.files_more.format(count=len(values) - len(shown)))
    if shown:
        draft.row(label, shown[0], more=shown[1:])


def _moment(number: float, words: Translation, reader: Readership) -> str:
    zone = datetime.UTC
    if reader.offset is not None and abs(reader.offset) < _DAY_MINUTES:
        zone = datetime.timezone(datetime.timedelta(minutes=reader.offset), "local")
    return words.moment(datetime.datetime.fromtimestamp(number, zone))


def _line(value: str) -> str:
    """The first line with words in it, cleaned and cut."""
    text = next((line for line in value.splitlines() if line.strip()), "")
    whole = folding.clean(text, limits.PHRASE_CHARS + 1)
    return whole if len(whole) <= limits.PHRASE_CHARS else f"{whole[: limits.PHRASE_CHARS - 1].rstrip()}…"


def _prose(value: str) -> str:
    """Several lines, each cleaned; blank lines part paragraphs."""
    lines = [line.expandtabs(2).rstrip() for line in value[:REPLY_SUMMARY_CHARS].splitlines()]
    kept = [folding.clean(line, REPLY_SUMMARY_CHARS) for line in lines]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    return f"{joined} …" if len(value) > REPLY_SUMMARY_CHARS else joined


def _number(value: float | None) -> float | None:
    """The number, unless it is beyond all sense: an agent reports its cost."""
    return float(value) if value is not None and -_LAST_MOMENT < value < _LAST_MOMENT else None
