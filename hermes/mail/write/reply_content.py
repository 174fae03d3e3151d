"""The content of a reply before its layout: from kind and facts to a `Letter` in one language.

Facts are optional and of the plainest types; one that is missing leaves its sentence out, and none can make a reply fail.
"""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from hermes import limits
from hermes.domain.commands import CommandState, Policy
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.mail.write import folding
from hermes.mail.write.translation import DONE_KINDS, RUNNING_KINDS, STOPPED_KINDS, ReplyKind, Translation

#: The agent's own words in a reply.
REPLY_SUMMARY_CHARS: Final = 8000
#: Remarks of the worker in one reply, each a paragraph.
REPLY_HINTS: Final = 8
#: Changed files named in a reply; the rest is counted.
REPLY_FILES_NAMED: Final = 12

Facts = Mapping[str, Any]
_Member = TypeVar("_Member", bound=enum.StrEnum)

#: Seconds below this are a span, above it a moment in epoch seconds.
_SPAN_SECONDS = 10 * 366 * 86400
#: No number of a reply is larger: the year 3000 in epoch seconds.
_LAST_MOMENT = 32_503_680_000
_ADDED = re.compile(r"(\d{1,9}) insertion")
_REMOVED = re.compile(r"(\d{1,9}) deletion")
_LINK = re.compile(r"https?://[^\s\"'<>\\^`{|}\x00-\x20\x7f-\U0010ffff]+\Z")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fact beside its label."""

    label: str
    value: str
    link: bool = False
    more: tuple[str, ...] = ()
    """Further lines under the value."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A reply's content in reading order."""

    code: str
    headline: str
    asked: str = ""
    body: tuple[str, ...] = ()
    says: str = ""
    """Who speaks in `quoted`."""
    quoted: str = ""
    """Somebody else's words, in their own lines."""
    rows: tuple[Row, ...] = ()
    then: str = ""
    footer: str = ""
    marker: str = ""
    """The signed marker by which an answer finds its session."""


@dataclass(kw_only=True)
class _Draft:
    body: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        if sentence and sentence not in self.body:
            self.body.append(sentence)

    def row(self, label: str, value: str, *, more: Sequence[str] = ()) -> None:
        if value:
            self.rows.append(Row(label=label, value=value, more=tuple(more)))

    def link(self, label: str, value: object) -> None:
        """A row that a person may click: only an address of the web, and only where Hermes puts one."""
        text = str(value or "").strip()
        if _LINK.match(text):
            self.rows.append(Row(label=label, value=text, link=True))


def write(kind: ReplyKind, facts: Facts, words: Translation) -> Letter:
    """The letter of this kind about these facts."""
    frame = words.frames[kind]
    draft = _Draft()
    draft.say(frame.body)
    then = frame.then
    quoted = ""
    if kind in STOPPED_KINDS:
        then = _stopped(kind, facts, words, draft) or then
    elif kind in DONE_KINDS:
        _done(facts, words, draft)
    elif kind in RUNNING_KINDS:
        then = _running(kind, facts, words, draft) or then
    else:
        _refused(kind, facts, words, draft)
    if kind is ReplyKind.NEEDS_INPUT:
        quoted = _prose(facts.get("question")) or _prose(facts.get("summary"))
    elif kind in DONE_KINDS | STOPPED_KINDS:
        quoted = _prose(facts.get("summary"))
    asked = _line(facts.get("instruction")) if kind in DONE_KINDS | STOPPED_KINDS | RUNNING_KINDS else ""
    if kind is ReplyKind.STATUS:
        asked = ""
    if kind is ReplyKind.POLICY_SET and facts.get("policy_usual"):
        then = ""  # it is what the frame tells how to get
    return Letter(
        code=words.code,
        headline=frame.headline,
        asked=words.asked.format(instruction=words.quote(asked)) if asked else "",
        body=tuple(draft.body),
        says=words.agent_says if quoted and kind is not ReplyKind.NEEDS_INPUT else "",
        quoted=quoted,
        rows=tuple(draft.rows),
        then=then,
        footer=words.footer,
        marker=_line(facts.get("marker")),
    )


