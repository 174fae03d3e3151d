"""Interrupts with the scope of the container: the newest mail of a person goes first; what gives way is put back or dropped, and told."""

from __future__ import annotations

import asyncio
import functools
import itertools

import pytest

from hermes import errors
from hermes.app.gateway import Gateway
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.mails import Outcome
from hermes.gateway.results import final_facts
from tests.eventually import eventually
from tests.integration.gateway.play import Dropped, Play
from tests.integration.gateway.postbox import text_of
from tests.integration.gateway.scripted_worker import ScriptedWorker

CONTAINER = {"interrupt_scope": "container"}
DROP = {**CONTAINER, "preempted": "drop"}


async def _words(play: Play, message_id: str) -> list[str]:
    """The text of each answer to a mail, on one line each."""
    return [" ".join(text_of(mail).split()) for mail in play.postbox.answers_to(message_id)]


async def _two(
    play: Play, gateway: Gateway
) -> tuple[ScriptedWorker, wire.CommandMessage, str, str, wire.InterruptMessage]:
    """One command runs, and a newer mail begins another thread: the worker, the command, both mails, the interrupt."""
    old_id, old = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()
    new_id, new = await play.mail(gateway, "Fix the phone number")
    assert new.session_id != old.session_id
    return worker, running, old_id, new_id, await worker.interrupt()


async def test_what_runs_gives_way_is_saved_waits_and_goes_on(play: Play) -> None:
    gateway = await play.gateway(project=CONTAINER)
    worker, running, old_id, new_id, interrupt = await _two(play, gateway)
    assert (interrupt.session_id, interrupt.covers(running.seq, 1)) == (running.session_id, True)

    await worker.yield_to(running, interrupt)
    newer = await worker.begin()
    assert newer.instruction == "Fix the phone number"
    old = await eventually(lambda: _in(play, running.command_id, CommandState.ACCEPTED))
    assert (old.attempt, old.preempted, old.interruption) == (2, 1, None)
    await eventually(lambda: _answers(play, old_id, 1))
    (aside,) = await _words(play, old_id)
    assert "“Fix the phone number”, in another conversation, is worked on first" in aside
    assert "What was done until then is saved." in aside

    status_id, status = await play.mail(gateway, "status", answers=old_id)
    await play.sent(status)
    assert "in another conversation, is worked on first" in (await _words(play, status_id))[0]

    # A sweep, however late, sends nothing while the newer one is open; nor does a repeated interrupt touch the next attempt.
    play.clock.advance(2000)
    await worker.beat()
    await gateway.sweeper.sweep()
    assert await worker.waiting(worker.input_url) == []
    assert not interrupt.covers(running.seq, 2)

    await worker.succeed(newer)
    again = await worker.begin()
    assert (again.command_id, again.attempt) == (running.command_id, 2)
    assert again.context.previous is not None
    assert (again.context.previous.commit, again.context.previous.reason) == (
        "a" * 40,
        InterruptReason.PRIORITY_OVERRIDE,
    )
    await worker.succeed(again)
    await eventually(lambda: _answers(play, old_id, 2))
    done = (await _words(play, old_id))[-1]
    assert "put aside for a while" in done
    assert "on our side" not in done
    # The first said, after so long, that it is still being worked on.
    _, told = await _words(play, new_id)
    assert "your earlier message “Rework the page” in another conversation was put aside; it goes on now" in told
    assert "“Fix the phone number” in another conversation was put aside" not in done


async def test_with_drop_it_ends_and_says_for_what_and_where_its_work_is(play: Play) -> None:
    gateway = await play.gateway(project=DROP)
    worker, running, old_id, _, interrupt = await _two(play, gateway)

    await worker.yield_to(running, interrupt)
    old = await eventually(lambda: _in(play, running.command_id, CommandState.INTERRUPTED))
    await eventually(lambda: _answers(play, old_id, 1))

    assert old.attempt == 1
    (told,) = await _words(play, old_id)
    assert "“Fix the phone number”, in another conversation, took its place" in told
    assert "What was done until then is saved." in told
    assert "reply with “go on”" in told
    assert (await worker.begin()).instruction == "Fix the phone number"


