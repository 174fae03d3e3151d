"""Effects are carried out in one place: each in a task of its own, what comes of it too, an interrupt before anything else."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from hermes.domain.effects import Begin, Effects, Release, SendAgain, SendNext, SendReply, StopSession
from hermes.gateway.commands.command_executor import CommandExecutor
from hermes.gateway.commands.dispatcher import Dispatched
from hermes.gateway.upkeep.tasks import Tasks
from tests import env
from tests.integration import records


class Parts:
    """In the place of everything that the executor hands effects to: notes what it was asked for."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.follows: Effects = ()
        self.waiting: list[Any] = []
        self.starting = False
        self.go = asyncio.Event()
        self.go.set()

    async def _note(self, what: str) -> Effects:
        await self.go.wait()
        self.done.append(what)
        follows, self.follows = self.follows, ()
        return follows

    async def dispatch(self, command: Any, *, told: bool = False) -> Dispatched:
        effects = await self._note(f"dispatch {command.command_id}{' once more' if told else ''}")
        return Dispatched(effects, waits=self.starting and not told)

    async def next(self, ended: Any) -> Any:
        await self._note(f"next after {ended.command_id}")
        return self.waiting.pop() if self.waiting else None

    async def released(self, ended: Any) -> list[Any]:
        await self._note(f"release after {ended.command_id}")
        waiting, self.waiting = self.waiting, []
        return waiting

    async def enforce(self, session: Any, **facts: Any) -> Effects:
        return await self._note(f"enforce {session.session_id} {facts['reason'].value}")

    async def send(self, command: Any, **_: Any) -> None:
        await self._note(f"interrupt {command.command_id}")

    def forget(self, key: str) -> None:
        self.done.append("forget")

    def expect(self, key: str, command_id: str) -> None:
        self.done.append(f"expect {command_id}")

    def submit(self, reply: Any) -> None:
        self.done.append(f"mail {reply}")


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def tasks() -> Tasks:
    return Tasks(env=env.quiet())


@pytest.fixture
def executor(parts: Parts, tasks: Tasks) -> CommandExecutor:
    given: Any = parts
    return CommandExecutor(
        dispatcher=given,
        interrupter=given,
        concluder=given,
        preemptor=given,
        containers=given,
        pending=given,
        outbox=given,
        tasks=tasks,
    )


REPLY: Any = "r1"
COMMAND = records.command("c1")
SESSION = records.session()


async def test_each_effect_goes_where_it_belongs(executor: CommandExecutor, parts: Parts, tasks: Tasks) -> None:
    executor.start(
        (SendReply(REPLY), SendAgain(COMMAND), SendNext(COMMAND), Release(COMMAND), StopSession(SESSION, "m1"))
    )
    await tasks.close(5)

    assert parts.done == [
        "mail r1",
        "forget",
        "dispatch c1",
        "next after c1",
        "release after c1",
        f"enforce {SESSION.session_id} user_cancelled",
    ]


async def test_what_comes_of_an_effect_is_started_too(executor: CommandExecutor, parts: Parts, tasks: Tasks) -> None:
    parts.follows = (SendReply(REPLY),)

    executor.start((SendAgain(COMMAND),))
    await tasks.close(5)

    assert parts.done == ["forget", "dispatch c1", "mail r1"]


async def test_what_waited_in_the_session_of_an_ended_command_is_sent(
    executor: CommandExecutor, parts: Parts, tasks: Tasks
) -> None:
    parts.waiting = [records.command("c2")]

    executor.start((SendNext(COMMAND),))
    await tasks.close(5)

    assert parts.done == ["next after c1", "dispatch c2"]


async def test_a_command_whose_container_starts_slowly_is_told_of_before_it_is_sent(
    executor: CommandExecutor, parts: Parts, tasks: Tasks
) -> None:
    parts.follows, parts.starting = (SendReply(REPLY),), True

    await executor.dispatch(COMMAND)

    assert parts.done == ["dispatch c1", "mail r1", "dispatch c1 once more"]


async def test_a_command_is_expected_at_once_and_sent_after_the_interrupt_of_what_it_supersedes(
    executor: CommandExecutor, parts: Parts, tasks: Tasks
) -> None:
    executor.start((Begin(COMMAND, SESSION, records.command("c0")),))
    assert parts.done == ["expect c1"]
    await tasks.close(5)

    assert parts.done == ["expect c1", "interrupt c0", "dispatch c1"]


async def test_an_effect_that_is_under_way_is_not_begun_twice(
    executor: CommandExecutor, parts: Parts, tasks: Tasks
) -> None:
    parts.go.clear()
    effects: Effects = (SendNext(COMMAND), Release(COMMAND), SendAgain(COMMAND))

    executor.start(effects)
    executor.start(effects)
    assert len(tasks) == len(effects)
    parts.go.set()
    await tasks.close(5)
    gc.collect()  # a coroutine that nobody awaited would warn here, and a warning is an error

    assert sorted(parts.done) == sorted(["forget"] * 2 + ["dispatch c1", "next after c1", "release after c1"])


async def test_what_is_released_is_sent_though_an_older_dispatch_of_it_is_under_way(
    executor: CommandExecutor, parts: Parts, tasks: Tasks
) -> None:
    parts.waiting = [COMMAND]
    parts.go.clear()
    executor.start((SendAgain(COMMAND),))
    executor.start((Release(records.command("c0")),))
    parts.go.set()
    await tasks.close(5)

    assert sorted(parts.done) == ["dispatch c1", "dispatch c1", "forget", "release after c0"]
