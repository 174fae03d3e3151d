"""Templates: every kind in every language, whatever facts are known, said to a person."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes import errors
from hermes.domain.commands import CommandState, WorkStep
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.reply_facts import (
    Cause,
    Done,
    KeptWork,
    PolicyNote,
    RefusedMail,
    ReplyKind,
    Report,
    RequestFacts,
    Status,
    Stopped,
    Superseded,
)
from hermes.domain.request import Policy
from hermes.mail.write import draft, templates
from tests.unit.mail.write import known, page

_LANGUAGES = sorted(templates.LANGUAGES)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_every_kind_is_complete_in_every_language_with_and_without_facts(language: str) -> None:
    facts_of_all = (*known.nothing(), *known.everything(), known.SUCCEEDED)
    for facts, details in itertools.product(facts_of_all, (False, True)):
        rendered = templates.render(facts, language=language, details=details)
        headline = templates.LANGUAGES[language].headlines[facts.kind]
        answers = isinstance(facts, Done) and facts.kind is ReplyKind.ANSWERED and facts.report.summary
        assert page.words(rendered.text).startswith("words" if answers else page.words(headline.headline))
        assert not re.search(r"[{}]|None|\bInterruptReason\b", rendered.text)
        assert max(len(line) for line in rendered.text.splitlines()) <= 72
        seen, reader = page.seen(rendered.html)
        assert answers or page.words(headline.headline) in seen
        assert all(one.startswith("cid:") for one in reader.loads), "pictures come with the mail"
        assert not {"script", "style", "link", "iframe"} & set(reader.tags)


def test_every_kind_has_facts_and_no_kind_has_two_sorts_of_them() -> None:
    kinds = [facts.kind for facts in known.nothing()]
    assert sorted(kinds) == sorted(ReplyKind)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_text_and_html_say_the_same(language: str) -> None:
    for facts in (*known.everything(), known.SUCCEEDED):
        rendered = templates.render(facts, language=language, marker="[hermes:abc]", details=True)
        text = re.sub(r": [\w-]+\.png$", "", rendered.text, flags=re.MULTILINE)  # a page shows the picture
        told = re.sub(r"[\s—:]", "", text)
        seen = re.sub(r"[\s—:]", "", page.seen(rendered.html)[0])
        assert told == seen
        assert "[hermes:abc]" in rendered.text


def test_languages_say_different_things() -> None:
    english, german = templates.LANGUAGES["en"], templates.LANGUAGES["de"]
    assert not {one.headline for one in english.headlines.values()} & {
        one.headline for one in german.headlines.values()
    }
    assert set(english.headlines) == set(german.headlines) == set(ReplyKind)
    assert set(english.reasons) == set(german.reasons) == set(InterruptReason)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_ch", "de"),
        ("fr-CA", "fr"),
        ("es", "es"),
        ("pt", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_language_that_is_not_there_is_answered_in_english(tag: str | None, code: str) -> None:
    assert templates.language_of(tag) == code


def test_every_refusal_has_a_row_and_unauthenticated_mail_is_never_answered() -> None:
    assert set(templates.REFUSALS) == set(errors.Refusal)
    silent = {refusal for refusal, kind in templates.REFUSALS.items() if kind is None}
    assert {errors.Refusal.NO_PROJECT, errors.Refusal.NOT_AUTHENTICATED, errors.Refusal.FROM_UNUSABLE} <= silent


def test_a_stranger_learns_nothing_from_the_answer_to_them() -> None:
    told = templates.render(RefusedMail(kind=ReplyKind.NOT_AN_OWNER)).text
    headline = templates.LANGUAGES["en"].headlines[ReplyKind.NOT_AN_OWNER]
    footer = templates.LANGUAGES["en"].footer
    fixed = page.words(f"{headline.headline} {headline.body} {headline.then} — {footer}")
    assert page.words(told) == fixed


@pytest.mark.parametrize("reason", InterruptReason)
@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_stop_says_why_and_whether_the_work_is_kept(reason: InterruptReason, language: str) -> None:
    def told(work: KeptWork) -> str:
        facts = Stopped(kind=ReplyKind.INTERRUPTED, request=known.REQUEST, work=work, cause=Cause(reason=reason))
        return page.words(templates.render(facts, language=language).text)

    words = templates.LANGUAGES[language]
    assert words.reasons[reason] in told(known.WORK)
    assert page.words(words.kept) in told(known.WORK)
    assert words.nothing_kept in told(KeptWork())
    assert words.never_started in told(KeptWork(never_started=True))


def test_the_newer_mail_is_named_where_it_is_known() -> None:
    cause = Cause(reason=InterruptReason.PRIORITY_OVERRIDE, newer="Make it green\nplease")
    for facts in (
        Stopped(kind=ReplyKind.INTERRUPTED, cause=cause, work=KeptWork(never_started=True)),
        Stopped(kind=ReplyKind.INTERRUPT_UNCONFIRMED, cause=cause),
    ):
        assert "Your newer message “Make it green” took its place." in templates.render(facts).text


def test_a_command_says_what_it_took_the_place_of_and_that_its_work_is_kept() -> None:
    def told(*superseded: Superseded) -> str:
        request = RequestFacts(instruction="Make it green", superseded=superseded)
        return page.words(templates.render(Done(kind=ReplyKind.SUCCEEDED, request=request)).text)

    older = Superseded(instruction="Make it blue", work=KeptWork(branch="thread-x", commit="b2c3d4e"))
    assert "your earlier message “Make it blue” was stopped" in told(older)
    assert "What was done until then is saved." in told(older)
    assert "“Make it red” was stopped" in told(older, Superseded(instruction="Make it red"))
    both = told(older, Superseded(instruction="Make it red", aside=True))
    assert "“Make it blue” was stopped" in both
    assert "“Make it red” in another conversation was put aside; it goes on now." in both


def test_after_a_stop_that_nobody_confirmed_nothing_is_promised_of_the_work() -> None:
    def told(work: KeptWork) -> str:
        return page.words(templates.render(Stopped(kind=ReplyKind.INTERRUPT_UNCONFIRMED, work=work)).text)

    assert templates.LANGUAGES["en"].kept_unsure in told(KeptWork(branch="thread-x"))
    assert templates.LANGUAGES["en"].nothing_kept in told(KeptWork())


def test_work_that_is_not_uploaded_is_not_called_safe() -> None:
    unpushed = KeptWork(commit="a1b2c3d", branch="thread-abc12345", unpushed=True)
    for facts in (Done(kind=ReplyKind.SUCCEEDED, work=unpushed), Stopped(kind=ReplyKind.FAILED, work=unpushed)):
        assert "could not be uploaded yet" in page.words(templates.render(facts).text)
    assert "could not be uploaded" not in page.words(templates.render(known.SUCCEEDED).text)


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (0.4, "less than 1 s", "unter 1 s"),
        (41.2, "41 s", "41 s"),
        (60, "1 min", "1 min"),
        (200.2, "3 min 20 s", "3 min 20 s"),
        (3600, "1 h", "1 Std."),
        (7500, "2 h 5 min", "2 Std. 5 min"),
    ],
)
def test_time_is_said_as_people_say_it(seconds: float, english: str, german: str) -> None:
    assert templates.LANGUAGES["en"].duration(seconds) == english
    assert templates.LANGUAGES["de"].duration(seconds) == german


@pytest.mark.parametrize(
    ("dollars", "english", "german"),
    [(0.12, "$0.12", "0,12 $"), (1234.5, "$1,234.50", "1.234,50 $"), (0.001, "less than $0.01", "unter 0,01 $")],
)
def test_money_is_said_as_people_say_it(dollars: float, english: str, german: str) -> None:
    assert templates.LANGUAGES["en"].cost(dollars) == english
    assert templates.LANGUAGES["de"].cost(dollars) == german


@pytest.mark.parametrize(
    "number", [float("inf"), float("-inf"), float("nan"), 10**400], ids=["inf", "-inf", "nan", "huge"]
)
def test_numbers_beyond_all_sense_are_left_out(number: float) -> None:
    for facts in known.everything(number=number):
        assert not re.search(r"\binf\b|\bnan\b|\d\d", templates.render(facts).text)


@pytest.mark.parametrize(("restarts", "said"), [(1, "interrupted once"), (2, "interrupted 2 times"), (0, "")])
def test_a_restart_is_owned_up_to(restarts: int, said: str) -> None:
    facts = Done(kind=ReplyKind.SUCCEEDED, request=RequestFacts(restarts=restarts))
    told = page.words(templates.render(facts).text)
    assert said in told
    assert said or "on our side" not in told


@pytest.mark.parametrize(("policy", "said"), [(Policy.QUEUE, "one after the other"), (Policy.MERGE, "done together")])
def test_the_policy_that_makes_people_wait_is_named(policy: Policy, said: str) -> None:
    facts = Done(kind=ReplyKind.SUCCEEDED, request=RequestFacts(policy=PolicyNote(applied=policy)))
    assert said in page.words(templates.render(facts).text)


def test_a_refused_attachment_is_named() -> None:
    told = templates.render(RefusedMail(kind=ReplyKind.ATTACHMENT_NOT_ALLOWED, attachment="setup.exe")).text
    assert "“setup.exe”" in told


def test_a_refused_command_names_the_one_that_is_open() -> None:
    assert "“Title”" in templates.render(RefusedMail(kind=ReplyKind.BUSY, open_instruction="Title")).text


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_share_that_is_used_up_says_how_much_whose_and_until_when(language: str) -> None:
    for (measure, whose), said in templates.LANGUAGES[language].shares.items():
        share = known.share(measure, whose, most=3.0, until=1_790_000_400.0)
        facts = RefusedMail(kind=templates.SHARES[measure], share=share)
        told = page.words(templates.render(facts, language=language).text)
        assert page.words(said.split("{")[0]) in told
        assert re.search(r"\b3\b", told)
        assert "14:20 UTC" in told
    assert len(templates.LANGUAGES[language].shares) == 9


def test_one_request_is_said_in_words() -> None:
    facts = RefusedMail(kind=ReplyKind.OPEN_LIMIT, share=known.share(most=1.0))
    assert "You can have one request in progress" in page.words(templates.render(facts).text)
    assert "Sie können einen Auftrag" in page.words(templates.render(facts, language="de").text)


def test_what_waits_for_another_conversation_is_not_said_to_start_soon() -> None:
    def told(elsewhere: bool) -> str:
        facts = Status(state=CommandState.ACCEPTED, instruction="Rework the page", waits_elsewhere=elsewhere)
        return page.words(templates.render(facts).text)

    assert "in another conversation, is worked on first" in told(True)
    assert "about to start" not in told(True)
    assert "about to start" in told(False)


def test_many_files_are_counted_and_long_phrases_cut() -> None:
    report = Report(files_changed=tuple(f"f{number}" for number in range(60)))
    facts = Done(kind=ReplyKind.SUCCEEDED, request=RequestFacts(instruction="word " * 500), report=report)
    told = templates.render(facts).text
    assert "and 52 more" in told
    assert len(told) < 1500


def test_a_long_summary_is_cut_and_says_so() -> None:
    told = templates.render(Done(kind=ReplyKind.SUCCEEDED, report=Report(summary="word " * 2000))).text
    assert len(told) < draft.REPLY_SUMMARY_CHARS * 1.2
    assert "word …" in page.words(told)


def test_the_extent_of_a_change_is_a_detail() -> None:
    assert "Lines: 2 added, 0 removed" in page.words(templates.render(known.SUCCEEDED, details=True).text)
    assert "Zeilen" in templates.render(known.SUCCEEDED, language="de", details=True).text
    binary = Done(kind=ReplyKind.SUCCEEDED, report=Report(diffstat="Bin 0 -> 1 bytes"))
    assert "Lines" not in templates.render(binary, details=True).text


def test_a_question_comes_before_where_the_work_is() -> None:
    report = Report(question="Which title?", summary="I looked.")
    facts = Stopped(kind=ReplyKind.NEEDS_INPUT, work=known.WORK, report=report)
    told = templates.render(facts, details=True).text
    assert told.index("Which title?") < told.index("a1b2c3d")
    assert "I looked." not in told
    assert "I looked." in templates.render(Stopped(kind=ReplyKind.NEEDS_INPUT, report=Report(summary="I looked."))).text


def test_status_shows_what_is_done_since_when_and_what_waits() -> None:
    facts = Status(
        state=CommandState.RUNNING,
        step=WorkStep.AGENT,
        instruction="Title",
        since=1_790_000_000.0,
        last_commit="a1b2c3d",
        waiting=("Next", "Last"),
    )
    told = templates.render(facts, details=True).text
    for words in (
        "“Title”",
        "being worked on – making the change",
        "21 September 2026, 14:13 UTC",
        "a1b2c3d",
        "“Next”",
        "“Last”",
        "“stop”",
    ):
        assert words in told


def test_status_of_an_idle_session_offers_no_stop() -> None:
    assert "Nothing is being worked on" in templates.render(Status()).text
    done = Status(state=CommandState.SUCCEEDED, instruction="Title", since=1_790_000_000.0)
    for facts in (Status(), done):
        told = templates.render(facts).text
        assert "“stop”" not in told
        assert "none" not in told
        assert "Since" not in told


def test_only_links_of_the_web_are_links() -> None:
    for link in ("javascript:alert(1)", 'https://x.example/"onclick="x', "ftp://x", "https://x y"):
        page = templates.render(Done(kind=ReplyKind.SUCCEEDED, report=Report(preview_url=link))).html
        assert "<a " not in page
    assert "<a " not in templates.render(Status(state=CommandState.RUNNING, branch="https://x.example/")).html
    assert '<a href="https://preview.example/x?a=1&amp;b=2"' in templates.render(known.SUCCEEDED).html


@settings(max_examples=100, deadline=None)
@given(language=st.sampled_from(_LANGUAGES), text=st.text(max_size=80), number=st.floats())
def test_no_fact_makes_a_reply_fail_or_reaches_the_page_as_markup(language: str, text: str, number: float) -> None:
    for facts in known.everything(text, number):
        rendered = templates.render(facts, language=language)
        assert rendered.text.strip()
        _, reader = page.seen(rendered.html)
        assert set(reader.tags) <= {
            "img",
            *("html", "head", "meta", "title", "body", "table", "tr", "td"),
            *("h1", "p", "div", "span", "br", "a"),
        }


def test_markup_of_others_is_shown_as_letters() -> None:
    report = Report(summary="<script>alert(1)</script>")
    facts = Done(kind=ReplyKind.SUCCEEDED, request=RequestFacts(instruction="<img src=x>"), report=report)
    page = templates.render(facts).html
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_stopped_reply_says_which_limit_was_passed(language: str) -> None:
    said = set()
    for limit in (*ResourceLimit, None):
        cause = Cause(reason=InterruptReason.RESOURCE_LIMIT, limit=limit)
        said.add(templates.render(Stopped(kind=ReplyKind.INTERRUPTED, cause=cause), language=language).text)
    assert len(said) == len(ResourceLimit) + 1
    for words in templates.LANGUAGES[language].limits.values():
        assert any(page.words(words) in page.words(text) for text in said)


@pytest.mark.parametrize(
    ("language", "asked", "shown"),
    [
        ("de", "Titel „Frühling“ bitte", "„Titel ‚Frühling‘ bitte“"),
        ("en", "Title “Spring” please", "“Title ‘Spring’ please”"),
    ],
)
def test_quotation_marks_inside_others_are_single(language: str, asked: str, shown: str) -> None:
    facts = Done(kind=ReplyKind.SUCCEEDED, request=RequestFacts(instruction=asked))
    assert shown in templates.render(facts, language=language).text
