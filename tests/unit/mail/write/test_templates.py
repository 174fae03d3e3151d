"""Templates: every kind in every language, whatever facts are known, said to a person."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes import errors
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.mail.write import templates
from hermes.mail.write.templates import ReplyKind
from tests.unit.mail.write import page

_LANGUAGES = sorted(templates.LANGUAGES)
_FACTS: dict[str, Any] = {
    "instruction": "Please update the homepage title\nand thank you",
    "summary": "I changed the title.\n\n- one\n- two",
    "files_changed": ["src/index.astro", "src/other.astro"],
    "diffstat": " src/index.astro | 2 +-\n 2 files changed, 2 insertions(+)",
    "commit": "a1b2c3d",
    "branch": "thread-abc12345",
    "pushed": True,
    "duration": 200.2,
    "cost": 0.12,
    "preview_url": "https://preview.example/x?a=1&b=2",
}


@pytest.mark.parametrize("language", _LANGUAGES)
@pytest.mark.parametrize("kind", ReplyKind)
def test_every_kind_is_complete_in_every_language_with_and_without_facts(kind: ReplyKind, language: str) -> None:
    for facts in ({}, _FACTS):
        rendered = templates.render(kind, facts, language=language)
        frame = templates.LANGUAGES[language].frames[kind]
        assert rendered.text.startswith(frame.headline)
        assert not re.search(r"[{}]|None|\bInterruptReason\b", rendered.text)
        assert max(len(line) for line in rendered.text.splitlines()) <= 72
        seen, reader = page.seen(rendered.html)
        assert frame.headline in seen
        assert reader.loads == []
        assert not {"img", "script", "style", "link", "iframe"} & set(reader.tags)


@pytest.mark.parametrize("language", _LANGUAGES)
def test_text_and_html_say_the_same(language: str) -> None:
    for kind in ReplyKind:
        rendered = templates.render(kind, _FACTS | {"marker": "[hermes:abc]", "stopped_by": "newer"}, language=language)
        told = re.sub(r"[\s—:]", "", rendered.text)
        seen = re.sub(r"[\s—:]", "", page.seen(rendered.html)[0])
        assert told == seen


def test_languages_say_different_things() -> None:
    english, german = templates.LANGUAGES["en"], templates.LANGUAGES["de"]
    assert not {frame.headline for frame in english.frames.values()} & {
        frame.headline for frame in german.frames.values()
    }
    assert set(english.frames) == set(german.frames) == set(ReplyKind)
    assert set(english.reasons) == set(german.reasons) == set(InterruptReason)


@pytest.mark.parametrize(
    ("tag", "code"), [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("fr", "en"), ("", "en"), (None, "en")]
)
def test_a_language_that_is_not_there_is_answered_in_english(tag: str | None, code: str) -> None:
    assert templates.language_of(tag) == code


def test_every_refusal_has_a_row_and_unauthenticated_mail_is_never_answered() -> None:
    assert set(templates.REFUSALS) == set(errors.Refusal)
    silent = {refusal for refusal, kind in templates.REFUSALS.items() if kind is None}
    assert {errors.Refusal.NO_PROJECT, errors.Refusal.NOT_AUTHENTICATED, errors.Refusal.FROM_UNUSABLE} <= silent


def test_a_stranger_learns_nothing_from_the_answer_to_them() -> None:
    told = templates.render(
        ReplyKind.NOT_AN_OWNER, _FACTS | {"superseded": "secret", "error": "secret", "project": "secret"}
    ).text
    assert told == templates.render(ReplyKind.NOT_AN_OWNER, {}).text


@pytest.mark.parametrize("reason", InterruptReason)
@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_stop_says_why_and_where_the_work_is(reason: InterruptReason, language: str) -> None:
    words = templates.LANGUAGES[language]
    told = page.words(templates.render(ReplyKind.INTERRUPTED, _FACTS | {"reason": reason}, language=language).text)
    assert words.reasons[reason] in told
    assert templates.reason_words(reason, language=language) in told
    assert "a1b2c3d" in told
    assert "thread-abc12345" in told
    kept = page.words(templates.render(ReplyKind.INTERRUPTED, {"reason": reason}, language=language).text)
    assert words.nothing_kept in kept
    never = page.words(
        templates.render(ReplyKind.INTERRUPTED, {"reason": reason.value, "never_started": True}, language=language).text
    )
    assert words.never_started in never


def test_the_newer_mail_is_named_where_it_is_known() -> None:
    facts = {"reason": InterruptReason.PRIORITY_OVERRIDE, "stopped_by": "Make it green\nplease", "never_started": True}
    for kind in (ReplyKind.INTERRUPTED, ReplyKind.INTERRUPT_UNCONFIRMED):
        assert "Your newer message “Make it green” took its place." in templates.render(kind, facts).text


def test_a_command_says_what_it_took_the_place_of_and_where_that_work_is() -> None:
    older = {"instruction": "Make it blue", "branch": "thread-x", "commit": "b2c3d4e"}
    told = page.words(templates.render(ReplyKind.SUCCEEDED, _FACTS | {"superseded": older}).text)
    assert "your earlier message “Make it blue” was stopped" in told
    assert "saved on the branch thread-x (commit b2c3d4e)" in told
    several = page.words(templates.render(ReplyKind.SUCCEEDED, _FACTS | {"superseded": [older, "Make it red"]}).text)
    assert "“Make it red” was stopped" in several
    aside = {"instruction": "Make it red", "aside": True}
    both = page.words(templates.render(ReplyKind.SUCCEEDED, _FACTS | {"superseded": [older, aside]}).text)
    assert "“Make it blue” was stopped" in both
    assert "“Make it red” in another conversation was put aside; it goes on now." in both


def test_a_failure_says_what_happened_and_what_to_do() -> None:
    told = templates.render(
        ReplyKind.FAILED, {"error": "The build ended with an error.", "hint": "Check the name of the page."}
    ).text
    assert "The build ended with an error." in told
    assert "Check the name of the page." in told
    assert "Nothing had been changed until then." in told
    assert "An unexpected error occurred." in templates.render(ReplyKind.FAILED, {}).text


def test_work_that_is_not_uploaded_is_not_called_safe() -> None:
    assert "could not be uploaded yet" in page.words(
        templates.render(ReplyKind.SUCCEEDED, _FACTS | {"pushed": False}).text
    )
    assert "could not be uploaded yet" in page.words(
        templates.render(ReplyKind.FAILED, _FACTS | {"pushed": False}).text
    )
    assert "could not be uploaded" not in page.words(templates.render(ReplyKind.SUCCEEDED, _FACTS).text)


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
    "number", [float("inf"), float("-inf"), float("nan"), 10**400, True], ids=["inf", "-inf", "nan", "huge", "true"]
)
def test_numbers_beyond_all_sense_are_left_out(number: Any) -> None:
    facts = {
        "duration": number,
        "cost": number,
        "restarts": number,
        "attempt": number,
        "since": number,
        "state": "running",
    }
    for kind in ReplyKind:
        assert not re.search(r"\binf\b|\bnan\b|\d\d", templates.render(kind, facts).text)


@pytest.mark.parametrize(
    ("facts", "said"),
    [({"restarts": 1}, "interrupted once"), ({"attempt": 3}, "interrupted 2 times"), ({"attempt": 1}, "")],
)
def test_a_restart_is_owned_up_to(facts: dict[str, Any], said: str) -> None:
    told = page.words(templates.render(ReplyKind.SUCCEEDED, facts).text)
    assert said in told
    assert said or "on our side" not in told


def test_the_policy_that_makes_people_wait_is_named() -> None:
    assert "one after the other" in page.words(templates.render(ReplyKind.SUCCEEDED, {"policy": "queue"}).text)
    assert "done together" in page.words(templates.render(ReplyKind.SUCCEEDED, {"policy": "merge"}).text)


def test_a_refused_attachment_is_named_with_its_limit() -> None:
    told = templates.render(ReplyKind.ATTACHMENT_NOT_ALLOWED, {"name": "setup.exe", "limit": "10 files"}).text
    assert "“setup.exe”" in told
    assert "The limit is 10 files." in told


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_share_that_is_used_up_says_how_much_whose_and_until_when(language: str) -> None:
    for (measure, whose), said in templates.LANGUAGES[language].shares.items():
        kind = templates.REFUSALS[templates.SHARES[measure]]
        assert kind is not None
        facts = {"measure": measure.value, "whose": whose.value, "most": 3.0, "until": 1_790_000_400.0}
        told = page.words(templates.render(kind, facts, language=language).text)
        assert page.words(said.split("{")[0]) in told
        assert re.search(r"\b3\b", told)
        assert "14:20 UTC" in told
    assert len(templates.LANGUAGES[language].shares) == 9


def test_one_request_is_said_in_words() -> None:
    facts = {"measure": "open_commands", "whose": "owner", "most": 1.0, "until": None}
    assert "You can have one request in progress" in page.words(templates.render(ReplyKind.OPEN_LIMIT, facts).text)
    assert "Sie können einen Auftrag" in page.words(templates.render(ReplyKind.OPEN_LIMIT, facts, language="de").text)


def test_what_waits_for_another_conversation_is_not_said_to_start_soon() -> None:
    facts = {"state": "accepted", "instruction": "Rework the page", "waits_elsewhere": True}
    told = page.words(templates.render(ReplyKind.STATUS, facts).text)
    assert "in another conversation, is worked on first" in told
    assert "about to start" not in told
    assert "about to start" in page.words(templates.render(ReplyKind.STATUS, {**facts, "waits_elsewhere": False}).text)


def test_many_files_are_counted_and_long_phrases_cut() -> None:
    told = templates.render(
        ReplyKind.SUCCEEDED, {"files_changed": [f"f{number}" for number in range(40)], "instruction": "word " * 500}
    ).text
    assert "and 28 more" in told
    assert len(told) < 1500


def test_the_extent_of_a_change_is_said_in_words() -> None:
    assert "Lines:          2 added, 0 removed" in templates.render(ReplyKind.SUCCEEDED, _FACTS).text
    assert "Zeilen" in templates.render(ReplyKind.SUCCEEDED, _FACTS, language="de").text
    assert "Lines" not in templates.render(ReplyKind.SUCCEEDED, {"diffstat": "Bin 0 -> 1 bytes"}).text


def test_a_question_comes_before_where_the_work_is() -> None:
    told = templates.render(ReplyKind.NEEDS_INPUT, _FACTS | {"question": "Which title?"}).text
    assert told.index("Which title?") < told.index("a1b2c3d")


def test_status_shows_what_is_done_since_when_and_what_waits() -> None:
    facts = {
        "state": "running",
        "instruction": "Title",
        "step": "Editing",
        "since": 200,
        "last_commit": "a1b2c3d",
        "waiting": ["Next", "Last"],
    }
    told = templates.render(ReplyKind.STATUS, facts).text
    for words in ("“Title”", "being worked on", "Editing", "3 min 20 s", "a1b2c3d", "“Next”", "“Last”", "“stop”"):
        assert words in told
    assert "21 September 2026, 14:13 UTC" in templates.render(ReplyKind.STATUS, facts | {"since": 1_790_000_000.0}).text


def test_status_of_an_idle_session_offers_no_stop() -> None:
    assert "Nothing is being worked on" in templates.render(ReplyKind.STATUS, {}).text
    for facts in ({}, {"state": "none"}, {"state": "succeeded", "instruction": "Title", "since": 1_790_000_000.0}):
        told = templates.render(ReplyKind.STATUS, facts).text
        assert "“stop”" not in told
        assert "none" not in told
        assert "Since" not in told


def test_only_links_of_the_web_are_links() -> None:
    for link in ("javascript:alert(1)", 'https://x.example/"onclick="x', "ftp://x", "https://x y"):
        page = templates.render(ReplyKind.SUCCEEDED, {"preview_url": link}).html
        assert "<a " not in page
    assert "<a " not in templates.render(ReplyKind.STATUS, {"state": "running", "step": "https://x.example/"}).html
    assert '<a href="https://preview.example/x?a=1&amp;b=2"' in templates.render(ReplyKind.SUCCEEDED, _FACTS).html


_ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=80),
    st.lists(st.text(max_size=20), max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(list(ReplyKind)),
    language=st.sampled_from(_LANGUAGES),
    facts=st.dictionaries(
        st.sampled_from(
            [
                *_FACTS,
                "reason",
                "stopped_by",
                "never_started",
                "superseded",
                "policy",
                "error",
                "hint",
                "log_url",
                "question",
                "restarts",
                "attempt",
                "state",
                "since",
                "step",
                "waiting",
                "last_commit",
                "name",
                "limit",
                "measure",
                "whose",
                "most",
                "until",
                "marker",
            ]
        ),
        _ANYTHING,
        max_size=12,
    ),
)
def test_no_fact_makes_a_reply_fail_or_reaches_the_page_as_markup(
    kind: ReplyKind, language: str, facts: dict[str, Any]
) -> None:
    rendered = templates.render(kind, facts, language=language)
    assert rendered.text.strip()
    _, reader = page.seen(rendered.html)
    assert set(reader.tags) <= {"html", "head", "meta", "title", "body", "table", "tr", "td", "br", "a"}


def test_markup_of_others_is_shown_as_letters() -> None:
    page = templates.render(
        ReplyKind.SUCCEEDED, {"summary": "<script>alert(1)</script>", "instruction": "<img src=x>"}
    ).html
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_stopped_reply_says_which_limit_was_passed(language: str) -> None:
    said = {
        templates.render(
            ReplyKind.INTERRUPTED, {"reason": InterruptReason.RESOURCE_LIMIT, "limit_passed": limit}, language=language
        ).text
        for limit in (*ResourceLimit, "a command", None)
    }
    assert len(said) == len(ResourceLimit) + 1
    for words in templates.LANGUAGES[language].limits.values():
        assert any(words in text for text in said)


@pytest.mark.parametrize(
    ("language", "asked", "shown"),
    [
        ("de", "Titel „Frühling“ bitte", "„Titel ‚Frühling‘ bitte“"),
        ("en", "Title “Spring” please", "“Title ‘Spring’ please”"),
    ],
)
def test_quotation_marks_inside_others_are_single(language: str, asked: str, shown: str) -> None:
    assert shown in templates.render(templates.ReplyKind.SUCCEEDED, {"instruction": asked}, language=language).text


@pytest.mark.parametrize("kind", [ReplyKind.SUCCEEDED, ReplyKind.FAILED, ReplyKind.INTERRUPTED, ReplyKind.TIMED_OUT])
def test_every_remark_of_the_worker_is_a_paragraph_of_its_own(kind: ReplyKind) -> None:
    remarks = ["Not committed: .env looks like a secret by its name.", f"Kept in Hermes' storage as {'x' * 200}."]
    said = templates.render(kind, {"hint": "\n".join(remarks), "commit": "abc1234", "pushed": True}).text
    paragraphs = [" ".join(paragraph.split()) for paragraph in said.split("\n\n")]
    assert set(remarks) <= set(paragraphs)
