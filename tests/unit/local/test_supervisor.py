"""The supervisor: starts in order, starts again what ends, with growing pauses, and stops in reverse order."""

from __future__ import annotations

import asyncio

import pytest

from hermes import errors
from hermes.local.supervisor import Supervisor
from tests.eventually import eventually


class Part:
    """A part that ends when it is told to."""

    def __init__(self, name: str, log: list[str], *, refusals: int = 0) -> None:
        self.name = name
        self._log = log
        self._refusals = refusals
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        if self._refusals:
            self._refusals -= 1
            raise errors.ConfigError("not now")
        self._ended = asyncio.get_running_loop().create_future()
        self._log.append(f"{self.name} starts")

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    async def stop(self) -> str | None:
        self._log.append(f"{self.name} stops")
        return None

    def dies(self) -> None:
        self._ended.set_result(-9)


async def test_parts_start_in_order_and_stop_in_reverse() -> None:
    log: list[str] = []
    stop = asyncio.Event()
    parts = [Part("one", log), Part("two", log)]
    await Supervisor(parts).run(stop, started=stop.set)
    assert log == ["one starts", "two starts", "two stops", "one stops"]


async def test_a_part_that_dies_is_started_again_and_the_others_go_on() -> None:
    log: list[str] = []
    stop = asyncio.Event()
    one, two = Part("one", log), Part("two", log)
    supervisor = Supervisor([one, two], first_pause=0)
    running = asyncio.create_task(supervisor.run(stop))
    await eventually(lambda: log == ["one starts", "two starts"])
    for count in (1, 2):
        one.dies()
        await eventually(lambda count=count: supervisor.restarts.get("one") == count)  # type: ignore[misc]
    assert log == ["one starts", "two starts", "one starts", "one starts"]
    stop.set()
    await running
    assert log[-2:] == ["two stops", "one stops"]


async def test_a_first_start_that_fails_stops_what_was_started() -> None:
    log: list[str] = []
    parts = [Part("one", log), Part("two", log, refusals=1)]
    with pytest.raises(errors.ConfigError, match="not now"):
        await Supervisor(parts).run(asyncio.Event())
    assert log == ["one starts", "one stops"]


async def test_who_is_told_to_stop_while_a_part_starts_waits_for_no_start() -> None:
    log: list[str] = []
    stop = asyncio.Event()

    class Slow(Part):
        async def start(self) -> None:
            log.append(f"{self.name} begins")
            try:
                await asyncio.Event().wait()
            finally:
                log.append(f"{self.name} is cut short")

    running = asyncio.create_task(Supervisor([Part("one", log), Slow("two", log)]).run(stop))
    await eventually(lambda: "two begins" in log)
    stop.set()
    await asyncio.wait_for(running, 60)
    assert log == ["one starts", "two begins", "two is cut short", "one stops"]
