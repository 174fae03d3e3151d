"""One live container for a key, whoever dies at whatever line (I4)."""

from __future__ import annotations

import asyncio

import pytest

from hermes import errors
from hermes.app.gateway import Gateway
from hermes.domain.containers import Container, ContainerState
from hermes.launch.port import TaskState
from tests.eventually import eventually
from tests.integration.gateway.play import Play
from tests.integration.gateway.postbox import text_of
from tests.integration.gateway.scripted_worker import ScriptedWorker


async def _key(play: Play) -> str:
    async def asked() -> bool:
        return bool(play.launcher.requests)

    await eventually(asked)
    return play.launcher.requests[0].container_key


async def _record(play: Play, key: str) -> Container:
    found = await play.stand.containers.get(key)
    assert found is not None
    return found


async def _ensure(play: Play, gateway: Gateway, key: str, seconds: float) -> Container:
    project = gateway.config.projects[0]
    return await gateway.manager.ensure(key, project, until=play.clock.time() + seconds)


KEY = "acme#site#anna-example-org-abcdefgh"


async def test_two_gateways_that_launch_at_once_start_one_task(play: Play) -> None:
    gateways = [await play.gateway(), await play.gateway()]

    ensuring = [asyncio.create_task(_ensure(play, g, KEY, 20)) for g in gateways for _ in range(3)]
    worker = await play.worker(0)
    found = await asyncio.gather(*ensuring)

    assert {container.gen for container in found} == {1}
    assert {r.token for r in play.launcher.requests} == {play.launcher.requests[0].token}
    assert list(play.launcher.tasks) == [worker.task]


async def test_who_dies_in_the_middle_of_a_launch_leaves_it_to_the_next(play: Play) -> None:
    gateway = await play.gateway()
    play.launcher.lost_answers.append(asyncio.CancelledError())  # type: ignore[arg-type]
    dying = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    await asyncio.gather(dying, return_exceptions=True)
    assert (await _record(play, KEY)).state is ContainerState.LAUNCHING

    other = await play.gateway()
    with pytest.raises(errors.NotReady):
        await _ensure(play, other, KEY, 0)
    assert len(play.launcher.requests) == 1, "the lease is another's"
    play.clock.advance(31)
    with pytest.raises(errors.NotReady):
        await _ensure(play, other, KEY, 0)

    first, second = play.launcher.requests
    assert first == second, "the same token and the same request"
    assert len(play.launcher.tasks) == 1
    assert (await _record(play, KEY)).state is ContainerState.STARTING


async def test_a_run_task_without_an_answer_is_asked_again_under_its_token(play: Play) -> None:
    gateway = await play.gateway()
    play.launcher.lost_answers.extend([errors.AwsTimeout(), errors.AwsTimeout()])

    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))

    async def thrice() -> bool:
        return len(play.launcher.requests) == 3

    await eventually(thrice)
    await play.worker()
    assert (await ensuring).gen == 1
    assert len({request.token for request in play.launcher.requests}) == 1
    assert len(play.launcher.tasks) == 1


async def test_a_definite_failure_is_launched_anew_as_the_next_generation(play: Play) -> None:
    gateway = await play.gateway()
    play.launcher.failures.append(errors.LaunchFailed("no such image"))

    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    await play.worker(1)
    found = await ensuring

    assert [request.gen for request in play.launcher.requests] == [1, 2]
    assert len({request.token for request in play.launcher.requests}) == 2
    assert (found.gen, found.failures) == (2, 0)


async def test_after_three_failures_the_command_is_answered(play: Play) -> None:
    gateway = await play.gateway()
    play.launcher.failures.extend([errors.LaunchFailed("no such image")] * 3)

    message_id, record = await play.mail(gateway, "Rework the page")
    ended = await play.ended(record)
    reply = await play.sent(record)

    assert (ended.state.value, reply.kind) == ("failed", "failed")
    told = text_of(play.postbox.answers_to(message_id)[0])
    assert "This is on our side" in told
    assert "no such image" not in told
    assert len(play.launcher.requests) == 3


