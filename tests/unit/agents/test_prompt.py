"""What an agent is told of the command before, and how its question is told from its words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hermes.agents import prompt
from hermes.agents.port import AgentTask
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason


@pytest.mark.parametrize(
    ("text", "words", "question"),
    [
        ("Done.", "Done.", None),
        ("QUESTION: Which page?", "", "Which page?"),
        ("I looked.\n\nQUESTION: Which page?", "I looked.", "Which page?"),
        ("I looked.\n\n**QUESTION:** Which page?", "I looked.", "Which page?"),
        ("I looked.\n\n**QUESTION**: Which page?", "I looked.", "Which page?"),
        ("I looked.\n\n**QUESTION: Which page?**", "I looked.", "Which page?"),
        ("I looked.\n\n## QUESTION: Which page?", "I looked.", "Which page?"),
        ("I looked.\n> QUESTION: Which page?", "I looked.", "Which page?"),
        ("QUESTION: A or B?\n\nOnce I know, I go on.", "", "A or B?\n\nOnce I know, I go on."),
        ("The word QUESTION: stands in the page.", "The word QUESTION: stands in the page.", None),
        ("No.\nQUESTION:", "No.", None),
    ],
)
def test_a_question_is_told_from_the_words_before_it(text: str, words: str, question: str | None) -> None:
    assert prompt.question(text) == (words, question)


def told(previous: wire.Previous) -> str:
    folder = Path("/work")
    return prompt.compose(
        AgentTask(
            command_id="c2",
            instruction="The blue one.",
            worktree=folder,
            home=folder,
            inbox=folder,
            log=folder,
            environment=os.environ,
            previous=previous,
        )
    )


def test_an_answer_comes_with_the_request_and_the_question_that_it_answers() -> None:
    text = told(wire.Previous(command_id="c1", instruction="Paint the door.", question="Which colour?"))
    assert text.index("Paint the door.") < text.index("Which colour?") < text.index("The blue one.")
    assert "stopped" not in text


def test_the_work_of_a_stopped_request_is_named_with_its_branch() -> None:
    stopped = wire.Previous(
        command_id="c1",
        instruction="Paint the door.",
        reason=InterruptReason.PRIORITY_OVERRIDE,
        commit="a1b2c3",
        branch="thread-x",
    )
    assert "commit a1b2c3 on the branch thread-x, and in the files" in told(stopped)


def test_a_conflict_with_the_live_branch_comes_before_the_request() -> None:
    folder = Path("/work")
    text = prompt.compose(
        AgentTask(
            command_id="c2",
            instruction="Make the title red",
            worktree=folder,
            home=folder,
            inbox=folder,
            log=folder / "log",
            environment=os.environ,
            conflicts=("index.html", "about.html"),
        )
    )
    assert (
        text.index("<<<<<<<")
        < text.index("- index.html")
        < text.index("- about.html")
        < text.index("Make the title red")
    )