async def test_with_drop_what_had_not_begun_never_begins(play: Play) -> None:
    gateway = await play.gateway(project=DROP)
    old_id, old = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    taken = await worker.take()
    await play.mail(gateway, "Fix the phone number")

    with pytest.raises(errors.ConditionFailed):
        await worker.claim(taken)
    assert (await play.ended(old)).state is CommandState.INTERRUPTED
    await eventually(lambda: _answers(play, old_id, 1))
    assert "It had not been started yet" in (await _words(play, old_id))[0]


async def test_what_had_not_begun_waits_and_is_sent_anew(play: Play) -> None:
    gateway = await play.gateway(project=CONTAINER)
    old_id, _ = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    taken = await worker.take()
    await play.mail(gateway, "Fix the phone number")

    with pytest.raises(errors.ConditionFailed) as refused:
        await worker.claim(taken)
    assert set(refused.value.items) == {2}
    await worker.drop(taken)  # as a worker does: the gateway sends another
    newer = await worker.begin()
    await worker.succeed(newer)
    again = await worker.begin()  # under another id for deduplication: the same one would be swallowed for five minutes
    assert (again.command_id, again.attempt) == (taken.command_id, 1)
    await worker.succeed(again)
    await eventually(lambda: _answers(play, old_id, 2))
    waits, done = await _words(play, old_id)
    assert "It had not been started yet" in waits
    assert "Done." in done


async def test_of_two_mails_the_order_decides_whichever_is_read_first(play: Play) -> None:
    gateway = await play.gateway(project=CONTAINER)
    newer_at, older_at = play.order() + 10, play.order()
    _, new = await play.mail(gateway, "Fix the phone number", order=newer_at)
    worker = await play.worker()
    newer = await worker.begin()
    _, old = await play.mail(gateway, "Rework the page", order=older_at)

    assert (await play.command(new)).state is CommandState.RUNNING
    assert await worker.waiting(worker.interrupts_url) == []
    assert await worker.waiting(worker.input_url) == []
    await worker.succeed(newer)
    assert (await worker.begin()).command_id == old.command_id


async def test_an_older_mail_that_comes_when_the_newer_one_is_done_just_runs(play: Play) -> None:
    gateway = await play.gateway(project=CONTAINER)
    newer_at, older_at = play.order() + 10, play.order()
    _, new = await play.mail(gateway, "Fix the phone number", order=newer_at)
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(new)
    _, old = await play.mail(gateway, "Rework the page", order=older_at)

    assert (await worker.begin()).command_id == old.command_id


async def test_gateways_that_accept_at_once_agree_on_one_that_goes_first(play: Play) -> None:
    gateways = [await play.gateway(project=CONTAINER) for _ in range(3)]
    orders = [play.order() for _ in gateways]
    answers = await asyncio.gather(
        *(
            play.mail(one, f"Request {n}", order=order)
            for n, (one, order) in enumerate(zip(gateways, orders, strict=True))
        )
    )
    worker = await play.worker()

    async def over(command_id: str) -> bool:
        found = await play.stand.commands.get(command_id)
        return found is not None and found.state.terminal

    ran = []
    for _ in range(8):
        command = await worker.take()
        try:
            await worker.claim(command)
        except errors.ConditionFailed:
            await worker.drop(command)
            continue
        ran.append(command.instruction)
        await worker.succeed(command)
        await eventually(functools.partial(over, command.command_id))
        if len(ran) == 3:
            break
    assert ran[0] == "Request 2"
    assert sorted(ran) == ["Request 0", "Request 1", "Request 2"]
    for _, record in answers:
        assert (await play.ended(record)).state is CommandState.SUCCEEDED