async def test_a_task_that_stops_before_it_is_ready_is_launched_anew(play: Play) -> None:
    gateway = await play.gateway()
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))

    async def started() -> bool:
        return bool(play.launcher.tasks)

    await eventually(started)
    play.launcher.end(next(iter(play.launcher.tasks)), "exit status 1")
    play.clock.advance(3)
    await play.worker(1)

    assert (await ensuring).gen == 2


async def test_a_task_that_is_not_ready_in_time_is_stopped_and_launched_anew(play: Play) -> None:
    gateway = await play.gateway()
    with pytest.raises(errors.NotReady):
        await _ensure(play, gateway, KEY, 0)
    (task,) = play.launcher.tasks

    with pytest.raises(errors.NotReady):
        await _ensure(play, gateway, KEY, 0)
    play.clock.advance(241)
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    await play.worker(1)

    assert (await ensuring).gen == 2
    assert play.launcher.stopped == [(task, "not ready in time")]


async def test_a_container_without_heartbeat_is_lost_stopped_and_replaced(play: Play) -> None:
    gateway = await play.gateway()
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    first = await play.worker(0)
    await ensuring

    play.clock.advance(46)
    gateway.manager.forget(KEY)
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    second = await play.worker(1)

    assert (await ensuring).gen == 2
    assert play.launcher.stopped == [(first.task, "no heartbeat")]
    with pytest.raises(errors.Fenced):
        await first.beat()
    await second.beat()


async def test_two_gateways_that_replace_a_lost_container_at_once_start_one_task(play: Play) -> None:
    gateways = [await play.gateway(), await play.gateway(), await play.gateway()]
    ensuring = asyncio.create_task(_ensure(play, gateways[0], KEY, 20))
    await play.worker(0)
    await ensuring
    play.clock.advance(46)
    await gateways[0].manager.sweep()

    all_of_them = [asyncio.create_task(_ensure(play, gateway, KEY, 20)) for gateway in gateways]
    await play.worker(1)
    found = await asyncio.gather(*all_of_them)

    assert {container.gen for container in found} == {2}
    assert len(play.launcher.tasks) == 1


async def test_an_old_generation_cannot_register_and_gets_no_command(play: Play) -> None:
    gateway = await play.gateway()
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    await play.worker(0)
    cached = await ensuring
    play.clock.advance(46)
    gateway.manager.forget(KEY)
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    await play.worker(1)
    await ensuring

    late = ScriptedWorker(stand=play.stand, request=play.launcher.requests[0], now=play.clock.time)
    with pytest.raises(errors.Fenced):
        await late.ready()
    assert await gateway.manager.dispatch(cached) is False


async def test_of_two_tasks_of_one_generation_the_second_is_turned_away(play: Play) -> None:
    """A launcher that forgets its tokens starts two."""
    gateway = await play.gateway()
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    await play.worker(0)
    await ensuring

    second = ScriptedWorker(stand=play.stand, request=play.launcher.requests[0], now=play.clock.time)
    second.task = "fake:second"
    with pytest.raises(errors.Fenced):
        await second.ready()


async def test_a_worker_that_is_ready_before_the_launcher_answered_stays_ready(play: Play) -> None:
    gateway = await play.gateway()
    run = play.launcher.run
    workers = []

    async def ready_first(request: object) -> str:
        task = await run(request)  # type: ignore[arg-type]
        workers.append(
            await ScriptedWorker(stand=play.stand, request=play.launcher.requests[-1], now=play.clock.time).ready()
        )
        return task

    play.launcher.run = ready_first  # type: ignore[method-assign]
    found = await _ensure(play, gateway, KEY, 20)

    assert (found.state, found.task_arn) == (ContainerState.READY, workers[0].task)


