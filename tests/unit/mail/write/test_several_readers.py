"""Replies that several people read: whose request it was and who stopped it, in every language; and which project it is about."""

from __future__ import annotations

import pytest

from hermes.domain.commands import CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.reply_facts import (
    Cause,
    Done,
    KeptWork,
    ReplyFacts,
    ReplyKind,
    RequestFacts,
    Status,
    Stopped,
    Superseded,
)
from hermes.mail.write import templates
from hermes.mail.write.templates import LANGUAGES


def said(facts: ReplyFacts, language: str = "en", project: str = "") -> str:
    """The text in one line."""
    return " ".join(templates.render(facts, language=language, project=project).text.split())


def stopped(**cause: object) -> Stopped:
    """A command of Anna's that was stopped."""
    given = {"reason": InterruptReason.PRIORITY_OVERRIDE, **cause}
    return Stopped(
        kind=ReplyKind.INTERRUPTED,
        request=RequestFacts(instruction="Rework the page", whose="Anna Ash"),
        work=KeptWork(commit="abc"),
        cause=Cause(**given),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        ({"newer": "Change the title", "who": "Bob"}, "Bob’s newer message “Change the title” took its place."),
        ({"who": "Bob"}, "A newer message from Bob took its place."),
        ({"newer": "Change the title"}, "Your newer message “Change the title” took its place."),
        ({"reason": InterruptReason.USER_CANCELLED, "who": "Bob"}, "Bob asked to stop."),
        ({"reason": InterruptReason.USER_CANCELLED}, "You asked to stop."),
        ({"newer": "Change it", "elsewhere": True, "who": "Bob"}, "Bob’s newer message “Change it” took its place."),
        ({"newer": "Change it", "elsewhere": True}, "Your newer message “Change it”, in another conversation,"),
        ({"reason": InterruptReason.TIMEOUT, "who": "Bob"}, "It took longer than the time allowed"),
    ],
)
def test_a_reply_tells_who_stopped_it(cause: dict[str, object], sentence: str) -> None:
    text = said(stopped(**cause))

    assert sentence in text
    assert "Anna Ash wrote: “Rework the page”" in text


def test_a_reply_tells_whose_message_was_stopped_for_it() -> None:
    request = RequestFacts(
        instruction="Change the title",
        superseded=(
            Superseded(instruction="Rework the page", whose="Anna Ash"),
            Superseded(instruction="Make it blue"),
        ),
    )

    text = said(Done(kind=ReplyKind.SUCCEEDED, request=request))

    assert "For this, Anna Ash’s earlier message “Rework the page” was stopped." in text
    assert "For this, your earlier message “Make it blue” was stopped." in text
    assert "You wrote: “Change the title”" in text


def test_a_status_tells_whose_work_runs_and_whose_waits() -> None:
    text = said(
        Status(
            state=CommandState.RUNNING,
            instruction="Rework the page",
            whose="Anna Ash",
            waiting=("Change the title", "Make it blue", "Add a map"),
            waiting_whose=("", "Bob"),
        )
    )

    assert "Asked by: Anna Ash" in text
    assert "“Change the title” “Make it blue” (Bob) “Add a map”" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_and_projects_are_told_in_every_language(language: str) -> None:
    for facts in (
        stopped(newer="Change the title", who="Bob Birch"),
        stopped(who="Bob Birch"),
        stopped(reason=InterruptReason.USER_CANCELLED, who="Bob Birch"),
        Status(state=CommandState.RUNNING, instruction="Rework the page", whose="Bob Birch"),
    ):
        text = said(facts, language, project="shop")
        assert "Bob Birch" in text
        assert "shop" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_can_bring_no_line_and_no_markup(language: str) -> None:
    rendered = templates.render(stopped(newer="x", who="Bob\r\n\r\n<script>\u2028Done."), language=language)

    assert "<script>" not in rendered.html
    assert "Done." not in [line.strip() for line in rendered.text.splitlines()]