def _done(facts: Facts, words: Translation, draft: _Draft) -> None:
    _superseded(facts, words, draft)
    _policy(facts, words, draft)
    _restarts(facts, words, draft)
    commit = _line(facts.get("commit"))
    if commit and facts.get("pushed") is False:
        draft.say(words.unpushed)
    _hints(facts, draft)
    draft.link(words.label_preview, facts.get("preview_url"))
    _work_rows(facts, words, draft)
    draft.row(words.label_saved, _upper(_where(facts, words)) if commit else "")
    _figures(facts, words, draft)


def _hints(facts: Facts, draft: _Draft) -> None:
    """Further hints, one paragraph for each line."""
    for line in str(facts.get("hint") or "").splitlines()[:REPLY_HINTS]:
        draft.say(_line(line))


def _stopped(kind: ReplyKind, facts: Facts, words: Translation, draft: _Draft) -> str:
    """Why it ended and where its work is; returns what to do next where the reason has its own words for that."""
    then = ""
    reason = _member(InterruptReason, facts.get("reason"))
    if kind is ReplyKind.INTERRUPTED:
        then = (
            words.stopped_elsewhere_then
            if facts.get("elsewhere")
            else words.reasons_then[reason or InterruptReason.CUSTOM]
        )
        draft.say(_why(reason or InterruptReason.CUSTOM, facts, words))
    elif kind is ReplyKind.INTERRUPT_UNCONFIRMED and reason:
        draft.body.insert(0, _why(reason, facts, words))
    elif kind is ReplyKind.TIMED_OUT and (duration := _number(facts.get("duration"))) is not None:
        draft.say(words.after_timeout.format(duration=words.duration(duration)))
    error = _line(facts.get("error"))
    if kind is ReplyKind.FAILED:
        draft.say(error or words.error_unknown)
    elif kind is ReplyKind.INTERRUPTED and reason in {None, InterruptReason.CUSTOM}:
        draft.say(error)
    _hints(facts, draft)
    if kind is not ReplyKind.NEEDS_INPUT:
        draft.say(_kept(kind, facts, words))
    _superseded(facts, words, draft)
    _policy(facts, words, draft)
    _restarts(facts, words, draft)
    draft.link(words.label_preview, facts.get("preview_url"))
    _work_rows(facts, words, draft)
    if kind is ReplyKind.NEEDS_INPUT and facts.get("commit"):
        draft.row(words.label_saved, _upper(_where(facts, words)))
    _figures(facts, words, draft)
    draft.link(words.label_log, facts.get("log_url"))
    return then


def _why(reason: InterruptReason, facts: Facts, words: Translation) -> str:
    newer = _line(facts.get("stopped_by"))
    if facts.get("elsewhere"):
        named = words.stopped_elsewhere.format(newer=words.quote(newer))
        return named if newer else words.stopped_elsewhere_unnamed
    if reason is InterruptReason.PRIORITY_OVERRIDE and newer:
        return words.stopped_by.format(newer=words.quote(newer))
    limit = _member(ResourceLimit, facts.get("limit_passed")) if reason is InterruptReason.RESOURCE_LIMIT else None
    return words.limits[limit] if limit is not None else words.reasons[reason]


def _running(kind: ReplyKind, facts: Facts, words: Translation, draft: _Draft) -> str:
    """What is being done or waits; returns what to do next where nothing is."""
    if kind is ReplyKind.PUT_ASIDE:
        newer = _line(facts.get("stopped_by"))
        draft.say(words.first_elsewhere.format(newer=words.quote(newer)) if newer else words.first_elsewhere_unnamed)
        draft.say(_kept(kind, facts, words))
    _superseded(facts, words, draft)
    if facts.get("policy_kept"):
        _policy(facts, words, draft)
    _restarts(facts, words, draft)
    then = _status(facts, words, draft) if kind is ReplyKind.STATUS else ""
    waiting = [words.quote(one) for one in map(_line, _sequence(facts.get("waiting"))) if one]
    _list_row(words.label_waiting, waiting, words, draft)
    return then


