"""A command that has ended and whose report cannot be handed over: the work is done, so nobody stops it or says that it took too long."""

from __future__ import annotations

from hermes.domain.active_job import REPORTING, ActiveJob
from hermes.domain.alerts.book import AlertKind
from hermes.domain.alerts.signals import signals
from hermes.domain.commands import CommandState
from hermes.domain.wire import CommandMessage
from tests.integration.gateway.play import Play
from tests.integration.gateway.scripted_worker import ScriptedWorker


async def _show(play: Play, worker: ScriptedWorker, command: CommandMessage, step: str) -> None:
    """What the worker's heartbeat writes beside itself."""
    await worker.beat()
    now = play.clock.time()
    job = ActiveJob(
        command_id=command.command_id,
        session_id=command.session_id,
        attempt=command.attempt,
        type="edit",
        step=step,
        began_at=now,
        expires_at=now + 30,
    )
    shown = play.gateways[0].records.active_jobs
    await shown.show(worker.key, gen=worker.gen, task_arn=worker.task, jobs=[job])


async def test_a_final_report_that_is_refused_for_hours_is_waited_for(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    wall = (await play.command(record)).wall_seconds

    for _ in range(4):
        play.clock.advance(wall)
        await _show(play, worker, command, REPORTING)
        await gateway.sweeper.sweep()

    assert (await play.command(record)).state is CommandState.RUNNING
    assert await worker.waiting(worker.interrupts_url) == []
    (told,) = signals(await play.event("command.unreported"))
    assert (told.kind, told.thing) == (AlertKind.SERVICE, "acme/site")

    await worker.succeed(command)
    assert (await play.sent(record, "succeeded")).kind == "succeeded"


async def test_one_that_was_to_stop_and_had_ended_before_keeps_its_container(play: Play) -> None:
    gateway = await play.gateway()
    message_id, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    await play.mail(gateway, "stop", answers=message_id)
    await play.state(record, CommandState.INTERRUPTING)

    for _ in range(3):
        play.clock.advance(200)
        await _show(play, worker, command, REPORTING)
        await gateway.sweeper.sweep()

    assert play.launcher.stopped == []
    await worker.succeed(command)
    assert (await play.sent(record, "succeeded")).kind == "succeeded"


async def test_one_that_still_works_is_stopped_at_its_limit(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    wall = (await play.command(record)).wall_seconds

    for _ in range(2):
        play.clock.advance(wall)
        await _show(play, worker, command, "agent")
        await gateway.sweeper.sweep()

    assert (await play.command(record)).state is CommandState.INTERRUPTING
