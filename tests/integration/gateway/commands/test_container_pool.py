"""Workers that wait without a key: a claim starts a key at once, and whatever is overtaken or dies harms nothing (I4)."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from hermes import errors
from hermes.app.gateway import Gateway
from hermes.domain import wire
from hermes.domain.commands import CommandState
from hermes.domain.containers import Container, ContainerState, LaunchRequest, waiting_key
from hermes.gateway.upkeep.pool_keeper import PoolKeeper
from hermes.worker.lease import Lease
from hermes.worker.waiting import PoolWorker
from tests import env
from tests.eventually import eventually
from tests.integration.gateway.play import Play
from tests.integration.gateway.scripted_worker import ScriptedWorker

ECS = {"kind": "ecs", "ecs": {"cluster": "c", "task_definition": "t", "launch_type": "EC2"}}


async def pooled(play: Play, *, gateway: dict[str, Any] | None = None, **pool: Any) -> Gateway:
    """A gateway with a pool; its claims wait longer than any machine is busy, unless a test says so."""
    changes = {"gateway": gateway} if gateway else {}
    return await play.gateway(launcher=ECS, pool={"size": 1, "wait_seconds": 30, **pool}, **changes)


def keeper(gateway: Gateway) -> PoolKeeper:
    (found,) = (part for part in gateway.service._parts if isinstance(part, PoolKeeper))
    return found


def waiting_worker(
    play: Play, request: LaunchRequest, crash_point: Callable[[str], None] = lambda point: None
) -> PoolWorker:
    task, stand = f"fake:{request.token}", play.stand
    around = env.quiet(now=play.clock.time, crash_point=crash_point)
    return PoolWorker(
        lease=Lease(
            containers=stand.containers,
            active=None,  # type: ignore[arg-type]
            key=request.container_key,
            gen=request.gen,
            task_id=task,
            env=around,
        ),
        containers=stand.containers,
        queues=stand.queues,
        dead_letters=play.gateways[0].records.dead_letters,
        url=stand.places.unclaimed,
        task_id=task,
        env=around,
    )


class Waiting:
    """A worker that waits, as a task of the test's."""

    def __init__(self, play: Play, request: LaunchRequest, **more: Any) -> None:
        self.request = request
        self.stop = asyncio.Event()
        self.running = asyncio.create_task(waiting_worker(play, request, **more).run(self.stop))

    async def ended(self) -> Container | None:
        async with asyncio.timeout(60):
            return await self.running


@contextlib.asynccontextmanager
async def waits(play: Play, gateway: Gateway, **more: Any) -> AsyncIterator[Waiting]:
    """The first worker of the pool, ready."""
    await keeper(gateway).look()
    made = Waiting(play, play.launcher.requests[-1], **more)
    await eventually(lambda: _is(play, made.request.container_key, ContainerState.READY))
    try:
        yield made
    finally:
        made.stop.set()
        await asyncio.gather(made.running, return_exceptions=True)


async def _is(play: Play, key: str, state: ContainerState) -> bool:
    record = await play.stand.containers.get(key)
    return record is not None and record.state is state


async def _settled(play: Play, claimed: Container) -> ScriptedWorker:
    """The worker of a key that came from the pool."""
    assert claimed.request is not None
    worker = ScriptedWorker(stand=play.stand, request=claimed.request, now=play.clock.time)
    worker.task = str(claimed.task_arn)
    return await worker.ready()


async def test_a_key_goes_to_the_worker_that_waits_and_no_task_is_started_for_it(play: Play) -> None:
    gateway = await pooled(play)
    async with waits(play, gateway) as waiting:
        _, record = await play.mail(gateway, "Rework the page")
        claimed = await waiting.ended()
        assert claimed is not None
        worker = await _settled(play, claimed)
        await worker.succeed(await worker.begin())
        await play.sent(record)

    assert [request.container_key for request in play.launcher.requests] == [waiting_key(0)]
    assert (claimed.gen, claimed.task_arn) == (1, f"fake:{waiting.request.token}")
    assert set(waiting.request.environment) == {
        "HERMES_WORKER_CLAIMS_QUEUE_URL",
        "HERMES_WORKER_TABLE_PREFIX",
        "HERMES_WORKER_REGION",
        "HERMES_WORKER_ENDPOINT_URL",
        "HERMES_WORKER_POOL_VERSION",
    }, "it knows of no project"
    assert await _is(play, waiting_key(0), ContainerState.STOPPED)
    assert await play.stand.queues.receive(play.stand.places.unclaimed, wait_seconds=0) == []


