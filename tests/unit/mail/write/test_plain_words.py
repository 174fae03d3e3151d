"""What a person without technical knowledge reads, and what only those read who want details."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from hermes.domain.commands import CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.reply_facts import (
    Cause,
    Done,
    KeptWork,
    Nothing,
    Open,
    OpenKind,
    RefusedMail,
    ReplyFacts,
    ReplyKind,
    Report,
    RequestFacts,
    Status,
    Stopped,
    StoppedKind,
    Superseded,
)
from hermes.domain.request import Intent
from hermes.errors import Fault
from hermes.mail.read import intent
from hermes.mail.write import templates
from hermes.mail.write.templates import LANGUAGES
from tests.unit.mail.write import page

LANGUAGE_CODES = sorted(LANGUAGES)
_TECHNICAL = "fatal: could not read Username for 'https://git.example': terminal prompts disabled"
_WORK = KeptWork(commit="a1b2c3d4e5", branch="thread-abc12345")
_REPORT = Report(
    error=_TECHNICAL,
    hint="Give Hermes access to it (a deploy key or token).",
    files_changed=("index.html",),
    diffstat=" 2 insertions(+)",
    duration=41.0,
    cost=0.12,
    log_url="https://bucket.example/log",
)
_HIDDEN = ("fatal", "Username", "deploy key", "a1b2c3d4e5", "thread-abc12345", "41 s", "0.12", "0,12", "bucket.example")


def told(facts: ReplyFacts, language: str = "en", *, details: bool = False, offset: int | None = None) -> str:
    return page.words(templates.render(facts, language=language, details=details, offset=offset).text)


def _ends() -> list[ReplyFacts]:
    found: list[ReplyFacts] = [Done(kind=ReplyKind.SUCCEEDED, work=_WORK, report=_REPORT)]
    for kind in get_args(StoppedKind):
        cause = Cause(reason=InterruptReason.CUSTOM)
        found.append(Stopped(kind=kind, work=_WORK, report=_REPORT, cause=cause))
    request = RequestFacts(superseded=(Superseded(instruction="Title", work=_WORK),))
    found.append(Done(kind=ReplyKind.SUCCEEDED, request=request))
    return found


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_nothing_technical_reaches_a_person_who_did_not_ask_for_it(language: str) -> None:
    for facts in (*_ends(), Status(branch="thread-abc12345", last_commit="a1b2c3d4e5")):
        rendered = templates.render(facts, language=language)
        for words in _HIDDEN:
            if words == "41 s" and facts.kind is ReplyKind.TIMED_OUT:
                continue  # how long it was let run is no detail
            assert words not in page.words(rendered.text), (facts.kind, words)
            assert words not in rendered.html, (facts.kind, words)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_who_wants_details_has_them_in_one_small_last_paragraph(language: str) -> None:
    facts = Stopped(kind=ReplyKind.FAILED, work=_WORK, report=_REPORT)
    rendered = templates.render(facts, language=language, details=True)
    last = page.words(rendered.text.split("\n\n")[-2])
    for words in (
        "fatal: could not read Username",
        "deploy key",
        "a1b2c3d4e5",
        "thread-abc12345",
        "https://bucket.example/log",
    ):
        assert words in last
    assert '<a href="https://bucket.example/log"' in rendered.html


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("fault", list(Fault))
def test_every_failure_says_whose_matter_it_is_and_what_to_do(fault: Fault, language: str) -> None:
    words = LANGUAGES[language]
    facts = Stopped(kind=ReplyKind.FAILED, report=Report(error=_TECHNICAL, hint="Do that.", fault=fault))
    said = told(facts, language)
    trouble = words.faults.get(fault, words.ours)
    assert page.words(trouble.body) in said
    assert page.words(trouble.then) in said
    # What somebody else has to mend has the same words, but for a lack of memory: a smaller step needs less.
    assert (fault in words.faults) is (not fault.ours or fault is Fault.MEMORY)
    assert ("fatal" in said, "Do that." in said) == (fault is Fault.WORDS, fault is Fault.WORDS)


def test_a_failure_of_an_earlier_version_is_on_our_side() -> None:
    assert LANGUAGES["en"].ours.body in told(Stopped(kind=ReplyKind.FAILED, report=Report(error=_TECHNICAL)))


def test_the_output_of_an_agent_that_failed_is_a_detail() -> None:
    facts = Stopped(
        kind=ReplyKind.FAILED, report=Report(summary="Traceback (most recent call last)", fault=Fault.TRIED)
    )
    assert "Traceback" not in told(facts)
    assert "Traceback" in told(facts, details=True)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_answer_to_a_question_is_the_first_paragraph(language: str) -> None:
    report = Report(
        summary="The shop closes at six.\n\nOn Sundays it is closed.", preview_url="https://preview.example/x"
    )
    facts = Done(kind=ReplyKind.ANSWERED, request=RequestFacts(instruction="When does it close?"), report=report)
    rendered = templates.render(facts, language=language)
    assert rendered.text.startswith("The shop closes at six.\n\nOn Sundays it is closed.\n\n")
    assert LANGUAGES[language].headlines[ReplyKind.ANSWERED].headline not in rendered.text
    assert "https://preview.example/x" in rendered.text, "where it can be seen"
    assert rendered.html.index("closes at six") < rendered.html.index("When does it close?")


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_what_came_with_a_mail_is_acknowledged_by_name(language: str) -> None:
    request = RequestFacts(attachments=("menu.pdf", "shop.jpg", "door.jpg"))
    kinds: list[OpenKind] = [ReplyKind.ACKNOWLEDGED, ReplyKind.STILL_STARTING]
    found: list[ReplyFacts] = [Done(kind=ReplyKind.SUCCEEDED, request=request)]
    found += [Stopped(kind=ReplyKind.NEEDS_INPUT, request=request)]
    found += [Open(kind=kind, request=request) for kind in kinds]
    found += [RefusedMail(kind=ReplyKind.ONLY_FILES, attachments=request.attachments)]
    for facts in found:
        said = told(facts, language)
        assert re.search(r"menu\.pdf\W+shop\.jpg\W+\w+\W+door\.jpg", said), said


def test_many_attachments_are_counted() -> None:
    request = RequestFacts(attachments=tuple(f"{n}.jpg" for n in range(11)))
    assert "“7.jpg”, and 3 more." in told(Done(kind=ReplyKind.SUCCEEDED, request=request))


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_an_undo_names_what_it_took_back_and_how_to_take_back_more(language: str) -> None:
    words = LANGUAGES[language]
    said = told(Done(kind=ReplyKind.SUCCEEDED, report=Report(undone="Make it blue")), language)
    assert page.words(words.undone.format(older=words.quote("Make it blue"))) in said
    assert page.words(words.undone_then) in said
    assert page.words(words.headlines[ReplyKind.SUCCEEDED].then) not in said


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_work_beside_that_of_others_and_what_was_left_out_are_told(language: str) -> None:
    words = LANGUAGES[language]
    said = told(Done(kind=ReplyKind.SUCCEEDED, report=Report(beside=True, left_out=(".env",))), language)
    assert page.words(words.beside) in said
    assert ".env" in said


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_a_moment_is_in_the_persons_own_time_where_it_is_known(language: str) -> None:
    def since(offset: int | None) -> str:
        return told(_RUNNING, language, offset=offset)

    assert "14:13 UTC" in since(None)
    assert "16:13" in since(120)
    assert "UTC" not in since(120)
    assert "09:43" in since(-270)
    assert "14:13 UTC" in since(100_000), "no clock of the earth"


_RUNNING = Status(since=1_790_000_000.0, instruction="Title", state=CommandState.RUNNING)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_words_that_a_person_is_told_to_write_are_understood(language: str) -> None:
    words = LANGUAGES[language]
    for word, wanted in (
        (words.stop_word, Intent.STOP),
        (words.undo_word, Intent.UNDO),
        (words.status_word, Intent.STATUS),
        (words.help_word, Intent.HELP),
        (words.again_word, Intent.REQUEST),
    ):
        assert intent.of(word).intent is wanted, word
        assert intent.of(word.capitalize()).intent is wanted, word


_NAMED = re.compile(r"[“„«]\s?([^”“»]+?)\s?[”“»]")
#: Names of fields, and what begins a line.
_NO_WORDS = {"To", "Cc", "An", "À", "Para", "/default", "/queue", "clear-signed"}


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_word_in_quotation_marks_does_what_the_reply_promises(language: str) -> None:
    """No template tells people to write something that Hermes reads as something else."""
    words = LANGUAGES[language]
    known = {words.stop_word, words.undo_word, words.status_word, words.help_word, words.again_word}
    controls = {word.casefold() for word in known}
    for headline in words.headlines.values():
        for found in _NAMED.findall(f"{headline.body} {headline.then}"):
            if found in _NO_WORDS or found.casefold() in controls:
                continue
            read = intent.of(found).intent
            assert read in (Intent.PREVIEW, Intent.REQUEST, Intent.PUBLISH, Intent.APPROVE, Intent.DECLINE), found


def test_help_names_the_controls_in_every_language() -> None:
    for words in LANGUAGES.values():
        said = told(Nothing(kind=ReplyKind.HELP), words.code).casefold()
        for word in (words.stop_word, words.status_word, words.undo_word):
            assert word.casefold() in said


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_no_language_lacks_a_word_that_another_has(language: str) -> None:
    """The type checker finds a missing field, not one whose row is missing in a table."""
    english, words = LANGUAGES["en"], LANGUAGES[language]
    for table in (
        "headlines",
        "reasons",
        "limits",
        "reasons_then",
        "policies",
        "policies_kept",
        "states",
        "steps",
        "faults",
        "shares",
    ):
        ours, theirs = getattr(english, table), getattr(words, table)
        assert set(ours) == set(theirs), table
        for key in ours:
            assert bool(str(ours[key])) == bool(str(theirs[key])), (table, key)
    for kind, headline in english.headlines.items():
        there = words.headlines[kind]
        assert (bool(headline.body), bool(headline.then)) == (bool(there.body), bool(there.then)), kind
