"""The state machine of containers: who may do which transition, and who loses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hermes import errors
from hermes.domain.containers import Container, ContainerState, QueueSet
from tests.integration.faults import LostAnswers
from tests.integration.records import KEY, launch
from tests.integration.stand import Stand

pytestmark = pytest.mark.rows


async def begun(aws: Stand, gen: int = 1, seen: Container | None = None) -> Container:
    return await aws.containers.begin_launch(seen, request=launch(gen), owner="g1", now=100.0, lease=30.0)


async def ready(aws: Stand) -> Container:
    await begun(aws)
    return await aws.containers.register_ready(KEY, gen=1, task_arn="t1", now=110.0)


async def test_of_many_gateways_one_launches(aws: Stand) -> None:
    async def launching(owner: str) -> str | None:
        try:
            won = await aws.containers.begin_launch(None, request=launch(1, owner), owner=owner, now=1.0, lease=30.0)
        except errors.ConditionFailed:
            return None
        return won.lease_owner

    winners = [name for name in await asyncio.gather(*(launching(f"g{n}") for n in range(6))) if name]

    assert len(winners) == 1
    stands = await aws.containers.get(KEY)
    assert stands is not None
    assert stands.request is not None
    assert (stands.lease_owner, stands.request.token) == (winners[0], winners[0])
    assert stands.state is ContainerState.LAUNCHING


async def test_a_launch_whose_answer_was_lost_is_still_ours(aws: Stand) -> None:
    faults = LostAnswers(aws.clients.dynamodb, "PutItem")

    record = await begun(aws)

    assert faults.lost == 1
    assert record.lease_owner == "g1"


async def test_a_new_generation_only_after_the_old_one_is_gone(aws: Stand) -> None:
    first = await begun(aws)
    with pytest.raises(errors.ConditionFailed):
        await begun(aws, 2, first)

    failed = await aws.containers.failed(first, reason="no room " * 200)
    second = await begun(aws, 2, failed)

    assert (failed.failures, len(failed.failure)) == (1, 500)
    assert (second.gen, second.failures, second.task_arn) == (2, 1, None)


async def test_a_dead_holders_launch_is_taken_over_once(aws: Stand) -> None:
    record = await begun(aws)

    async def take(owner: str) -> bool:
        try:
            await aws.containers.take_lease(record, owner=owner, now=200.0, lease=30.0)
        except errors.ConditionFailed:
            return False
        return True

    assert sum(await asyncio.gather(take("g2"), take("g3"))) == 1
    stands = await aws.containers.get(KEY)
    assert stands is not None
    assert (stands.gen, stands.request) == (1, record.request)


async def test_a_worker_that_is_quicker_than_the_gateway_keeps_its_state(aws: Stand) -> None:
    record = await begun(aws)
    await aws.containers.register_ready(KEY, gen=1, task_arn="t1", now=110.0)

    stands = await aws.containers.started(record, task_arn="t1", now=3.0)

    assert (stands.state, stands.task_arn) == (ContainerState.READY, "t1")


async def test_started_names_the_task(aws: Stand) -> None:
    record = await begun(aws)

    stands = await aws.containers.started(record, task_arn="t1", now=3.0)

    assert (stands.state, stands.task_arn) == (ContainerState.STARTING, "t1")


@pytest.mark.parametrize(("gen", "task"), [(2, "t1"), (0, "t1"), (1, "t2")])
async def test_a_worker_of_another_generation_or_task_is_fenced(aws: Stand, gen: int, task: str) -> None:
    record = await begun(aws)
    await aws.containers.started(record, task_arn="t1", now=3.0)

    with pytest.raises(errors.Fenced):
        await aws.containers.register_ready(KEY, gen=gen, task_arn=task, now=110.0)
    with pytest.raises(errors.Fenced):
        await aws.containers.heartbeat(KEY, gen=gen, task_arn=task, now=110.0, busy=False, done_seq=0)
    with pytest.raises(errors.Fenced):
        await aws.containers.stopped(KEY, gen=gen, task_arn=task, now=110.0)


async def test_of_two_tasks_of_one_generation_one_is_fenced(aws: Stand) -> None:
    await begun(aws)

    async def register(task: str) -> str | None:
        try:
            return (await aws.containers.register_ready(KEY, gen=1, task_arn=task, now=110.0)).task_arn
        except errors.Fenced:
            return None

    both = await asyncio.gather(register("t1"), register("t2"))

    assert sorted(both, key=str) in (["t1", None], [None, "t1"], ["t2", None], [None, "t2"])


async def test_registering_again_after_a_lost_answer_is_fine(aws: Stand) -> None:
    await begun(aws)
    faults = LostAnswers(aws.clients.dynamodb, "UpdateItem")

    stands = await aws.containers.register_ready(KEY, gen=1, task_arn="t1", now=110.0)

    assert faults.lost == 1
    assert stands.state is ContainerState.READY


@pytest.mark.parametrize("how", ["lost", "failed"])
async def test_a_worker_that_was_given_up_is_fenced(aws: Stand, how: str) -> None:
    record = await begun(aws)
    stands = await aws.containers.started(record, task_arn="t1", now=3.0)
    if how == "lost":
        stands = await aws.containers.register_ready(KEY, gen=1, task_arn="t1", now=110.0)
        await aws.containers.lost(stands, reason="no heartbeat")
    else:
        await aws.containers.failed(stands, reason="too slow")

    with pytest.raises(errors.Fenced):
        await aws.containers.register_ready(KEY, gen=1, task_arn="t1", now=120.0)
    with pytest.raises(errors.Fenced):
        await aws.containers.heartbeat(KEY, gen=1, task_arn="t1", now=120.0, busy=False, done_seq=0)


async def test_a_heartbeat_in_between_saves_the_worker_from_being_lost(aws: Stand) -> None:
    seen = await ready(aws)
    await aws.containers.heartbeat(KEY, gen=1, task_arn="t1", now=150.0, busy=True, done_seq=0)

    with pytest.raises(errors.ConditionFailed):
        await aws.containers.lost(seen, reason="stale")


async def test_commands_are_dispatched_only_to_who_lives(aws: Stand) -> None:
    await begun(aws)
    with pytest.raises(errors.ConditionFailed):
        await aws.containers.dispatch(KEY, gen=1, now=105.0)
    await aws.containers.register_ready(KEY, gen=1, task_arn="t1", now=110.0)

    await aws.containers.dispatch(KEY, gen=1, now=111.0)
    counted = await aws.containers.get(KEY)
    assert counted is not None
    assert counted.dispatched_seq == 1
    with pytest.raises(errors.ConditionFailed):
        await aws.containers.dispatch(KEY, gen=2, now=111.0)


async def test_a_worker_drains_only_when_nothing_more_was_dispatched(aws: Stand) -> None:
    await ready(aws)
    await aws.containers.dispatch(KEY, gen=1, now=111.0)

    # It read 0 before its last, empty receive; meanwhile a command was handed over: it stays.
    with pytest.raises(errors.ConditionFailed):
        await aws.containers.start_draining(KEY, gen=1, task_arn="t1", now=120.0, done_seq=0)
    draining = await aws.containers.start_draining(KEY, gen=1, task_arn="t1", now=121.0, done_seq=1)

    assert draining.state is ContainerState.DRAINING
    with pytest.raises(errors.ConditionFailed):
        await aws.containers.dispatch(KEY, gen=1, now=122.0)
    # It cannot come back to life by a late heartbeat.
    with pytest.raises(errors.Fenced):
        await aws.containers.heartbeat(KEY, gen=1, task_arn="t1", now=122.0, busy=False, done_seq=1)
    stopped = await aws.containers.stopped(KEY, gen=1, task_arn="t1", now=123.0)
    assert stopped.state is ContainerState.STOPPED


async def test_draining_and_dispatch_never_both_win(aws: Stand) -> None:
    await ready(aws)

    async def drain() -> bool:
        try:
            await aws.containers.start_draining(KEY, gen=1, task_arn="t1", now=120.0, done_seq=0)
        except errors.ConditionFailed:
            return False
        return True

    async def dispatch() -> bool:
        try:
            await aws.containers.dispatch(KEY, gen=1, now=120.0)
        except errors.ConditionFailed:
            return False
        return True

    assert sum(await asyncio.gather(drain(), dispatch())) == 1


async def test_draining_whose_answer_was_lost_is_draining(aws: Stand) -> None:
    await ready(aws)
    faults = LostAnswers(aws.clients.dynamodb, "UpdateItem")

    draining = await aws.containers.start_draining(KEY, gen=1, task_arn="t1", now=120.0, done_seq=0)

    assert faults.lost == 1
    assert draining.state is ContainerState.DRAINING


async def test_counts_go_on_over_generations(aws: Stand) -> None:
    await ready(aws)
    for _ in range(3):
        await aws.containers.dispatch(KEY, gen=1, now=111.0)
    await aws.containers.heartbeat(KEY, gen=1, task_arn="t1", now=112.0, busy=False, done_seq=2)
    stands = await aws.containers.get(KEY)
    assert stands is not None
    lost = await aws.containers.lost(stands, reason="gone")

    second = await begun(aws, 2, lost)

    assert (second.dispatched_seq, second.done_seq) == (3, 2)


async def test_a_queue_set_is_kept(aws: Stand) -> None:
    made = QueueSet(
        container_key=KEY, input_url="i", interrupts_url="x", output_url="o", created_at=1.0, last_used_at=2.5
    )

    await aws.containers.keep_queue_set(made)
    await aws.containers.keep_queue_set(made)

    assert await aws.containers.queue_set(KEY) == made
    assert await aws.containers.queue_set("nobody") is None


async def test_nothing_is_sent_to_a_worker_that_was_told_to_end(aws: Stand) -> None:
    await ready(aws)
    beat: dict[str, Any] = {"gen": 1, "task_arn": "t1", "busy": True, "done_seq": 0}

    leaving = await aws.containers.heartbeat(KEY, now=120.0, leaving=True, **beat)
    assert leaving.state is ContainerState.DRAINING
    with pytest.raises(errors.ConditionFailed):
        await aws.containers.dispatch(KEY, gen=1, now=121.0)
    assert (await aws.containers.heartbeat(KEY, now=130.0, leaving=True, **beat)).heartbeat_at == 130.0
    with pytest.raises(errors.Fenced):
        await aws.containers.heartbeat(KEY, now=131.0, **beat)
    assert (await aws.containers.stopped(KEY, gen=1, task_arn="t1", now=140.0)).state is ContainerState.STOPPED
