"""The watchdog over the polls."""

from __future__ import annotations

import asyncio

from hermes.domain.events import Event
from hermes.gateway.upkeep.health import Health
from tests import env
from tests.eventually import eventually


async def test_a_poll_that_is_too_old_fails_the_check_and_is_said_once() -> None:
    now, polled, said, lags = [1000.0], [1000.0], list[Event](), list[float]()
    health = Health(
        last_poll=lambda: polled[0],
        poll_seconds=20,
        lag=lags.append,
        env=env.quiet(clock=lambda: now[0], emit=said.append),
    )
    assert (health.alive, health.ready) == (True, False)
    stop = asyncio.Event()
    running = asyncio.create_task(health.run(stop))

    async def looked(times: int) -> bool:
        return len(lags) >= times

    await eventually(lambda: looked(1), seconds=5)
    assert health.ready
    now[0] += 81
    await eventually(lambda: looked(3), seconds=5)
    assert (health.alive, health.ready) == (False, False)
    assert [event.name for event in said] == ["poll.stale"]
    polled[0] = now[0]
    assert health.ready
    stop.set()
    await running
    assert not health.ready


async def test_an_outage_of_sqs_makes_no_process_unhealthy_and_keeps_it_from_being_ready() -> None:
    now, polled, turned = [1000.0], [1000.0], [1000.0]
    health = Health(
        last_poll=lambda: polled[0],
        last_turn=lambda: turned[0],
        poll_seconds=20,
        env=env.quiet(clock=lambda: now[0]),
    )
    health.serving = True
    assert (health.alive, health.ready) == (True, True)
    now[0] += 3600
    turned[0] = now[0]
    assert (health.alive, health.ready) == (True, False)
    polled[0] = now[0]
    assert (health.alive, health.ready) == (True, True)
    now[0] += 81
    assert (health.alive, health.ready) == (False, False)


def test_a_clock_that_is_wrong_is_told_and_makes_no_process_unhealthy() -> None:
    offsets = [None, 4.0, -612.04]
    health = Health(
        last_poll=lambda: 10.0, poll_seconds=20, clock_offset=lambda: offsets[0], env=env.quiet(clock=lambda: 12.0)
    )
    assert health.facts() == {"serving": False, "pollAgeSeconds": 2.0}
    offsets.pop(0)
    assert health.facts()["clock"] == {"ok": True, "aheadSeconds": 4.0}
    offsets.pop(0)
    assert (health.facts()["clock"], health.alive) == ({"ok": False, "aheadSeconds": -612.0}, True)
