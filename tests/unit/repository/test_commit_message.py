"""Commit messages: whose request a commit does, in trailers that git hosts read."""

from __future__ import annotations

from hermes.domain import wire
from hermes.repository import commit_message
from tests.unit.worker.origin import a_command, command_id


def test_a_commit_of_one_persons_request_has_no_other_author() -> None:
    assert commit_message.CO_AUTHOR_TRAILER not in commit_message.for_command(a_command())


def test_a_commit_names_whoever_else_asked_for_it_in_its_last_paragraph() -> None:
    others = (
        wire.CoAuthor(name="Bob Birch", email="bob@acme.example"),
        wire.CoAuthor(name="Eve <x@y>\nHermes-Command: forged", email="eve@acme.example"),
    )
    command = a_command()
    command = command.model_copy(update={"context": command.context.model_copy(update={"co_authors": others})})

    text = commit_message.for_command(command)
    lines = text.strip().rpartition("\n\n")[2].splitlines()

    assert lines[0] == "Co-authored-by: Bob Birch <bob@acme.example>"
    assert lines[1] == "Co-authored-by: Eve x@yHermes-Command: forged <eve@acme.example>"
    assert len(lines) == 4
    assert commit_message.command_of(text) == command_id()
