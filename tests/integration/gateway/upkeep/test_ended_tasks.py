"""A container that is lost is asked about: what ended it decides what the person reads, and whether the work is tried again."""

from __future__ import annotations

import pytest

from hermes.domain.alerts.book import AlertKind
from hermes.domain.alerts.signals import signals
from hermes.domain.commands import CommandState
from hermes.domain.containers import EndCause
from tests.eventually import eventually
from tests.integration.gateway.play import Play
from tests.integration.gateway.postbox import text_of

OOM = "Essential container in task exited; worker: OutOfMemoryError: Container killed due to memory usage (status 137)"


async def _gone(play: Play, sweeps: int = 2) -> None:
    for _ in range(sweeps):
        play.clock.advance(46)
        await play.gateways[0].sweeper.sweep()


@pytest.mark.parametrize("known", ["before", "after"])
async def test_work_that_needed_too_much_memory_is_not_tried_again(play: Play, known: str) -> None:
    gateway = await play.gateway()
    message_id, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()

    if known == "before":
        play.launcher.end(worker.task, OOM, EndCause.MEMORY)
        await gateway.manager.sweep()
    else:
        play.clock.advance(46)
        await gateway.sweeper.sweep()
        play.launcher.ended[worker.task] = OOM
        play.launcher.causes[worker.task] = EndCause.MEMORY
    await _gone(play, 3)

    ended = await play.ended(record)
    assert (ended.state, ended.attempt) == (CommandState.FAILED, 1)
    assert len(play.launcher.requests) == 1
    await play.sent(record, "failed")
    told = text_of(play.postbox.answers_to(message_id)[0])
    assert "It needed more memory than it was given." in told
    assert "went away" not in told
    (signal,) = signals(play.named("command.failed")[0])
    assert (signal.kind, signal.thing) == (AlertKind.MEMORY, "acme/site")


async def test_the_operator_reads_what_ended_a_task_whose_heartbeat_is_missing(play: Play) -> None:
    gateway = await play.gateway()
    await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()
    play.launcher.end(worker.task, "Your Spot Task was interrupted.", EndCause.SPOT)

    await _gone(play, 1)

    assert "Your Spot Task was interrupted." in play.named("container.lost")[0].text
    found = await play.stand.containers.get(worker.key)
    assert found is not None
    assert (found.ended_gen, found.ended_by) == (1, "spot")


async def test_what_ended_a_container_is_known_after_the_next_was_launched(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()
    play.launcher.end(worker.task, OOM, EndCause.MEMORY)
    await gateway.manager.sweep()
    await play.mail(gateway, "And the title")  # another thread of the same person: the next generation
    await play.worker(1)

    await _gone(play, 3)

    ended = await play.ended(record)
    assert (ended.state, ended.attempt) == (CommandState.FAILED, 1)


async def test_work_whose_machine_was_taken_back_is_tried_again(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.drop(await worker.begin())
    play.launcher.end(worker.task, "Your Spot Task was interrupted.", EndCause.SPOT)
    await gateway.manager.sweep()
    await _gone(play, 2)

    again = await play.worker(1)
    command = await again.begin()
    assert command.attempt == 2
    await again.succeed(command)
    assert (await play.sent(record, "succeeded")).kind == "succeeded"


async def test_a_worker_without_memory_to_start_is_launched_once(play: Play) -> None:
    gateway = await play.gateway()
    message_id, record = await play.mail(gateway, "Rework the page")

    async def launched() -> bool:
        return bool(play.launcher.tasks)

    await eventually(launched)
    play.launcher.end(next(iter(play.launcher.tasks)), OOM, EndCause.MEMORY)
    play.clock.advance(3)

    assert (await play.ended(record)).state is CommandState.FAILED
    await play.sent(record, "failed")
    assert "more memory" in text_of(play.postbox.answers_to(message_id)[0])
    assert len(play.launcher.requests) == 1
