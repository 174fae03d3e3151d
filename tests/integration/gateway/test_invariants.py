"""The invariants I1 to I5 and I9, each in its simplest form, on both emulators."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.domain import wire
from hermes.domain.commands import CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.mails import Outcome
from tests.eventually import eventually
from tests.integration.gateway.play import EVE, Play


async def test_i1_every_mail_has_one_recorded_outcome_with_its_reason(play: Play) -> None:
    gateway = await play.gateway()
    letters = [
        await play.letter("Rework the page"),
        await play.letter("status"),
        await play.letter("Do it", sender=EVE),
        await play.letter("Away", headers=["Auto-Submitted: auto-replied"]),
    ]

    for letter in (*letters, *letters):
        await gateway.processor.handle(letter.pointer, order=play.order())
    records = {record.key: record for record in await play.stand.sessions.all_mails()}

    assert [records[letter.pointer.key].outcome for letter in letters] == [
        Outcome.COMMAND,
        Outcome.CONTROL,
        Outcome.REFUSED,
        Outcome.IGNORED,
    ]
    assert len(records) == len(letters)
    assert all(record.reason for record in records.values())


async def test_i2_a_command_ends_once_and_its_agent_runs_once(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()

    with pytest.raises(errors.ConditionFailed):
        await play.stand.commands.claim(
            command.command_id, attempt=1, gen=worker.gen, token="another", now=play.clock.time()
        )
    await worker.report(command, success=True, git_commit="b" * 40, branch="b", pushed=True)
    ended = await play.ended(record)
    await worker.finish(command, error="too late")
    await gateway.poller.drain(worker.key)

    assert ended.state is CommandState.SUCCEEDED
    assert await play.command(record) == ended


async def test_i3_a_terminal_command_has_one_reply_with_one_message_id(play: Play) -> None:
    gateways = [await play.gateway(), await play.gateway()]
    message_id, record = await play.mail(gateways[0], "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    result = wire.ResultMessage(
        command_id=command.command_id, attempt=1, nonce=command.nonce, success=True, summary="Done"
    )

    for _ in range(2):
        for gateway in gateways:
            await gateway.executor.answer(worker.key, result.encode())
    await play.sent(record)

    (reply,) = await play.replies(record)
    (mail,) = play.postbox.answers_to(message_id)
    assert str(mail["Message-ID"]).strip() == reply.message_id


async def test_i4_one_live_container_owns_a_key_and_the_one_before_is_fenced(play: Play) -> None:
    gateway = await play.gateway()
    await play.mail(gateway, "Rework the page")
    first = await play.worker()
    await first.begin()

    play.clock.advance(46)
    await gateway.manager.sweep()
    gateway.manager.forget(first.key)
    await play.mail(gateway, "Rework the shop")
    second = await play.worker(1)

    assert second.gen == first.gen + 1
    await second.beat()
    with pytest.raises(errors.Fenced):
        await first.beat()


async def test_i5_interrupts_late_and_repeated_never_touch_a_newer_command(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page", order=10.0)
    worker = await play.worker()
    command = await worker.begin()
    await play.mail(gateway, "stop", answers=first_id, order=20.0)
    interrupt = await worker.interrupt()
    await worker.yield_to(command, interrupt)
    await play.ended(first)
    _, newer = await play.mail(gateway, "Change the title", answers=first_id, order=30.0)
    running = await worker.begin()

    session = await play.stand.sessions.get(running.session_id)
    assert session is not None
    for _ in range(2):
        await gateway.executor.enforce(session, by=None, reason=InterruptReason.USER_CANCELLED)
    await play.mail(gateway, "stop", answers=first_id, order=20.0)

    assert interrupt.below_seq <= running.seq
    assert (await play.command(newer)).state is CommandState.RUNNING
    assert await worker.waiting(worker.interrupts_url) == []


async def test_i9_an_idle_system_polls_no_output_and_no_interrupt_queue(play: Play) -> None:
    polled: list[str] = []
    play.stand.clients.polls.meta.events.register(
        "provide-client-params.sqs.ReceiveMessage",
        lambda params, **_: polled.append(params["QueueUrl"].rsplit("/", 1)[-1]),
    )
    gateway = await play.gateway()
    await gateway.sweeper.sweep()
    assert (polled, gateway.poller.polled) == ([], frozenset())
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    assert gateway.poller.polled == {worker.key}

    await worker.succeed(command)
    await play.sent(record)

    async def quiet() -> bool:
        return not gateway.poller.polled

    await eventually(quiet)
    polled.clear()
    await gateway.sweeper.sweep()
    assert polled == []
