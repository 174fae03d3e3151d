"""Whoever waits for what went to a dead-letter queue is told, once; nobody else is."""

from __future__ import annotations

import email
import functools
import random

import pytest

from hermes.aws.shelf import Shelf
from hermes.domain.commands import CommandState
from hermes.domain.mails import Outcome
from hermes.domain.replies import Reply
from hermes.gateway.dead_letters import DeadLetterWatch
from hermes.wiring import Gateway
from tests.integration.gateway.play import Play
from tests.integration.gateway.postbox import text_of

pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)


def watch(play: Play, gateway: Gateway) -> DeadLetterWatch:
    return DeadLetterWatch(
        queues=play.stand.queues,
        shelves=[Shelf(queues=play.stand.queues, url=play.stand.places.dead)],
        fail=gateway.processor.fail,
        unreadable=gateway.executor.unreadable,
        every_seconds=60,
        now=play.clock.time,
        jitter=random.random,
        emit=play.events.append,
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
    assert "could not be handled" in text_of(email.message_from_bytes(reply.raw))
    assert len(await _replies(play)) == 1
    (lying,) = await Shelf(queues=play.stand.queues, url=play.stand.places.dead).look()
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
        body = f'{{"v":1,"kind":"result","commandId":"{command.command_id}","attempt":1,"success":"perhaps"}}'
        await play.stand.queues.send(worker.output_url, body)

        ended = await play.ended(record)

    assert ended.state is CommandState.FAILED
    reply = await play.sent(record)
    assert "could not be read" in text_of(email.message_from_bytes(reply.raw))
    (parked,) = await Shelf(queues=play.stand.queues, url=play.stand.places.dead).look()
    assert parked.body == body
