"""A turn's end is the work's end, unless a helper is still at work or another turn begins within the grace."""

from __future__ import annotations

import asyncio
import json

import pytest

from hermes.agents.claude_code import events
from hermes.agents.claude_code.turn import TurnEnd


def feed(turn: TurnEnd, **line: object) -> None:
    for event in events.read(json.dumps(line).encode(), worktree="/w"):
        turn.note(event)


def began(turn: TurnEnd) -> None:
    feed(turn, type="system", subtype="init", session_id="s")


def ended(turn: TurnEnd) -> None:
    feed(turn, type="result", subtype="success")


@pytest.fixture
def turn() -> TurnEnd:
    turn = TurnEnd(grace_seconds=0.05)
    began(turn)
    return turn


async def settles(turn: TurnEnd, *, seconds: float = 60.0) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await turn.settled()
    except TimeoutError:
        return False
    return True


async def test_a_turn_that_goes_on_does_not_settle(turn: TurnEnd) -> None:
    feed(turn, type="assistant", message={"content": [{"type": "text", "text": "hello"}]})
    assert not await settles(turn, seconds=0.5)


async def test_a_turn_that_ended_does(turn: TurnEnd) -> None:
    ended(turn)
    assert await settles(turn)


@pytest.mark.parametrize("task_type", ["local_bash", "monitor"])
async def test_a_shell_in_the_background_is_not_waited_for(turn: TurnEnd, task_type: str) -> None:
    feed(turn, type="system", subtype="task_started", task_id="t", task_type=task_type)
    ended(turn)
    assert await settles(turn)


@pytest.mark.parametrize(
    "end",
    [
        {"subtype": "task_updated", "task_id": "t", "patch": {"status": "completed"}},
        {"subtype": "task_updated", "task_id": "t", "patch": {"status": "killed"}},
        {"subtype": "task_notification", "task_id": "t", "status": "completed"},
    ],
)
async def test_a_helper_in_the_background_is(turn: TurnEnd, end: dict[str, object]) -> None:
    feed(turn, type="system", subtype="task_started", task_id="t", task_type="local_agent")
    ended(turn)
    feed(turn, type="system", subtype="task_updated", task_id="t", patch={"status": "running"})
    assert not await settles(turn, seconds=0.5)
    feed(turn, type="system", **end)
    assert await settles(turn)


async def test_another_turn_within_the_grace_begins_it_again(turn: TurnEnd) -> None:
    ended(turn)
    settled = asyncio.create_task(turn.settled())
    await asyncio.sleep(0)
    began(turn)
    await asyncio.wait({settled}, timeout=0.3)
    assert not settled.done()
    ended(turn)
    async with asyncio.timeout(60):
        await settled
