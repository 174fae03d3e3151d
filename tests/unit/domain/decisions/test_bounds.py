"""A command's record fits DynamoDB's 400 KB, whatever a person writes and an agent prints."""

from __future__ import annotations

import json

import pytest

from hermes import limits
from hermes.domain import wire
from hermes.domain.commands import Command, Origin
from hermes.domain.decisions import bounds
from hermes.domain.request import CommandType
from hermes.gateway.replies import replies
from tests.integration.records import command

WIDE = ["\U0001f980", "\x01", '"', "ü", "a"]


def largest(character: str) -> Command:
    context = wire.CommandContext(
        branch="b",
        quoted=character * 20_000,
        previous=wire.Previous(command_id="c0", instruction=character * 2000),
        attachments=tuple(wire.AttachmentRef(key="k" * 200, name="n" * 200) for _ in range(limits.ATTACHMENTS)),
    )
    instruction = (character * 100_000).encode()[: limits.INSTRUCTION_BYTES].decode("utf-8", "ignore")
    origin = Origin(
        author="a@b.example",
        address="s@b.example",
        references=("<" + "r" * replies.ALIAS_CHARS + ">",) * limits.REFERENCES,
        subject=character * 10_000,
    )
    return command(type=CommandType.EDIT, instruction=instruction, context=context, origin=origin)


@pytest.mark.parametrize("character", WIDE)
def test_the_largest_command_with_the_largest_result_and_history_fits(character: str) -> None:
    made = bounds.accepted(largest(character))
    text = character * 100_000
    result = wire.ResultMessage(
        command_id="c1",
        attempt=1,
        success=False,
        summary=text,
        diffstat=text,
        error=text,
        hint=text,
        needs_input=text,
        files_changed=(text[:100],) * 5000,
    )
    ended = made.model_copy(update={"result": bounds.stored(result)})
    for number in range(100):
        ended = ended.model_copy(update={"history": ended.with_history(float(number), "interrupted", text)})

    item = json.dumps(ended.model_dump(mode="json"), ensure_ascii=False).encode()
    raw = sum(len(str(value).encode()) for value in ended.model_dump(mode="json").values())

    assert made.instruction == largest(character).instruction, "what the person wrote is whole"
    assert raw < 400_000
    assert len(item) < 1_000_000
    assert Command.model_validate(ended.model_dump()).result == bounds.stored(result)


def test_an_ordinary_command_is_kept_whole() -> None:
    ordinary = command(context=wire.CommandContext(branch="b", quoted="> hello\n" * 100).encode())

    assert bounds.accepted(ordinary) is ordinary


def test_an_ordinary_result_is_kept_whole() -> None:
    result = wire.ResultMessage(command_id="c1", attempt=1, success=True, summary="Done.", files_changed=("a", "b"))

    assert bounds.stored(result) == result


def test_changed_files_are_named_up_to_the_last_byte_of_their_room() -> None:
    name = "n" * (bounds.RESULT_FILES_BYTES // 2 - 2)  # with its quotes, half of the room
    result = wire.ResultMessage(command_id="c1", attempt=1, success=True, files_changed=(name, name, "x"))

    assert bounds.stored(result).files_changed == (name, name)


@pytest.mark.parametrize("character", WIDE)
def test_a_text_that_fits_is_not_cut_and_one_byte_less_cuts_it(character: str) -> None:
    text = character * 100
    size = bounds.written(text)

    assert bounds.cut(text, size) == text
    shorter = bounds.cut(text, size - 1)
    assert text.startswith(shorter)
    assert bounds.written(shorter) < size


def test_references_are_shortened_only_where_leaving_out_quotes_is_not_enough() -> None:
    origin = Origin(author="a@b.example", address="s@b.example", references=("<r@x>",) * 9)
    quoted = wire.CommandContext(branch="b", quoted="q" * bounds.COMMAND_BYTES)

    made = bounds.accepted(command(context=quoted, origin=origin))

    assert made.context.quoted == ""
    assert made.origin == origin