async def test_tasks_that_no_longer_own_their_key_are_swept(play: Play) -> None:
    gateway = await play.gateway()
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    await play.worker(0)
    await ensuring
    play.clock.advance(46)
    gateway.manager.forget(KEY)
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    current = await play.worker(1)
    await ensuring
    orphan = f"fake:{play.launcher.requests[0].token}"
    play.launcher.tasks[orphan] = play.launcher.requests[0]  # StopTask was lost
    stranger = play.launcher.requests[0].model_copy(update={"container_key": "other#deployment#x"})
    play.launcher.tasks["fake:stranger"] = stranger

    await gateway.manager.sweep()

    assert (await play.launcher.describe(orphan)).state is TaskState.STOPPED
    assert set(play.launcher.tasks) == {current.task, "fake:stranger"}
    assert (await _record(play, KEY)).state is ContainerState.READY


async def test_the_sweep_gives_up_a_container_without_heartbeat(play: Play) -> None:
    gateway = await play.gateway()
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    worker = await play.worker(0)
    await ensuring

    play.clock.advance(44)
    await gateway.manager.sweep()
    assert (await _record(play, KEY)).state is ContainerState.READY
    play.clock.advance(2)
    await gateway.manager.sweep()

    assert (await _record(play, KEY)).state is ContainerState.LOST
    assert play.launcher.tasks == {}
    assert play.launcher.stopped == [(worker.task, "no heartbeat")]


async def test_the_sweep_gives_up_a_container_whose_task_has_ended_at_once(play: Play) -> None:
    gateway = await play.gateway()
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    worker = await play.worker(0)
    await ensuring

    await gateway.manager.sweep()
    assert (await _record(play, KEY)).state is ContainerState.READY
    del play.launcher.tasks[worker.task]
    play.launcher.ended[worker.task] = "the worker ended by signal 9"
    await gateway.manager.sweep()

    assert (await _record(play, KEY)).state is ContainerState.LOST
    ensuring = asyncio.create_task(_ensure(play, gateway, KEY, 20))
    await play.worker(1)
    assert (await ensuring).gen == 2


async def test_still_starting_is_said_once_and_the_command_runs_all_the_same(play: Play) -> None:
    gateway = await play.gateway(containers={"ready_seconds": 0.4})
    message_id, record = await play.mail(gateway, "Rework the page")
    starting = await play.sent(record, "still_starting")

    play.clock.advance(25)
    other = await play.gateway(containers={"ready_seconds": 0.4})
    await other.sweeper.sweep()
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.sent(record, "succeeded")

    kinds = [reply.kind for reply in await play.replies(record)]
    assert sorted(kinds) == ["still_starting", "succeeded"]
    assert len(play.postbox.answers_to(message_id)) == 2
    assert starting.message_id != (await play.sent(record, "succeeded")).message_id
    assert len(play.launcher.requests) == 1


async def test_a_launcher_without_room_is_asked_until_the_command_is_given_up(play: Play) -> None:
    gateway = await play.gateway(timing={"start_give_up": 60, "poll": 1}, containers={"ready_seconds": 1000})
    play.launcher.failures.extend([errors.Transient("no room")] * 1000)
    message_id, record = await play.mail(gateway, "Rework the page")
    await _key(play)

    for _ in range(2):
        play.clock.advance(61)
        await gateway.sweeper.sweep()
    await play.sent(record)

    assert (await play.command(record)).state.value == "failed"
    assert "This is on our side" in text_of(play.postbox.answers_to(message_id)[0]).replace("\n", " ")


async def test_where_there_is_no_room_the_longest_idle_worker_leaves(play: Play) -> None:
    gateway = await play.gateway()
    keys = [f"acme#site#{name}-example-org-abcdefgh" for name in ("anna", "ben", "cleo", "dora")]
    for number, key in enumerate(keys[:3]):
        ensuring = asyncio.create_task(_ensure(play, gateway, key, 20))
        await play.worker(number)
        container = await ensuring
        play.clock.advance(1)
        if number == 0:  # the oldest is at work
            assert await gateway.manager.dispatch(container)
    idle = (await _record(play, keys[1])).task_arn

    play.launcher.failures.append(errors.NoRoom("no room"))
    ensuring = asyncio.create_task(_ensure(play, gateway, keys[3], 20))
    await play.worker(4)
    await ensuring

    assert play.launcher.stopped == [(idle, "another needs its room")]
    first, second = play.launcher.requests[3:]
    assert first == second, "the launch is the same"
