"""What is known of a thread is told in order, in short, and outlives what cannot be read."""

from __future__ import annotations

import pytest

from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason
from hermes.domain.request import CommandType
from hermes.worker.run.recaps import Recaps
from tests.integration.stand import Stand

SESSION = "acme-site-abc"


def command(seq: int, asked: str = "Paint the shed.") -> wire.CommandMessage:
    return wire.CommandMessage(
        command_id=f"c{seq}",
        session_id=SESSION,
        seq=seq,
        attempt=1,
        type=CommandType.EDIT,
        instruction=asked,
        chat_thread_id="abc",
        context=wire.CommandContext(branch="thread-abc"),
    )


def result(seq: int, **more: object) -> wire.ResultMessage:
    return wire.ResultMessage.model_validate({"command_id": f"c{seq}", "attempt": 1, "success": True, **more})


@pytest.fixture
def recaps(aws: Stand) -> Recaps:
    return Recaps(objects=aws.objects)


async def test_a_thread_of_which_nothing_is_known_has_no_recap(recaps: Recaps) -> None:
    assert await recaps.tell(SESSION, before=5) == ""


async def test_each_command_is_told_with_its_end_and_what_git_says(recaps: Recaps) -> None:
    changed = {"files_changed": ("shed.txt",), "git_commit": "a" * 40, "diffstat": "1 file changed"}
    await recaps.note(command(2, "And the door."), result(2, error="The paint is gone."))
    await recaps.note(command(1), result(1, summary="It is painted.", **changed))
    await recaps.note(command(3), result(3, interrupted=True, interrupt_reason=InterruptReason.PRIORITY_OVERRIDE))
    await recaps.note(command(4), result(4, needs_input="Which colour?"))
    assert await recaps.tell(SESSION, before=4) == (
        "1. They asked: Paint the shed.\n   It ended: done\n   You said: It is painted.\n"
        f"   Changed: commit {'a' * 12}: shed.txt (1 file changed)\n"
        "2. They asked: And the door.\n   It ended: failed: The paint is gone.\n"
        "3. They asked: Paint the shed.\n   It ended: stopped by a newer request"
    )
    assert (await recaps.tell(SESSION, before=5)).endswith("It ended: asked the person: Which colour?")


async def test_an_attempt_takes_the_place_of_the_one_before(recaps: Recaps) -> None:
    await recaps.note(command(1), result(1, interrupted=True))
    await recaps.note(command(1), result(1))
    assert (await recaps.tell(SESSION, before=2)).count("They asked") == 1


async def test_a_long_thread_is_told_in_a_few_pages(recaps: Recaps) -> None:
    for seq in range(25):
        await recaps.note(command(seq, "x " * 50_000), result(seq, summary="y " * 2000, files_changed=("z" * 3000,)))
    told = await recaps.tell(SESSION, before=99)
    assert told.count("They asked") == 20
    assert len(told) < 40_000


async def test_one_that_cannot_be_read_is_begun_again(recaps: Recaps, aws: Stand) -> None:
    await aws.objects.put(Recaps.key(SESSION), b"torn {")
    assert await recaps.tell(SESSION, before=9) == ""
    await recaps.note(command(1), result(1))
    assert "Paint the shed." in await recaps.tell(SESSION, before=9)
