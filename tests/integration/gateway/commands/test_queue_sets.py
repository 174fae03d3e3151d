"""Queues of a key: made again when they are gone, deleted when nobody uses them."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.aws import provision, schema
from hermes.domain.containers import QueueSet
from hermes.gateway.upkeep import queue_sweeper
from hermes.gateway.upkeep.queue_sweeper import DAY_SECONDS, QueueSweeper, Swept
from tests import env
from tests.integration.gateway.play import Play
from tests.integration.gateway.scripted_worker import ScriptedWorker

KEY = "acme#site#bob-abcdefgh"


async def _delete(play: Play, worker: ScriptedWorker) -> None:
    for url in (worker.input_url, worker.interrupts_url, worker.output_url):
        await play.stand.queues.delete_queue(url)


def _sweeper(play: Play, days: float = 30.0) -> QueueSweeper:
    return QueueSweeper(
        stores=play.gateways[0].records,
        names=play.stand.names,
        places=play.stand.places,
        idle_days=days,
        env=env.quiet(now=play.clock.time, emit=play.events.append),
    )


async def _made(play: Play, key: str = KEY, used: float = 0.0) -> QueueSet:
    stand = play.stand
    found = await provision.create_queue_set(
        queues=stand.queues, names=stand.names, places=stand.places, key=key, now=play.clock.time() - used
    )
    await stand.containers.keep_queue_set(found)
    return found


async def test_queues_that_are_gone_are_made_again_for_the_next_command(play: Play) -> None:
    gateway = await play.gateway()
    message_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)
    await _delete(play, worker)

    _, second = await play.mail(gateway, "And the title", answers=message_id)
    await play.event("queues.made_again")
    command = await worker.begin()
    assert command.command_id == second.command_id
    await worker.succeed(command)
    assert (await play.sent(second, "succeeded")).kind == "succeeded"


async def test_an_output_queue_that_is_gone_while_it_is_polled_is_made_again(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    await play.stand.queues.delete_queue(worker.output_url)
    await play.event("queues.made_again")

    await worker.succeed(command)
    assert (await play.sent(record, "succeeded")).kind == "succeeded"


async def test_an_interrupt_reaches_a_worker_whose_interrupts_queue_was_gone(play: Play) -> None:
    gateway = await play.gateway()
    message_id, _ = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    await play.stand.queues.delete_queue(worker.interrupts_url)

    await play.mail(gateway, "stop", answers=message_id)
    await play.event("queues.made_again")

    assert (await worker.interrupt()).covers(command.seq, 1)


async def test_a_set_that_was_not_used_for_long_is_deleted_and_made_again_when_it_is_needed(play: Play) -> None:
    gateway = await play.gateway()
    message_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)
    await play.stand.containers.stopped(worker.key, gen=1, task_arn=worker.task, now=play.clock.time())
    gateway.manager.forget(worker.key)

    assert (await _sweeper(play).sweep()).keys == ()
    play.clock.advance(31 * DAY_SECONDS)
    assert (await _sweeper(play).sweep()).keys == (worker.key,)
    assert await play.stand.containers.queue_set(worker.key) is None
    for url in (worker.input_url, worker.interrupts_url, worker.output_url):
        with pytest.raises(errors.AwsRefused) as gone:
            await play.stand.queues.attributes(url)
        assert gone.value.missing

    _, second = await play.mail(gateway, "And the title", answers=message_id)
    again = await play.worker(1)
    await again.succeed(await again.begin())
    assert (await play.sent(second, "succeeded")).kind == "succeeded"


async def test_a_set_that_is_in_use_or_holds_a_message_stays(play: Play) -> None:
    gateway = await play.gateway()
    await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    holds = await _made(play, used=40 * DAY_SECONDS)
    await play.stand.queues.send(holds.output_url, "a report")
    play.clock.advance(35 * DAY_SECONDS)
    await worker.beat(busy=False)

    assert await _sweeper(play).sweep() == Swept()
    assert [one.queues.container_key for one in await _sweeper(play).sets()] == [KEY, worker.key]
    assert (await _sweeper(play).sets())[0].messages == 1


async def test_a_set_that_is_used_at_the_last_moment_stays(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    await play.gateway()
    idle = await _made(play, used=40 * DAY_SECONDS)
    forget = play.gateways[0].records.containers.forget_queue_set

    async def late(seen: QueueSet) -> None:
        await play.stand.containers.keep_queue_set(seen.model_copy(update={"last_used_at": play.clock.time()}))
        await forget(seen)

    monkeypatch.setattr(play.gateways[0].records.containers, "forget_queue_set", late)
    assert (await _sweeper(play).sweep()).keys == ()
    assert await play.stand.queues.attributes(idle.input_url)


async def test_queues_that_belong_to_no_set_are_deleted_and_others_are_left(play: Play) -> None:
    await play.gateway()
    stand = play.stand
    orphan = await _made(play)
    await stand.tables.delete(stand.containers.queues, {"container_key": KEY})
    kept = await _made(play, "acme#shop#bob-abcdefgh")
    foreign = await stand.queues.create(
        f"{stand.names.prefix}-input-theirs.fifo", schema.fifo(schema.queue(dead_arn=None))
    )
    await stand.queues.send(orphan.output_url, "a report")

    assert await _sweeper(play).sweep() == Swept(), "one may be being made"
    play.clock.advance(queue_sweeper.ORPHAN_SECONDS + 60)
    swept = await _sweeper(play).sweep()

    names = {url.rsplit("/", 1)[-1] for url in (orphan.input_url, orphan.interrupts_url)}
    assert set(swept.orphans) == names
    assert swept.left == (orphan.output_url.rsplit("/", 1)[-1],)
    for url in (kept.input_url, foreign, orphan.output_url):
        assert await stand.queues.attributes(url)
