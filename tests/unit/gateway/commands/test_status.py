"""What the answer to `status` says."""

from __future__ import annotations

from typing import Any

from hermes.domain import wire
from hermes.domain.commands import Command, CommandState, Origin
from hermes.domain.reply_facts import Status
from hermes.domain.request import CommandType
from hermes.domain.sessions import Session
from hermes.gateway.commands import status

SESSION = Session(
    session_id="s",
    thread_id="t",
    client="acme",
    project="site",
    container_key="a#b#c",
    owner="anna@example.org",
    participants=("anna@example.org",),
    address="site@agent.example.com",
    branch="thread-t",
    created_at=1.0,
    updated_at=1.0,
)


def _command(seq: int, state: CommandState, **more: Any) -> Command:
    return Command(
        command_id=f"c{seq}",
        session_id="s",
        container_key="a#b#c",
        mail_id=f"m{seq}",
        seq=seq,
        type=CommandType.EDIT,
        instruction=f"Request {seq}\nand more",
        context=wire.CommandContext(branch="thread-abc12345"),
        origin=Origin(author="anna@example.org", address="site@agent.example.com"),
        state=state,
        accepted_at=100.0 + seq,
        **more,
    )


def test_nothing_is_known_of_a_session_that_is_none() -> None:
    assert status.of(None, []) == Status()
    assert status.of(SESSION, []) == Status()


def test_what_runs_is_shown_and_what_waits_in_its_order() -> None:
    newest_first = [
        _command(3, CommandState.ACCEPTED),
        _command(2, CommandState.ACCEPTED),
        _command(1, CommandState.RUNNING, started_at=150.0),
    ]

    facts = status.of(SESSION, newest_first)

    assert (facts.state, facts.instruction, facts.since) == (CommandState.RUNNING, "Request 1", 150.0)
    assert facts.waiting == ("Request 2", "Request 3")
    assert facts.branch == "thread-t"


def test_the_oldest_is_shown_where_nothing_has_started() -> None:
    facts = status.of(SESSION, [_command(2, CommandState.ACCEPTED), _command(1, CommandState.ACCEPTED)])

    assert (facts.instruction, facts.since, facts.waiting) == ("Request 1", 101.0, ("Request 2",))


def test_the_last_commit_is_that_of_the_newest_command_that_made_one() -> None:
    def result(commit: str | None) -> str:
        return wire.ResultMessage(command_id="c", attempt=1, success=True, git_commit=commit).encode()

    newest_first = [
        _command(3, CommandState.SUCCEEDED, result=result(None)),
        _command(2, CommandState.SUCCEEDED, result=result("b" * 40)),
        _command(1, CommandState.SUCCEEDED, result=result("a" * 40)),
    ]

    facts = status.of(SESSION, newest_first)

    assert (facts.state, facts.last_commit, facts.waiting) == (CommandState.SUCCEEDED, "b" * 10, ())
    assert status.of(SESSION, newest_first[:1]).last_commit == ""
