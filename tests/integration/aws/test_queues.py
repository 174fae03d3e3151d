"""SQS: receive, send, delete, visibility, dead letters."""

from __future__ import annotations

import asyncio

import pytest

from hermes import errors
from hermes.aws import provision
from hermes.aws.queues import DeadLetters, Received
from hermes.domain import wire
from hermes.domain.containers import QueueSet
from tests.integration.stand import Stand


@pytest.fixture
async def queue_set(aws: Stand) -> QueueSet:
    return await provision.create_queue_set(
        queues=aws.queues, names=aws.names, places=aws.places, key="acme#site#anna", now=1.0
    )


async def received(aws: Stand, url: str, count: int, *, visibility: int = 30) -> list[Received]:
    found: list[Received] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            found += await aws.queues.receive(url, wait_seconds=1, visibility_seconds=visibility)
    return found


async def test_a_message_goes_through_with_its_attributes(aws: Stand, queue_set: QueueSet) -> None:
    body = wire.scrub('{"text":"Grüße \U0001f980 \ufffe\x00"}')
    await aws.queues.send(queue_set.output_url, body, attributes={"order": "1.5"})

    (message,) = await received(aws, queue_set.output_url, 1)

    assert message.body == body
    assert message.attributes == {"order": "1.5"}
    assert message.receive_count == 1
    assert message.sent_at > 1_700_000_000
    assert message.group is None


async def test_a_deleted_message_is_gone(aws: Stand, queue_set: QueueSet) -> None:
    for n in range(12):
        await aws.queues.send(queue_set.output_url, str(n))
    found = await received(aws, queue_set.output_url, 12)

    await aws.queues.delete(queue_set.output_url, [message.receipt for message in found])

    left = await aws.queues.attributes(queue_set.output_url)
    assert int(left["ApproximateNumberOfMessages"]) + int(left["ApproximateNumberOfMessagesNotVisible"]) == 0


async def test_what_is_given_back_comes_again(aws: Stand, queue_set: QueueSet) -> None:
    await aws.queues.send(queue_set.output_url, "again")
    (first,) = await received(aws, queue_set.output_url, 1)

    assert await aws.queues.change_visibility(queue_set.output_url, [(first.receipt, 0)]) == []

    (second,) = await received(aws, queue_set.output_url, 1)
    assert second.message_id == first.message_id
    assert second.receive_count == 2


async def test_a_group_is_held_back_while_one_of_it_is_in_flight(aws: Stand, queue_set: QueueSet) -> None:
    url = queue_set.input_url
    for name, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        await aws.queues.send(url, name, group=group, deduplication=name)

    first = await aws.queues.receive(url, most=1, wait_seconds=1)
    second = await aws.queues.receive(url, most=1, wait_seconds=1)

    assert [m.body for m in (*first, *second)] == ["a1", "b1"]
    assert first[0].group == "a"
    await aws.queues.delete(url, [first[0].receipt])
    assert [m.body for m in await received(aws, url, 1)] == ["a2"]


async def test_the_same_deduplication_id_is_one_message(aws: Stand, queue_set: QueueSet) -> None:
    for _ in range(3):
        await aws.queues.send(queue_set.input_url, "once", group="g", deduplication="c1:1")

    (message,) = await received(aws, queue_set.input_url, 1)
    await aws.queues.delete(queue_set.input_url, [message.receipt])

    assert await aws.queues.receive(queue_set.input_url, wait_seconds=1) == []


async def test_a_queue_that_is_not_there_is_none(aws: Stand) -> None:
    assert await aws.queues.url(f"{aws.prefix}-nothing") is None
    with pytest.raises(errors.AwsRefused):
        await aws.queues.send(aws.places.inbound.replace("inbound", "nothing"), "x")


@pytest.mark.parametrize("fifo", [False, True])
async def test_what_cannot_be_handled_is_parked_with_the_reason(aws: Stand, queue_set: QueueSet, fifo: bool) -> None:
    source = queue_set.input_url if fifo else queue_set.output_url
    dead = aws.places.dead_fifo if fifo else aws.places.dead
    letters = DeadLetters(queues=aws.queues, url=aws.places.dead, fifo_url=aws.places.dead_fifo)
    await aws.queues.send(source, "nonsense", group="g" if fifo else None, deduplication="d" if fifo else None)
    (message,) = await received(aws, source, 1)

    await letters.park(source, message, "message cannot be read: " + "x" * 500)

    (parked,) = await received(aws, dead, 1)
    assert parked.body == "nonsense"
    assert parked.attributes["reason"].startswith("message cannot be read")
    assert parked.attributes["source"] == source.rpartition("/")[2]
    assert float(parked.attributes["order"]) == message.sent_at
    assert await aws.queues.receive(source, wait_seconds=0) == []


async def test_a_message_that_nobody_deletes_ends_in_the_dead_letter_queue(aws: Stand, queue_set: QueueSet) -> None:
    await aws.queues.send(queue_set.output_url, "poison")
    for _ in range(5):
        (message,) = await received(aws, queue_set.output_url, 1)
        await aws.queues.change_visibility(queue_set.output_url, [(message.receipt, 0)])

    assert await aws.queues.receive(queue_set.output_url, wait_seconds=0) == []
    assert [m.body for m in await received(aws, aws.places.dead, 1)] == ["poison"]


async def test_a_send_does_not_wait_behind_open_polls(aws: Stand, queue_set: QueueSet) -> None:
    if aws.endpoint.name == "moto":
        pytest.skip("a waiting poll takes a whole core of moto")
    polls = [asyncio.create_task(aws.queues.receive(queue_set.output_url, wait_seconds=20)) for _ in range(20)]
    await asyncio.sleep(0)

    await aws.queues.send(queue_set.interrupts_url, "quick")
    assert not any(poll.done() for poll in polls)

    while not all(poll.done() for poll in polls):  # what wakes them, for a poll is never cancelled
        await aws.queues.send(queue_set.output_url, "wake")
        await asyncio.sleep(0.05)
    await asyncio.gather(*polls)