async def test_a_gateway_that_dies_after_its_transaction_preempts_all_the_same(play: Play) -> None:
    gateway, dying = await play.gateway(project=CONTAINER), await play.gateway(project=CONTAINER)
    dying.processor._follow_ups = Dropped()
    _, old = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()
    await play.mail(dying, "Fix the phone number")

    play.clock.advance(35)
    await worker.beat()
    await gateway.sweeper.sweep()
    interrupt = await worker.interrupt()
    await worker.yield_to(running, interrupt)
    assert (await worker.begin()).instruction == "Fix the phone number"
    await play.state(old, CommandState.ACCEPTED)


async def test_a_worker_that_knew_it_before_the_record_is_understood(play: Play) -> None:
    gateway, dying = await play.gateway(project=CONTAINER), await play.gateway(project=CONTAINER)
    dying.processor._follow_ups = Dropped()
    _, old = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()
    _, new = await play.mail(dying, "Fix the phone number")

    # Its heartbeat read the level, and it stopped by itself; the record still says that it runs.
    assert (await play.command(old)).state is CommandState.RUNNING
    await worker.finish(
        running,
        interrupted=True,
        interrupt_reason="priority_override",
        interrupted_by=new.command_id,
        git_commit="a" * 40,
    )
    stands = await eventually(lambda: _in(play, running.command_id, CommandState.ACCEPTED))
    assert stands.attempt == 2


async def test_a_stop_ends_what_was_put_aside_and_says_where_its_work_is(play: Play) -> None:
    gateway = await play.gateway(project=CONTAINER)
    worker, running, old_id, _, interrupt = await _two(play, gateway)
    await worker.yield_to(running, interrupt)
    await eventually(lambda: _in(play, running.command_id, CommandState.ACCEPTED))

    await play.mail(gateway, "stop", answers=old_id)
    await eventually(lambda: _in(play, running.command_id, CommandState.INTERRUPTED))
    await eventually(lambda: _answers(play, old_id, 2))
    told = (await _words(play, old_id))[-1]
    assert "You asked to stop" in told
    assert "What was done until then is saved." in told
    assert "not been started" not in told


async def test_a_stop_while_it_gives_way_is_for_good(play: Play) -> None:
    gateway = await play.gateway(project=CONTAINER)
    worker, running, old_id, _, interrupt = await _two(play, gateway)
    await play.mail(gateway, "stop", answers=old_id)
    second = await worker.interrupt()
    assert (second.attempt, second.reason) == (None, InterruptReason.USER_CANCELLED)

    await worker.yield_to(running, interrupt)
    assert (await eventually(lambda: _in(play, running.command_id, CommandState.INTERRUPTED))).attempt == 1


async def test_what_its_own_thread_is_stopping_is_not_said_to_go_on(play: Play) -> None:
    gateway = await play.gateway(project=CONTAINER)
    old_id, _ = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()
    await play.mail(gateway, "stop", answers=old_id)
    stop = await worker.interrupt()
    new_id, _ = await play.mail(gateway, "Fix the phone number")

    await worker.succeed(await worker.begin())
    await eventually(lambda: _answers(play, new_id, 1))

    assert "put aside" not in (await _words(play, new_id))[0]
    await worker.yield_to(running, stop)
    await eventually(lambda: _in(play, running.command_id, CommandState.INTERRUPTED))


@pytest.mark.parametrize("others", ["cannot be read", "are many"])
async def test_the_end_of_a_command_waits_for_no_courtesy_and_names_no_more_than_a_few(play: Play, others: str) -> None:
    gateway = await play.gateway(project=CONTAINER)
    new_id, record = await play.mail(gateway, "Fix the phone number")
    waiting = await play.command(record)

    async def waiting_for(command: Command) -> list[Command]:
        if others == "cannot be read":
            raise errors.AwsThrottled("not now")
        numbers = range(final_facts.REPLY_SUPERSEDED + 3)
        return [waiting.model_copy(update={"named": f"Rework page {number}"}) for number in numbers]

    gateway.finisher._facts._precedence.waiting_for = waiting_for  # type: ignore[method-assign]
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await eventually(lambda: _answers(play, new_id, 1))

    (told,) = await _words(play, new_id)
    assert told.count("was put aside") == (0 if others == "cannot be read" else final_facts.REPLY_SUPERSEDED)
    assert (await play.command(record)).state is CommandState.SUCCEEDED


