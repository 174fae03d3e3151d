"""Whatever dies, the records say what is owed, and somebody else does it (I1, I2, I3)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hermes import errors, ids
from hermes.app.gateway import Gateway
from hermes.domain import wire
from hermes.domain.commands import CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.mails import MailRecord
from tests.integration.gateway.play import EVE, Dropped, Play
from tests.integration.gateway.postbox import text_of
from tests.integration.gateway.scripted_worker import ScriptedWorker


async def _running(play: Play, gateway: Gateway) -> tuple[str, MailRecord, ScriptedWorker, Any]:
    message_id, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    return message_id, record, worker, await worker.begin()


async def _lose(play: Play, gateway: Gateway) -> None:
    """The worker is gone, and the sweeper has looked twice."""
    for seconds in (46, 31):
        play.clock.advance(seconds)
        await gateway.sweeper.sweep()


async def test_a_superseding_mail_whose_process_died_still_interrupts(play: Play) -> None:
    dying, living = await play.gateway(), await play.gateway()
    message_id, first, worker, command = await _running(play, dying)
    dying.processor._follow_ups = Dropped()
    _, second = await play.mail(dying, "Change the title", answers=message_id)
    await play.kill(dying)

    play.clock.advance(25)
    await worker.beat()
    await living.sweeper.sweep()
    interrupt = await worker.interrupt()
    await worker.yield_to(command, interrupt)

    assert interrupt.interrupted_by == second.command_id
    assert (await play.ended(first)).state is CommandState.INTERRUPTED
    assert (await worker.begin()).command_id == second.command_id


async def test_a_stop_whose_process_died_still_stops(play: Play) -> None:
    dying, living = await play.gateway(), await play.gateway()
    message_id, first, worker, command = await _running(play, dying)
    _, queued = await play.mail(dying, "/queue\r\nThen the title", answers=message_id)
    dying.processor._follow_ups = Dropped()
    await play.mail(dying, "stop", answers=message_id)
    await play.kill(dying)

    play.clock.advance(35)
    await worker.beat()
    await living.sweeper.sweep()
    interrupt = await worker.interrupt()
    await worker.yield_to(command, interrupt)

    assert interrupt.reason is InterruptReason.USER_CANCELLED
    assert (await play.ended(first)).state is CommandState.INTERRUPTED
    assert (await play.ended(queued)).state is CommandState.INTERRUPTED


async def test_the_reply_of_a_refusal_whose_process_died_is_still_mailed(play: Play) -> None:
    dying, living = await play.gateway(), await play.gateway()
    dying.processor._follow_ups = Dropped()
    _, record = await play.mail(dying, "Do it", sender=EVE)

    play.clock.advance(125)
    await living.sweeper.sweep()

    assert (await play.sent(record)).kind == "not_an_owner"
    assert len(play.postbox.raw) == 1


async def test_a_final_whose_process_died_before_mailing_is_still_mailed(play: Play) -> None:
    dying, living = await play.gateway(), await play.gateway()
    _, record, worker, command = await _running(play, dying)
    await play.kill(dying)
    living.executor.start = lambda effects: None  # type: ignore[method-assign]
    await worker.succeed(command)
    play.clock.advance(35)
    await worker.beat()
    await living.sweeper.sweep()
    await play.ended(record)
    assert play.postbox.raw == []

    play.clock.advance(125)
    await living.sweeper.sweep()

    assert (await play.sent(record)).kind == "succeeded"


async def test_a_command_whose_container_is_lost_runs_again_visibly(play: Play) -> None:
    gateway = await play.gateway()
    message_id, record, worker, command = await _running(play, gateway)

    await _lose(play, gateway)
    second = await play.worker(1)
    await worker.drop(command)  # its visibility would end by itself
    again = await second.begin()
    await second.succeed(again)
    await play.sent(record)
    ended = await play.command(record)

    assert (again.command_id, again.attempt) == (command.command_id, 2)
    assert again.context.previous is not None
    assert [entry.what for entry in ended.history] == ["accepted", "started", "cut short", "started", "succeeded"]
    assert len(play.postbox.answers_to(message_id)) == 1
    assert (worker.task, "no heartbeat") in play.launcher.stopped


async def test_after_the_last_attempt_a_lost_command_has_failed_with_a_reply(play: Play) -> None:
    gateway = await play.gateway(project={"limits": {"attempts": 2}})
    message_id, record, worker, command = await _running(play, gateway)
    await _lose(play, gateway)
    second = await play.worker(1)
    await worker.drop(command)
    await second.begin()

    await _lose(play, gateway)
    reply = await play.sent(record)

    assert (await play.command(record)).state is CommandState.FAILED
    assert reply.kind == "failed"
    assert "This is on our side" in text_of(play.postbox.answers_to(message_id)[0]).replace("\n", " ")
    assert len(play.launcher.requests) == 2


async def test_a_worker_that_shuts_down_in_the_middle_gets_its_command_run_again(play: Play) -> None:
    gateway = await play.gateway()
    _, record, worker, command = await _running(play, gateway)

    await worker.finish(
        command,
        interrupted=True,
        retryable=True,
        interrupt_reason=InterruptReason.SYSTEM_SHUTDOWN,
        git_commit="c" * 40,
        branch=command.context.branch,
        pushed=True,
    )
    again = await worker.begin()

    assert (again.command_id, again.attempt) == (command.command_id, 2)
    assert again.context.previous is not None
    assert again.context.previous.commit == "c" * 40
    await worker.succeed(again)
    assert (await play.sent(record)).kind == "succeeded"


async def test_a_final_of_an_attempt_that_is_over_changes_nothing(play: Play) -> None:
    gateway = await play.gateway()
    _, record, worker, command = await _running(play, gateway)
    await _lose(play, gateway)
    second = await play.worker(1)
    await worker.drop(command)
    again = await second.begin()

    await worker.report(command, success=True, summary="I was not dead")
    await second.succeed(again)
    ended = await play.ended(record)

    assert ended.attempt == 2
    assert play.named("result.deferred") == []
    assert "not dead" not in (ended.result or "")


async def test_the_last_word_of_a_container_that_is_gone_counts(play: Play) -> None:
    gateway = await play.gateway()
    _, record, worker, command = await _running(play, gateway)
    await play.kill(gateway)
    other = await play.gateway()
    await worker.succeed(command)

    await _lose(play, other)

    assert (await play.ended(record)).state is CommandState.SUCCEEDED
    assert (await play.command(record)).attempt == 1


async def test_a_last_word_in_the_hands_of_a_dead_replica_is_waited_for(play: Play) -> None:
    gateway = await play.gateway()
    _, record, worker, command = await _running(play, gateway)
    await play.kill(gateway)
    other = await play.gateway()
    other.pending.each_key(lambda key: None)
    await worker.report(command, success=True, summary="Done", git_commit="b" * 40, branch="b", pushed=True)
    (held,) = await play.stand.queues.receive(worker.output_url, wait_seconds=2)

    await _lose(play, other)
    play.clock.advance(31)
    await other.sweeper.sweep()
    assert (await play.command(record)).state is CommandState.RUNNING
    await play.stand.queues.change_visibility(worker.output_url, [(held.receipt, 0)])
    play.clock.advance(31)
    await other.sweeper.sweep()

    assert (await play.ended(record)).state is CommandState.SUCCEEDED


async def test_an_interrupt_without_an_answer_is_sent_again_then_the_container_is_stopped_then_it_is_said(
    play: Play,
) -> None:
    gateway = await play.gateway()
    message_id, record, worker, command = await _running(play, gateway)
    await play.mail(gateway, "stop", answers=message_id)
    first = await worker.interrupt()

    play.clock.advance(11)
    await worker.beat()
    await gateway.sweeper.sweep()
    again = await worker.interrupt()
    play.clock.advance(150)
    await worker.beat()
    await gateway.sweeper.sweep()
    assert (worker.task, "interrupt not answered") in play.launcher.stopped
    for _ in range(2):
        play.clock.advance(11)
        await gateway.sweeper.sweep()
    reply = await play.sent(record)

    assert (again.below_seq, again.reason) == (first.below_seq, first.reason)
    assert reply.kind == "interrupt_unconfirmed"
    assert (await play.command(record)).state is CommandState.INTERRUPTED
    assert len(play.postbox.answers_to(message_id)) == 1
    with pytest.raises(errors.Fenced):
        await worker.beat()
    assert command.attempt == 1


async def test_a_command_past_its_time_is_stopped_and_says_so(play: Play) -> None:
    gateway = await play.gateway(project={"limits": {"wall_seconds": 60}})
    message_id, record, worker, command = await _running(play, gateway)

    # The gateway sees it run, and sees it run still.
    for _ in range(2):
        play.clock.advance(60 + 121)
        await worker.beat()
        await gateway.sweeper.sweep()
    interrupt = await worker.interrupt()
    await worker.yield_to(command, interrupt)

    assert interrupt.reason is InterruptReason.TIMEOUT
    assert (await play.ended(record)).state is CommandState.TIMED_OUT
    assert (await play.sent(record)).kind == "timed_out"
    assert len(play.postbox.answers_to(message_id)) == 1


async def test_what_was_done_before_the_interrupt_reached_it_is_done(play: Play) -> None:
    gateway = await play.gateway()
    message_id, record, worker, command = await _running(play, gateway)
    await play.mail(gateway, "stop", answers=message_id)

    await worker.succeed(command)

    assert (await play.ended(record)).state is CommandState.SUCCEEDED
    assert (await play.sent(record)).kind == "succeeded"


async def test_a_second_final_is_ignored(play: Play) -> None:
    gateway = await play.gateway()
    _, record, worker, command = await _running(play, gateway)

    await worker.report(command, success=True, summary="First", git_commit="b" * 40, branch="b", pushed=True)
    await play.ended(record)
    await worker.finish(command, error="Too late")
    await gateway.poller.drain(worker.key)

    ended = await play.command(record)
    assert ended.state is CommandState.SUCCEEDED
    assert "Too late" not in (ended.result or "")
    assert len(await play.replies(record)) == 1


async def test_giving_up_never_ends_a_command_that_a_worker_has_just_taken(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    before = await play.command(record)
    worker = await play.worker()
    command = await worker.begin()

    await gateway.executor.give_up(before, "It did not start in time.", "", errors.Fault.WORKSPACE)
    await gateway.executor.interrupt(before, reason=InterruptReason.USER_CANCELLED, by=None, message="")

    assert (await play.command(record)).state is CommandState.INTERRUPTING
    assert (await worker.interrupt()).below_seq > command.seq
    assert await play.replies(record) == []


async def test_a_final_does_not_wait_for_a_name_that_another_session_holds(play: Play) -> None:
    gateway = await play.gateway()
    _, record, worker, command = await _running(play, gateway)
    writer = gateway.finisher._writer
    writer._env = dataclasses.replace(writer._env, new_id=lambda: "known")
    ours = ids.reply_message_id("known", gateway.config.mail.domain)
    await play.mail(gateway, "Something else", sender="bob@acme.example", answers=ours)

    await worker.succeed(command)

    assert (await play.sent(record)).kind == "succeeded"


async def test_one_command_that_cannot_be_handled_keeps_no_other_waiting(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying, living = await play.gateway(), await play.gateway()
    dying.processor._follow_ups = Dropped()
    records = [(await play.mail(dying, f"Rework page {n}"))[1] for n in range(4)]
    broken = {records[0].command_id: errors.AwsRefused("no such queue"), records[1].command_id: ValueError("odd")}
    get = living.records.commands.get

    async def breaking(command_id: str) -> Any:
        if command_id in broken:
            raise broken[command_id]
        return await get(command_id)

    monkeypatch.setattr(living.records.commands, "get", breaking)
    play.clock.advance(25)
    await living.sweeper.sweep()
    worker = await play.worker()
    begun = {(await worker.take()).command_id for _ in range(2)}

    assert begun == {records[2].command_id, records[3].command_id}
    assert len(play.named("sweep.failed")) == 2


async def test_a_result_that_is_huge_ends_its_command(play: Play) -> None:
    gateway = await play.gateway()
    _, record, worker, command = await _running(play, gateway)

    await worker.finish(
        command,
        success=True,
        summary="網" * 20_000,
        diffstat="x" * 40_000,
        files_changed=tuple(f"{'d' * 90}/{n}" for n in range(900)),
        git_commit="b" * 40,
        branch="b",
        pushed=True,
    )

    assert (await play.sent(record)).kind == "succeeded"


async def test_a_rerun_whose_writer_died_is_sent_with_the_second_copy_of_the_report(play: Play) -> None:
    gateway = await play.gateway()
    _, record, worker, command = await _running(play, gateway)
    facts = {"success": False, "interrupted": True, "interrupt_reason": "system_shutdown", "retryable": True}
    result = wire.ResultMessage(command_id=command.command_id, attempt=1, **facts)
    await gateway.finisher.finish(result)

    await worker.finish(command, **facts)
    again = await worker.begin()

    assert (again.command_id, again.attempt) == (record.command_id, 2)
    assert [entry.what for entry in (await play.command(record)).history].count("cut short") == 1


async def test_a_long_thread_forgets_no_command_that_is_open(play: Play) -> None:
    gateway = await play.gateway()
    message_id, record, worker, command = await _running(play, gateway)
    running = await play.command(record)
    for seq in range(2, 62):  # more than one look at the index shows
        ended = running.model_copy(
            update={
                "command_id": f"late{seq}",
                "seq": seq,
                "state": CommandState.INTERRUPTED,
                "due": None,
                "due_shard": None,
            }
        )
        await play.stand.tables.put(play.stand.commands.accept(ended))
    waiting = running.model_copy(update={"command_id": "waits", "seq": 62, "state": CommandState.ACCEPTED})
    await play.stand.tables.put(play.stand.commands.accept(waiting))

    assert await gateway.executor._dispatcher.free_since(waiting) is None
    found = await play.stand.commands.at(running.session_id, 30)
    assert found is not None
    assert found.command_id == "late30"
    assert await play.stand.commands.at(running.session_id, 99) is None
    _, stopped = await play.mail(gateway, "stop", answers=message_id)
    assert (await worker.interrupt()).covers(command.seq, 1)
    assert stopped.reason == "stop"