def _status(facts: Facts, words: Translation, draft: _Draft) -> str:
    state = _member(CommandState, facts.get("state"))
    idle = state is None or state.terminal
    if idle:
        draft.say(words.waiting_none)
    request = _line(facts.get("instruction"))
    draft.row(words.label_request, words.quote(request) if request else "")
    held = not idle and bool(facts.get("waits_elsewhere"))
    if state is not None and not (held and state is CommandState.ACCEPTED):  # then it is not about to start
        draft.row(words.label_state, words.states[state])
    if not idle:
        draft.row(words.label_step, _line(facts.get("step")))
        _since(facts.get("since"), words, draft)
    draft.say(words.first_elsewhere_unnamed if held else "")
    kept = _member(Policy, facts.get("thread_policy"))
    draft.say(words.policies_kept[kept] if kept else "")
    draft.row(words.label_branch, _line(facts.get("branch")))
    draft.row(words.label_last_commit, _line(facts.get("last_commit")))
    return words.idle_then if idle else ""


def _refused(kind: ReplyKind, facts: Facts, words: Translation, draft: _Draft) -> None:
    if kind is ReplyKind.POLICY_SET:
        _policy(facts, words, draft)
    older = _line(facts.get("instruction")) if kind is ReplyKind.BUSY else ""
    if older:
        draft.say(words.busy_with.format(older=words.quote(older)))
    name = _line(facts.get("name"))
    if name:
        draft.say(words.quote(name))
    limit = _line(facts.get("limit"))
    if limit:
        draft.say(words.limit.format(limit=limit))
    _share(facts, words, draft)


def _share(facts: Facts, words: Translation, draft: _Draft) -> None:
    """Which limit of which share is met, and until when."""
    measure, whose = _member(Measure, facts.get("measure")), _member(Whose, facts.get("whose"))
    most, until = _number(facts.get("most")), _number(facts.get("until"))
    if measure is not None and whose is not None and most is not None:
        sentence = words.shares[measure, whose]
        draft.say(sentence.format(requests=words.requests(round(most)), cost=words.cost(most)))
    if until is not None and until >= _SPAN_SECONDS:
        draft.say(words.share_free.format(moment=_moment(until, words)))


def _superseded(facts: Facts, words: Translation, draft: _Draft) -> None:
    """What was stopped for this one, and where its work is."""
    given = facts.get("superseded")
    for older in [given] if isinstance(given, Mapping | str) else _sequence(given):
        told = older if isinstance(older, Mapping) else {"instruction": older}
        name = _line(told.get("instruction"))
        if told.get("aside"):
            draft.say(words.superseded_aside.format(older=words.quote(name)) if name else "")
            continue
        sentence = words.superseded.format(older=words.quote(name)) if name else words.superseded_unnamed
        known = isinstance(older, Mapping) and (
            told.get("commit") or told.get("branch") or told.get("never_started") is not None
        )
        draft.say(f"{sentence} {_kept(ReplyKind.INTERRUPTED, told, words)}" if known else sentence)


def _kept(kind: ReplyKind, facts: Facts, words: Translation) -> str:
    """Where the work is, or that there is none."""
    if facts.get("never_started"):
        return words.never_started
    if not facts.get("commit"):
        # After a stop that nobody confirmed it is not known that nothing changed: the branch is where to look.
        unsure = kind is ReplyKind.INTERRUPT_UNCONFIRMED and facts.get("branch")
        return words.kept.format(where=_where(facts, words)) if unsure else words.nothing_kept
    phrase = words.kept_unpushed if facts.get("pushed") is False else words.kept
    return phrase.format(where=_where(facts, words))


