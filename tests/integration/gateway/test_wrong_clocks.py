"""Machines whose times of day disagree or jump: nothing is done twice, nothing is lost, nobody waits long (I1, I2, I3).

The steady clocks are right. That gateways and workers in service go by AWS's time besides is shown elsewhere.
"""

from __future__ import annotations

from typing import Any

import pytest

from hermes import ids
from hermes.aws import provision
from hermes.config.loading import Project
from hermes.domain.commands import CommandState
from hermes.domain.containers import LaunchRequest
from hermes.gateway.upkeep import sweeper
from tests.integration.gateway.play import ANNA, Dropped, Off, Play

#: Whoever compares times of day tells at the wrong moment that it takes long; in service nobody does.
QUIET: dict[str, Any] = {"timing": {"still_working": 0}}
SKEWS = [-3600.0, -600.0, -40.0, 40.0, 600.0, 3600.0]


@pytest.mark.parametrize("skew", SKEWS)
async def test_a_command_runs_once_and_is_answered_whatever_the_workers_clock_says(play: Play, skew: float) -> None:
    gateway = await play.gateway(**QUIET)
    message_id, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker(off=Off(skew))
    command = await worker.begin()
    for _ in range(12):
        play.clock.advance(10)
        await worker.beat()
        await gateway.sweeper.sweep()
    await worker.succeed(command)
    await play.sent(record, "succeeded")

    ended = await play.command(record)
    assert (ended.state, ended.attempt) == (CommandState.SUCCEEDED, 1)
    assert len(play.launcher.requests) == 1
    assert play.launcher.stopped == []
    assert len(play.postbox.answers_to(message_id)) == 1


@pytest.mark.parametrize("skew", SKEWS)
async def test_a_dead_worker_is_noticed_within_a_minute_and_a_half_whatever_its_clock_said(
    play: Play, skew: float
) -> None:
    """Its heartbeat is stale after 45 s, and its row is looked at every 30 s and twice."""
    gateway = await play.gateway(**QUIET)
    await play.mail(gateway, "Rework the page")
    worker = await play.worker(off=Off(skew))
    command = await worker.begin()
    for _ in range(11):
        play.clock.advance(sweeper.ALL_SECONDS)
        await gateway.sweeper.sweep()
    assert len(play.launcher.requests) == 2
    second = await play.worker(1)
    await worker.drop(command)
    again = await second.begin()
    assert (again.command_id, again.attempt) == (command.command_id, 2)


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
@pytest.mark.parametrize("whose", ["gateway", "worker", "both"])
async def test_a_clock_that_jumps_while_a_command_runs_changes_nothing(play: Play, jump: float, whose: str) -> None:
    here, there = Off(), Off()
    gateway = await play.gateway(off=here, **QUIET)
    message_id, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker(off=there)
    command = await worker.begin()
    for step in range(10):
        if step == 3:
            here.seconds += jump * (whose != "worker")
            there.seconds += jump * (whose != "gateway")
        play.clock.advance(10)
        await worker.beat()
        await gateway.sweeper.sweep()
    await worker.succeed(command)
    await play.sent(record)

    assert (await play.command(record)).attempt == 1
    assert len(play.launcher.requests) == 1
    assert play.launcher.stopped == []
    assert len(play.postbox.answers_to(message_id)) == 1


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
async def test_what_a_dead_gateway_owed_is_done_soon_though_its_clock_had_jumped(play: Play, jump: float) -> None:
    off = Off(jump)
    dying = await play.gateway(off=off)
    dying.processor._follow_ups = Dropped()
    _, record = await play.mail(dying, "Rework the page")
    await play.kill(dying)
    living = await play.gateway()
    for _ in range(7):
        play.clock.advance(sweeper.ALL_SECONDS)
        await living.sweeper.sweep()
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    assert (await play.ended(record)).state is CommandState.SUCCEEDED


@pytest.mark.parametrize("skew", [-600.0, 600.0])
async def test_a_second_gateway_with_a_wrong_clock_leaves_the_right_ones_work_alone(play: Play, skew: float) -> None:
    right, wrong = await play.gateway(**QUIET), await play.gateway(off=Off(skew), **QUIET)
    message_id, record = await play.mail(right, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    for _ in range(12):
        play.clock.advance(10)
        await worker.beat()
        await wrong.sweeper.sweep()
        await wrong.manager.sweep()
        await right.sweeper.sweep()
    await worker.succeed(command)
    await play.sent(record)

    assert (await play.command(record)).attempt == 1
    assert len(play.launcher.requests) == 1
    assert play.launcher.stopped == []
    assert len(play.postbox.answers_to(message_id)) == 1


@pytest.mark.parametrize("skew", [-600.0, 600.0])
async def test_a_launch_in_another_replicas_hands_is_left_to_it_and_taken_over_when_it_died(
    play: Play, skew: float
) -> None:
    gateway = await play.gateway(**QUIET)
    key = ids.container_key("acme", "site", ANNA)
    await provision.create_queue_set(
        queues=play.stand.queues, names=play.stand.names, places=gateway.records.places, key=key, now=0.0
    )
    request = LaunchRequest(container_key=key, gen=1, token="a" * 32, environment={})
    held = await play.stand.containers.begin_launch(
        None, request=request, owner="another", now=play.clock.time() + skew, lease=30
    )
    manager, project = gateway.manager, gateway.config.projects[0]
    for _ in range(6):  # it is renewed, as by a replica whose launcher takes long
        assert await _step(manager, key, project, held) == "launching"
        play.clock.advance(10)
        held = await play.stand.containers.take_lease(held, owner="another", now=play.clock.time() + skew, lease=30)
    for _ in range(4):
        state = await _step(manager, key, project, held)
        play.clock.advance(10)
    assert state == "starting"
    assert len(play.launcher.requests) == 1


async def _step(manager: object, key: str, project: Project, held: object) -> str:
    record = await manager._records.get(key)  # type: ignore[attr-defined]
    return str((await manager._step(key, project, record)).state)  # type: ignore[attr-defined]