async def test_a_claimed_worker_is_replaced_and_no_sweep_takes_it_for_an_orphan(play: Play) -> None:
    gateway = await pooled(play)
    async with waits(play, gateway) as waiting:
        await play.mail(gateway, "Rework the page")
        claimed = await waiting.ended()
    assert claimed is not None
    await keeper(gateway).look()
    worker = await _settled(play, claimed)
    for _ in range(12):
        play.clock.advance(10)
        await worker.beat()
        await gateway.manager.sweep()

    assert [(r.container_key, r.gen) for r in play.launcher.requests] == [(waiting_key(0), 1), (waiting_key(0), 2)]
    assert worker.task not in [task for task, _ in play.launcher.stopped]


async def test_without_a_worker_that_waits_a_task_is_started_as_ever(play: Play) -> None:
    gateway = await pooled(play, wait_seconds=0.1)
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.sent(record)
    assert len(play.launcher.requests) == 1

    # The claim that nobody took is dropped by the worker that reads it at last, which goes on waiting.
    async with waits(play, gateway) as waiting:
        await eventually(lambda: _empty(play))
        assert not waiting.running.done()
        waiting.stop.set()
        assert await waiting.ended() is None
    assert (await play.command(record)).attempt == 1
    assert await _is(play, waiting_key(0), ContainerState.STOPPED)


async def _launched(play: Play, key: str, *, gen: int) -> bool:
    record = await play.stand.containers.get(key)
    return record is not None and record.gen == gen


async def _empty(play: Play) -> bool:
    found = await play.stand.queues.attributes(play.stand.places.unclaimed)
    return {found["ApproximateNumberOfMessages"], found["ApproximateNumberOfMessagesNotVisible"]} == {"0"}


async def test_of_two_that_wait_one_takes_a_key_and_a_repeated_claim_takes_none(play: Play) -> None:
    gateway = await pooled(play, size=2)
    await keeper(gateway).look()
    both = [Waiting(play, request) for request in play.launcher.requests]
    for one in both:
        await eventually(functools.partial(_is, play, one.request.container_key, ContainerState.READY))
    await play.mail(gateway, "Rework the page")
    await eventually(lambda: any(one.running.done() for one in both))
    (claimed,) = [one.running.result() for one in both if one.running.done()]
    assert claimed is not None
    again = wire.ClaimMessage(container_key=claimed.container_key, gen=claimed.gen)
    await play.stand.queues.send(play.stand.places.unclaimed, again.encode())
    await eventually(lambda: _empty(play))
    for one in both:
        one.stop.set()
    found = [await one.ended() for one in both]
    assert sum(one is not None for one in found) == 1


async def test_a_worker_that_dies_with_its_claim_is_found_like_any_other(play: Play) -> None:
    gateway = await pooled(play)

    class Died(BaseException):
        pass

    def die(point: str) -> None:
        if point == "claim.taken":
            raise Died

    async with waits(play, gateway, crash_point=die) as waiting:
        _, record = await play.mail(gateway, "Rework the page")
        with contextlib.suppress(Died):
            await waiting.ended()
    key = (await play.command(record)).container_key
    assert await _is(play, key, ContainerState.READY)
    for seconds in (46, 46, 31):
        play.clock.advance(seconds)
        await gateway.manager.sweep()
        await gateway.sweeper.sweep()
    await eventually(lambda: _launched(play, key, gen=2))
    assert (await play.command(record)).state is CommandState.ACCEPTED


async def test_what_is_no_claim_is_a_dead_letter(play: Play) -> None:
    gateway = await pooled(play)
    async with waits(play, gateway) as waiting:
        await play.stand.queues.send(play.stand.places.unclaimed, '{"commandId": "a report of an older version"}')
        (dead,) = await play.stand.queues.receive(play.stand.places.dead, wait_seconds=20)
        assert not waiting.running.done()
    assert "a report" in dead.body


async def test_a_pool_that_shrinks_lets_workers_go_and_a_start_that_fails_is_tried_ever_less_often(play: Play) -> None:
    gateway = await pooled(play, size=2)
    keeps = keeper(gateway)
    play.launcher.failures.extend(errors.LaunchFailed("no image") for _ in range(2))
    await keeps.look()
    await keeps.look()
    assert len(play.launcher.requests) == 2, "not before a pause"
    play.clock.advance(31)
    await keeps.look()
    assert len(play.launcher.requests) == 4
    for request in play.launcher.requests[2:]:
        await play.stand.containers.register_ready(
            request.container_key, gen=request.gen, task_arn=f"fake:{request.token}", now=play.clock.time()
        )
    keeps._bounds = type(keeps._bounds)(least=2, most=2, dollars_per_hour=0.05, dollars_per_day=1.2)
    for _ in range(2):
        await keeps.look()
    records = [await play.stand.containers.get(waiting_key(number)) for number in range(2)]
    assert [record.drain_asked for record in records if record is not None] == [None, 2], "a day pays for one"
    assert keeps._reach == 2
    await play.stand.containers.stopped(
        waiting_key(1), gen=2, task_arn=f"fake:{play.launcher.requests[3].token}", now=play.clock.time()
    )
    await keeps.look()
    assert keeps._reach == 1, "an empty place is looked at no more"
    assert len(play.launcher.requests) == 4