async def test_two_threads_cannot_preempt_each_other_for_ever(play: Play) -> None:
    gateway = await play.gateway(project={**CONTAINER, "limits": {"attempts": 10}})
    worker, running, _, _, interrupt = await _two(play, gateway)
    await worker.yield_to(running, interrupt)
    newer = await worker.begin()
    await worker.finish(newer, interrupted=True, interrupt_reason="system_shutdown", retryable=True)
    rerun = await worker.begin()
    assert (rerun.command_id, rerun.attempt) == (newer.command_id, 2)
    await worker.succeed(rerun)
    again = await worker.begin()
    assert (again.command_id, again.attempt) == (running.command_id, 2)

    play.clock.advance(35)
    await worker.beat()
    await gateway.sweeper.sweep()
    assert await worker.waiting(worker.interrupts_url) == []


async def test_attempts_bound_how_often_one_gives_way(play: Play) -> None:
    gateway = await play.gateway(project={**CONTAINER, "limits": {"attempts": 2}})
    old_id, old = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    for number in itertools.count(1):
        running = await worker.begin()
        assert (running.command_id, running.attempt) == (old.command_id, number)
        await play.mail(gateway, f"Urgent {number}")
        await worker.yield_to(running, await worker.interrupt())
        stands = await play.state(old, CommandState.ACCEPTED, CommandState.INTERRUPTED)
        await worker.succeed(await worker.begin())
        if stands.state.terminal:
            break
    ended = await play.ended(old)
    assert (ended.state, ended.attempt) == (CommandState.INTERRUPTED, 2)
    await eventually(lambda: _answers(play, old_id, 2))
    assert "in another conversation, took its place" in (await _words(play, old_id))[-1]


async def test_control_words_and_mails_that_queue_preempt_nothing(play: Play) -> None:
    gateway = await play.gateway(project=CONTAINER)
    _, old = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()

    _, asked = await play.mail(gateway, "status")
    _, beside = await play.mail(gateway, "/queue\n\nFix the phone number")
    assert asked.outcome is Outcome.CONTROL
    assert (await worker.begin()).command_id == beside.command_id
    assert (await play.command(old)).state is CommandState.RUNNING
    assert await worker.waiting(worker.interrupts_url) == []


async def test_without_the_setting_threads_run_beside_each_other(play: Play) -> None:
    gateway = await play.gateway()
    _, old = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()
    _, new = await play.mail(gateway, "Fix the phone number")

    assert (await worker.begin()).command_id == new.command_id
    assert (await play.command(old)).rank is None
    assert await worker.waiting(worker.interrupts_url) == []


async def _in(play: Play, command_id: str, state: CommandState) -> Command | None:
    found = await play.stand.commands.get(command_id)
    return found if found is not None and found.state is state else None


async def _answers(play: Play, message_id: str, count: int) -> bool:
    return len(play.postbox.answers_to(message_id)) >= count


async def test_what_its_own_thread_stopped_is_not_put_back_for_the_mail_of_another(play: Play) -> None:
    gateway = await play.gateway(project=CONTAINER)
    gateway.processor._follow_ups = Dropped()
    newest, orders = play.order() + 10, itertools.count(play.order())
    first_id, first = await play.mail(gateway, "Rework the page", order=next(orders))
    await play.mail(gateway, "/queue\nChange the title", order=next(orders), answers=first_id)
    await play.mail(gateway, "Fix the phone number", order=newest)
    _, last = await play.mail(gateway, "No, the footer", order=next(orders), answers=first_id)

    session = await play.stand.sessions.get(str(last.session_id))
    assert session is not None
    await gateway.executor.enforce(session, by=last.command_id)

    ended = await play.command(first)
    assert (ended.state, ended.attempt, ended.preempted) == (CommandState.INTERRUPTED, 1, 0)