def _where(facts: Facts, words: Translation) -> str:
    branch, commit = _line(facts.get("branch")), _line(facts.get("commit"))
    if branch and commit:
        return words.on_branch_commit.format(branch=branch, commit=commit)
    return words.on_branch.format(branch=branch) if branch else words.at_commit.format(commit=commit)


def _policy(facts: Facts, words: Translation, draft: _Draft) -> None:
    if facts.get("policy_usual"):
        draft.say(words.policy_usual)
    kept = _member(Policy, facts.get("policy_kept"))
    if kept:
        draft.say(words.policies_kept[kept])
        draft.say(words.policy_lasts)
        return
    policy = _member(Policy, facts.get("policy"))
    if policy:
        draft.say(words.policies[policy])


def _restarts(facts: Facts, words: Translation, draft: _Draft) -> None:
    if facts.get("put_aside"):
        draft.say(words.put_aside)
    count = int(_number(facts.get("restarts")) or max((_number(facts.get("attempt")) or 1) - 1, 0))
    if count == 1:
        draft.say(words.restarted_once)
    elif count > 1:
        draft.say(words.restarted_often.format(count=count))


def _work_rows(facts: Facts, words: Translation, draft: _Draft) -> None:
    files = [name for name in map(_line, _sequence(facts.get("files_changed"))) if name]
    _list_row(words.label_files, files, words, draft)
    text = str(facts.get("diffstat") or "")[-limits.PHRASE_CHARS :]
    added, removed = (found[1] if (found := pattern.search(text)) else "0" for pattern in (_ADDED, _REMOVED))
    draft.row(
        words.label_changes, words.lines.format(added=added, removed=removed) if (added, removed) != ("0", "0") else ""
    )


def _list_row(label: str, values: Sequence[str], words: Translation, draft: _Draft) -> None:
    """The first few below one another, the rest counted."""
    shown = list(values[:REPLY_FILES_NAMED])
    if len(values) > len(shown):
        shown.append(words.files_more.format(count=len(values) - len(shown)))
    if shown:
        draft.row(label, shown[0], more=shown[1:])


def _figures(facts: Facts, words: Translation, draft: _Draft) -> None:
    duration, cost = _number(facts.get("duration")), _number(facts.get("cost"))
    draft.row(words.label_duration, words.duration(duration) if duration else "")
    draft.row(words.label_cost, words.cost(cost) if cost else "")


def _since(value: object, words: Translation, draft: _Draft) -> None:
    number = _number(value)
    if number is None:
        draft.row(words.label_since, _line(value) if isinstance(value, str) else "")
    elif number < _SPAN_SECONDS:
        draft.row(words.label_for, words.duration(number))
    else:
        draft.row(words.label_since, _moment(number, words))


def _moment(number: float, words: Translation) -> str:
    return words.moment(datetime.datetime.fromtimestamp(number, datetime.UTC))


def _line(value: object) -> str:
    """The first line with words in it, cleaned and cut."""
    if value is None:
        return ""
    text = next((line for line in str(value).splitlines() if line.strip()), "")
    whole = folding.clean(text, limits.PHRASE_CHARS + 1)
    return whole if len(whole) <= limits.PHRASE_CHARS else f"{whole[: limits.PHRASE_CHARS - 1].rstrip()}…"


def _prose(value: object) -> str:
    """Several lines, each cleaned; blank lines part paragraphs."""
    text = str(value or "")[:REPLY_SUMMARY_CHARS]
    lines = [line.expandtabs(2).rstrip() for line in text.splitlines()]
    kept = [folding.clean(line, REPLY_SUMMARY_CHARS) for line in lines]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    return f"{joined} …" if len(str(value or "")) > REPLY_SUMMARY_CHARS else joined


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LAST_MOMENT < value < _LAST_MOMENT:
        return None
    return float(value)


def _sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else ()


def _member(of: type[_Member], value: object) -> _Member | None:
    return next((member for member in of if member == value), None)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