async def test_a_worker_of_another_version_is_replaced_while_it_waits(play: Play) -> None:
    gateway = await pooled(play)
    async with waits(play, gateway) as waiting:
        keeps = keeper(gateway)
        await keeps.look()
        record = await play.stand.containers.get(waiting.request.container_key)
        assert record is not None
        assert record.drain_asked is None
        keeps._environment |= {"HERMES_WORKER_POOL_VERSION": "the next one"}
        await keeps.look()
        record = await play.stand.containers.get(waiting.request.container_key)
        assert record is not None
        assert record.drain_asked == 1
        await play.stand.containers.stopped(
            record.container_key, gen=1, task_arn=str(record.task_arn), now=play.clock.time()
        )
    await keeps.look()
    assert play.launcher.requests[-1].environment["HERMES_WORKER_POOL_VERSION"] == "the next one"
    assert play.launcher.requests[-1].gen == 2


async def test_the_queue_of_claims_must_be_free_of_older_reports(play: Play) -> None:
    await play.stand.queues.delete_queue(play.stand.places.parked)
    with pytest.raises(errors.ConfigError, match="run `hermes provision`"):
        await pooled(play)


async def test_the_size_follows_the_starts_of_the_last_quarter_of_an_hour(play: Play) -> None:
    gateway = await pooled(play, size="auto", max=4, wait_seconds=0.1)
    keeps = keeper(gateway)
    await keeps.look()
    assert play.launcher.requests == []
    for number in range(11):
        request = LaunchRequest(container_key=f"acme#site#person{number}", gen=1, token=f"t{number}", environment={})
        await play.stand.containers.begin_launch(None, request=request, owner="o", now=play.clock.time(), lease=30)
    await keeps.look()
    assert play.launcher.requests == [], "they are counted once a minute"
    play.clock.advance(61)
    await keeps.look()
    assert [r.container_key for r in play.launcher.requests] == [waiting_key(number) for number in range(3)]


async def test_a_gateway_that_dies_with_its_claim_sent_leaves_it_to_the_next_and_one_worker_takes_it(
    play: Play,
) -> None:
    dying = await pooled(play, size=2)
    await keeper(dying).look()
    both = [Waiting(play, request) for request in play.launcher.requests]
    for one in both:
        await eventually(functools.partial(_is, play, one.request.container_key, ContainerState.READY))

    def die(point: str) -> None:
        if point == "claim.sent":
            raise asyncio.CancelledError

    offers = dying.manager._pool
    assert offers is not None
    offers._env = env.quiet(now=play.clock.time, clock=play.clock.time, crash_point=die)
    _, record = await play.mail(dying, "Rework the page")
    await eventually(lambda: any(one.running.done() for one in both))
    await play.kill(dying)
    living = await pooled(play, size=2)
    (claimed,) = [one.running.result() for one in both if one.running.done()]
    assert claimed is not None
    worker = await _settled(play, claimed)
    for _ in range(3):
        play.clock.advance(11)
        await living.sweeper.sweep()
    await worker.succeed(await worker.begin())
    await play.ended(record)
    for one in both:
        one.stop.set()
    assert sum([await one.ended() is not None for one in both]) == 1
    assert len(play.launcher.requests) == 2


@pytest.mark.parametrize("pool", [{"size": 1}, {"size": "auto"}])
async def test_projects_with_secrets_of_their_own_are_no_pools(play: Play, pool: dict[str, Any]) -> None:
    own = {**ECS, "ecs": {**ECS["ecs"], "project_task_definitions": {"acme/site": "own"}}}  # type: ignore[dict-item]
    gateway = await play.gateway(launcher=own, pool={**pool, "wait_seconds": 30})
    await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    assert worker.key.startswith("acme#site#")
    assert await _empty(play)


async def test_a_worker_is_wanted_while_the_command_still_collects_further_mails(play: Play) -> None:
    gateway = await pooled(play, gateway={"collect_seconds": 60})
    async with waits(play, gateway) as waiting:
        _, record = await play.mail(gateway, "Rework the page")
        claimed = await waiting.ended()
        assert claimed is not None
        worker = await _settled(play, claimed)
        assert await worker.waiting(worker.input_url) == []
    command = await play.command(record)
    assert (command.state, command.collect_until is not None) == (CommandState.ACCEPTED, True)
