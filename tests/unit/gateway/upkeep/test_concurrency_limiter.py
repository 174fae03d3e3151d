"""Fewer mails are under way while the loop is late through its own work, and no fewer while only the machine is busy."""

from __future__ import annotations

import asyncio
import dataclasses
import types
from typing import Any

import pytest

from hermes import limits
from hermes.aws.queues import Received
from hermes.gateway.intake.inbound import Inbound, Slots
from hermes.gateway.intake.stranger_sorter import InboundQueue
from hermes.gateway.upkeep import concurrency_limiter as intake_pressure
from hermes.gateway.upkeep.concurrency_limiter import ConcurrencyLimiter
from tests import env
from tests.eventually import eventually

LATE = intake_pressure.PRESSURE_HIGH_SECONDS * 2


def test_a_late_loop_halves_what_may_be_under_way_down_to_one() -> None:
    limiter = ConcurrencyLimiter(most=16)

    seen = []
    for _ in range(6):
        limiter.observe(LATE)
        seen.append(limiter.allowed)

    assert seen == [8, 4, 2, 1, 1, 1]


def test_a_loop_that_is_in_time_lets_one_more_in_at_a_time_up_to_what_is_configured() -> None:
    limiter = ConcurrencyLimiter(most=4)
    limiter.observe(LATE)
    limiter.observe(LATE)

    seen = []
    for _ in range(5):
        limiter.observe(0.0)
        seen.append(limiter.allowed)

    assert seen == [2, 3, 4, 4, 4]


def test_between_the_marks_it_stays_as_it_is() -> None:
    limiter = ConcurrencyLimiter(most=16)
    limiter.observe(LATE)
    limiter.observe((intake_pressure.PRESSURE_LOW_SECONDS + intake_pressure.PRESSURE_HIGH_SECONDS) / 2)

    assert limiter.allowed == 8


@pytest.mark.parametrize(("share", "fewer"), [(1.0, True), (0.0, False)])
async def test_lateness_counts_only_as_far_as_it_is_work_of_our_own(
    share: float, fewer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PRESSURE_LOOK_SECONDS", 0.001)
    loop, worked = asyncio.get_running_loop(), 0.0
    limiter, stop = ConcurrencyLimiter(most=16, processor=lambda: worked), asyncio.Event()
    running = asyncio.create_task(limiter.run(stop))
    await asyncio.sleep(0)

    begun = loop.time()
    while loop.time() - begun < LATE:
        pass
    worked = share * LATE
    stop.set()
    await running

    assert (limiter.allowed < 16) is fewer


@dataclasses.dataclass
class Queue:
    """An inbound queue that never ends."""

    asked: list[int] = dataclasses.field(default_factory=list)

    async def receive(self, url: str, *, most: int, **_: Any) -> list[Received]:
        self.asked.append(most)
        sent = len(self.asked)
        return [
            Received(
                body="{", receipt=f"{sent}-{n}", message_id="m", receive_count=1, sent_at=0.0, attributes={}, group=None
            )
            for n in range(most)
        ]


async def test_no_more_is_received_than_may_be_under_way() -> None:
    queue, allowed, stop = Queue(), 3, asyncio.Event()
    gate = asyncio.Event()

    async def park(*_: Any) -> None:
        await gate.wait()

    inbound = Inbound(
        stores=types.SimpleNamespace(queues=queue, dead_letters=types.SimpleNamespace(park=park)),  # type: ignore[arg-type]
        processor=types.SimpleNamespace(),  # type: ignore[arg-type]
        holding=types.SimpleNamespace(visibility_seconds=30, hold=lambda *_: None, release=lambda *_: None),  # type: ignore[arg-type]
        queue=InboundQueue(url="inbound", poll_seconds=1),
        slots=Slots(most=16, allowed=lambda: allowed),
        env=env.quiet(now=lambda: 0.0),
    )
    running = asyncio.create_task(inbound.run(stop))
    await eventually(lambda: queue.asked == [3])

    allowed = 5
    await eventually(lambda: queue.asked == [3, 2])
    allowed = 1
    stop.set()
    gate.set()
    await running

    assert queue.asked == [3, 2]
