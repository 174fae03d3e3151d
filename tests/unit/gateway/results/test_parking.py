"""A container may have so many reports set aside, and more as time passes; each container has its own room."""

from __future__ import annotations

import types
from typing import Any

from hermes.domain.events import Event
from hermes.gateway.results import parking
from hermes.gateway.results.parking import PARKED_OF_A_CONTAINER, ReportParking
from tests import env


class Stage:
    """A parking whose clock and queue are the test's."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sent: list[str] = []
        self.events: list[Event] = []

        async def send(url: str, body: str, **_: Any) -> None:
            self.sent.append(body)

        stores: Any = types.SimpleNamespace(queues=types.SimpleNamespace(send=send), dead_letters=None)
        self.parking = ReportParking(
            stores=stores, parked_url="parked", env=env.quiet(now=lambda: self.now, emit=self.events.append)
        )

    async def report(self, key: str | None, count: int = 1) -> None:
        for _ in range(count):
            await self.parking.unclaimed("{}", "why", command_id="c", key=key)

    @property
    def dropped(self) -> list[str]:
        return [event.text for event in self.events if event.name == "result.dropped"]


async def test_of_a_flood_only_the_first_are_parked_and_the_rest_is_told_once_a_minute() -> None:
    stage = Stage()
    await stage.report("a", PARKED_OF_A_CONTAINER + 7)
    assert len(stage.sent) == PARKED_OF_A_CONTAINER
    assert [text.split()[0] for text in stage.dropped] == ["1"]
    stage.now += 61.0
    await stage.report("a", 2)
    assert [text.split()[0] for text in stage.dropped] == ["1", "7"]
    assert len(stage.sent) == PARKED_OF_A_CONTAINER, "a minute makes room for less than one"


async def test_an_hour_makes_room_and_another_container_has_its_own() -> None:
    stage = Stage()
    await stage.report("a", 2 * PARKED_OF_A_CONTAINER)
    await stage.report("b")
    stage.now += 3600.0
    await stage.report("a", 2 * PARKED_OF_A_CONTAINER)
    assert len(stage.sent) == 2 * PARKED_OF_A_CONTAINER + 1


async def test_a_clock_that_goes_back_makes_no_room() -> None:
    stage = Stage()
    await stage.report("a", PARKED_OF_A_CONTAINER)
    stage.now -= 7200.0
    await stage.report("a", 3)
    assert len(stage.sent) == PARKED_OF_A_CONTAINER


async def test_what_the_gateway_concludes_by_itself_is_always_parked() -> None:
    stage = Stage()
    await stage.report(None, 2 * PARKED_OF_A_CONTAINER)
    assert len(stage.sent) == 2 * PARKED_OF_A_CONTAINER


async def test_no_number_of_containers_fills_the_memory(monkeypatch: Any) -> None:
    monkeypatch.setattr(parking, "_COUNTED", 10)
    stage = Stage()
    for number in range(100):
        await stage.report(f"key {number}")
    assert len(stage.parking._counts) == 10
