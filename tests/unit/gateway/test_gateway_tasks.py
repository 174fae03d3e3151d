"""The short-lived tasks: one of a name, none lost without a word, an end in bounded time."""

from __future__ import annotations

import asyncio

import pytest

from hermes import errors
from hermes.domain.events import Event
from hermes.gateway.upkeep.tasks import Tasks
from tests import env


@pytest.fixture
def said() -> list[Event]:
    return []


@pytest.fixture
def tasks(said: list[Event]) -> Tasks:
    return Tasks(env=env.quiet(emit=said.append))


async def test_a_task_of_a_name_that_runs_already_is_not_started_again(tasks: Tasks) -> None:
    go, ran = asyncio.Event(), []

    async def work(which: int) -> None:
        await go.wait()
        ran.append(which)

    tasks.start("dispatch c", work(1))
    tasks.start("dispatch c", work(2))
    tasks.start("dispatch d", work(3))
    assert len(tasks) == 2
    go.set()
    await tasks.close(5)

    assert sorted(ran) == [1, 3]
    assert len(tasks) == 0


@pytest.mark.parametrize("error", [errors.AwsUnavailable("no answer"), ZeroDivisionError("no answer")])
async def test_one_that_fails_is_said_and_disturbs_nobody(tasks: Tasks, said: list[Event], error: Exception) -> None:
    async def work() -> None:
        raise error

    tasks.start("dispatch c", work())
    await tasks.close(5)

    assert [event.name for event in said] == ["task.failed"]
    assert "dispatch c" in said[0].text
    assert "no answer" in said[0].text


async def test_what_does_not_end_in_time_is_cancelled(tasks: Tasks, said: list[Event]) -> None:
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks.start("dispatch c", endless())
    await tasks.close(0.01)

    assert ended.is_set()
    assert len(tasks) == 0
    assert said == []


async def test_an_awaitable_that_is_no_coroutine_is_let_be(tasks: Tasks) -> None:
    first, second = asyncio.get_running_loop().create_future(), asyncio.get_running_loop().create_future()

    tasks.start("dispatch c", first)
    tasks.start("dispatch c", second)
    first.set_result(None)
    await tasks.close(5)

    assert not second.done()
