"""Whoever waits for what went to a dead-letter queue is told, once; nobody else is."""

from __future__ import annotations

import email
import functools
import json

import pytest

from hermes.app.gateway import Gateway
from hermes.aws.side_queue import SideQueue
from hermes.domain import wire
from hermes.domain.commands import CommandState
from hermes.domain.mails import Outcome
from hermes.domain.replies import Reply
from hermes.gateway.commands.dead_commands import DeadCommandHandler
from hermes.gateway.upkeep.dead_letters import DeadLetterWatch
from tests import env
from tests.integration.gateway.play import Play
from tests.integration.gateway.postbox import text_of


def watch(play: Play, gateway: Gateway) -> DeadLetterWatch:
    executor = gateway.executor
    undelivered = DeadCommandHandler(commands=play.stand.commands, executor=executor)
    return DeadLetterWatch(
        queues=play.stand.queues,
        side_queues=[
            SideQueue(queues=play.stand.queues, url=url)
            for url in (play.stand.places.dead, play.stand.places.dead_fifo)
        ],
        fail=gateway.processor.fail,
        unreadable=undelivered.report,
        undelivered=undelivered.command,
        every_seconds=60,
        env=env.quiet(now=play.clock.time, emit=play.events.append),
    )


async def _replies(play: Play) -> list[Reply]:
    return await play.stand.outbox.all()


async def test_the_author_of_a_mail_that_nobody_could_handle_is_told_once(play: Play) -> None:
    gateway = await play.gateway()
    letter = await play.letter("Please break")
    await play.stand.queues.send(play.stand.places.dead, letter.pointer.model_dump_json())
    looking = watch(play, gateway)

    await looking.look()
    await looking.look()
    await watch(play, gateway).look()

    (record,) = await play.stand.sessions.all_mails()
    assert record.outcome is Outcome.FAILED
    reply = await play.sent(record)
    assert reply.kind == "failed"
    assert "This is on our side" in text_of(email.message_from_bytes(reply.raw))
    assert len(await _replies(play)) == 1
    (lying,) = await SideQueue(queues=play.stand.queues, url=play.stand.places.dead).look()
    assert lying.attributes["reason"].startswith("received 5 times")


async def test_an_author_whom_nothing_vouches_for_is_not_told(play: Play) -> None:
    gateway = await play.gateway(authentication={"own_check": False})
    letter = await play.letter("Please break", trusted=False)

    await gateway.processor.fail(letter.pointer, "it broke")

    (record,) = await play.stand.sessions.all_mails()
    assert (record.outcome, record.reply_id) == (Outcome.FAILED, None)
    assert await _replies(play) == []


async def test_a_mail_that_became_a_command_has_not_failed(play: Play) -> None:
    gateway = await play.gateway()
    letter = await play.letter("Please do it")
    handle = functools.partial(gateway.processor.handle, letter.pointer, order=play.order())
    record = await handle()

    await gateway.processor.fail(letter.pointer, "received five times")

    assert await play.stand.sessions.all_mails() == [record]


async def test_whoever_waits_for_a_result_that_cannot_be_read_is_told(play: Play) -> None:
    async with play.serving() as gateway:
        _, record = await play.mail(gateway, "Please do it")
        worker = await play.worker()
        command = await worker.begin()
        named = f'"commandId":"{command.command_id}","nonce":"{command.nonce}"'
        body = f'{{"v":1,"kind":"result",{named},"attempt":1,"success":"perhaps"}}'
        await play.stand.queues.send(worker.output_url, body)

        ended = await play.ended(record)

    assert ended.state is CommandState.FAILED
    reply = await play.sent(record)
    assert "This is on our side" in text_of(email.message_from_bytes(reply.raw))
    (parked,) = await SideQueue(queues=play.stand.queues, url=play.stand.places.dead).look()
    assert parked.body == body


async def test_a_result_that_was_set_aside_and_can_be_read_is_what_it_says(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Please do it")
    worker = await play.worker()
    command = await worker.begin()
    done = wire.ResultMessage(
        command_id=command.command_id, attempt=1, nonce=command.nonce, success=True, summary="The title is changed."
    )
    await play.stand.queues.send(play.stand.places.dead, done.encode())

    await watch(play, gateway).look()

    assert (await play.ended(record)).state is CommandState.SUCCEEDED
    reply = await play.sent(record)
    assert "The title is changed." in text_of(email.message_from_bytes(reply.raw))


@pytest.mark.parametrize("attributes", [{}, {"reason": "command message cannot be read: seq", "source": "input"}])
async def test_whoever_waits_for_a_command_that_was_set_aside_is_told_at_once(
    play: Play, attributes: dict[str, str]
) -> None:
    gateway = await play.gateway()
    message_id, record = await play.mail(gateway, "Please do it")
    worker = await play.worker()
    command = await worker.take()
    dead = play.stand.places.dead_fifo
    body = command.encode().replace('"seq":1', '"seq":"one"')  # even where a worker cannot read it
    await play.stand.queues.send(dead, body, group="s", deduplication="once", attributes=attributes)

    await watch(play, gateway).look()
    await watch(play, gateway).look()

    assert (await play.ended(record)).state is CommandState.FAILED
    await play.sent(record)
    (mail,) = play.postbox.answers_to(message_id)
    assert "This is on our side" in " ".join(text_of(mail).split())


async def test_a_dead_letter_of_a_command_that_has_begun_stops_nothing(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Please do it")
    worker = await play.worker()
    command = await worker.begin()
    dead = play.stand.places.dead_fifo
    for number, body in enumerate((command.encode(), "{}", "not json", '{"commandId":"nobody","attempt":1}')):
        await play.stand.queues.send(dead, body, group="s", deduplication=str(number))

    await watch(play, gateway).look()

    assert (await play.command(record)).state is CommandState.RUNNING
    assert await _replies(play) == []


async def test_whoever_waits_for_a_report_whose_body_is_gone_from_the_bucket_is_told(play: Play) -> None:
    async with play.serving() as gateway:
        _, lost = await play.mail(gateway, "Please do it")
        _, other = await play.mail(gateway, "Another thread")
        worker = await play.worker()
        commands = {command.command_id: command for command in [await worker.begin(), await worker.begin()]}
        command = commands[lost.command_id or ""]
        key, url = "wire/gone", worker.output_url
        named = {"kind": "result", "commandId": command.command_id, "attempt": 1, "nonce": command.nonce}
        await play.stand.queues.send(url, json.dumps({"v": 1, "bodyKey": key, **named}))
        await worker.succeed(commands[other.command_id or ""])

        assert (await play.ended(other)).state is CommandState.SUCCEEDED
        assert (await play.ended(lost)).state is CommandState.FAILED
    assert "This is on our side" in text_of(email.message_from_bytes((await play.sent(lost)).raw))
