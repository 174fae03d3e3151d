"""Facts of replies: made from records and reports, and refused where they are misspelt."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import mypy.api
import pytest

from hermes.domain import wire
from hermes.domain.commands import Command, Origin
from hermes.domain.reply_facts import KeptWork, PolicyNote, Report
from hermes.domain.request import CommandType, Policy

ROOT = Path(__file__).parents[3]
RESULT = wire.ResultMessage(command_id="c", attempt=1, success=True)


def _command(**more: Any) -> Command:
    known: dict[str, Any] = {"instruction": "one"} | more
    return Command(
        command_id="c",
        session_id="s",
        container_key="a#b#c",
        mail_id="m",
        seq=1,
        type=CommandType.EDIT,
        context=wire.CommandContext(branch="thread-abc12345"),
        origin=Origin(author="anna@example.org", address="site@agent.example.com"),
        accepted_at=1.0,
        **known,
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [("one\ntwo", "one"), ("\n  \n two ", "two"), ("", ""), ("x" * 101, "x" * 99 + "…"), ("x" * 100, "x" * 100)],
)
def test_the_title_of_a_command_is_its_first_line_cut_for_showing(text: str, shown: str) -> None:
    assert _command(instruction=text).title == shown


def test_a_report_names_its_work_by_a_short_commit() -> None:
    done = RESULT.model_copy(update={"git_commit": "a" * 40, "branch": "thread-b", "pushed": True})
    assert KeptWork.of(done) == KeptWork(commit="a" * 10, branch="thread-b")
    assert KeptWork.of(RESULT) == KeptWork()
    assert KeptWork.of(done.model_copy(update={"pushed": False})).unpushed
    assert KeptWork.of(RESULT.model_copy(update={"never_started": True})).never_started


def test_what_a_report_lacks_is_not_known() -> None:
    assert Report.of(RESULT) == Report(duration=0.0)
    told = RESULT.model_copy(
        update={"summary": "s", "error": "e", "hint": "h", "needs_input": "q", "preview_url": "u", "cost_usd": 1.0}
    )
    wanted = Report(
        summary="s", error="e", hint="h", question="q", preview_url="u", cost=1.0, duration=0.0, log_url="l"
    )
    assert Report.of(told, log_url="l") == wanted


def test_a_command_says_which_policy_it_came_under_and_what_it_changed() -> None:
    assert PolicyNote.of(_command(policy=Policy.QUEUE)) == PolicyNote(applied=Policy.QUEUE)
    kept = _command(policy=Policy.QUEUE, policy_kept=True)
    assert PolicyNote.of(kept, applied=Policy.MERGE) == PolicyNote(applied=Policy.MERGE, kept=Policy.QUEUE)
    assert PolicyNote.of(_command(policy_usual=True)).usual


@pytest.mark.parametrize(
    ("misspelt", "named"),
    [
        ("Report(sumary='I changed the title.')", '"sumary"'),
        ("Stopped(kind=ReplyKind.SUCCEEDED)", "SUCCEEDED"),
        ("Done(kind=ReplyKind.SUCCEEDED).report.preview", '"preview"'),
    ],
)
def test_a_fact_that_is_misspelt_or_of_another_kind_fails_the_type_check(
    misspelt: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    code = textwrap.dedent(f"""
        from hermes.domain.reply_facts import Done, Report, ReplyKind, Stopped
        {misspelt}
    """)
    file = tmp_path / "misspelt.py"
    file.write_text(code)
    found, _, status = mypy.api.run([str(file)])
    assert status == 1
    assert named in found


def test_others_are_told_of_an_author_by_name_or_else_by_address() -> None:
    origin = _command().origin
    assert origin.model_copy(update={"author_name": "Anna Ash"}).name == "Anna Ash"
    assert origin.model_copy(update={"author_name": ""}).name == origin.author


def test_a_command_names_whose_request_it_does_too() -> None:
    context = wire.CommandContext(branch="b", co_authors=(wire.CoAuthor(name="Bob", email="bob@acme.example"),))
    assert _command().model_copy(update={"context": context}).co_askers == ("bob@acme.example",)
