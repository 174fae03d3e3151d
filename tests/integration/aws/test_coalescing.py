"""Sends and deletes that share calls, on both emulators."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from hermes.aws.coalescing import CoalescedQueues
from hermes.aws.queues import Received
from tests.integration.stand import Stand


@pytest.fixture
def operations(aws: Stand) -> Iterator[list[str]]:
    """The SQS requests that leave."""
    seen: list[str] = []

    def note(*, event_name: str, **_: Any) -> None:
        seen.append(event_name.rsplit(".", 1)[-1])

    aws.clients.sqs.meta.events.register("before-send", note)
    yield seen
    aws.clients.sqs.meta.events.unregister("before-send", note)


async def test_twenty_five_sends_and_deletes_are_three_calls_each(aws: Stand, operations: list[str]) -> None:
    queues = CoalescedQueues(polls=aws.clients.polls, client=aws.clients.sqs)
    url = aws.places.unclaimed

    sent = await asyncio.gather(*(queues.send(url, f"m{n}", attributes={"n": str(n)}) for n in range(25)))

    assert len(set(sent)) == 25
    assert operations == ["SendMessageBatch"] * 3
    got: list[Received] = []
    async with asyncio.timeout(60):
        while len(got) < 25:
            got += await queues.receive(url, wait_seconds=1)
    assert {one.message_id for one in got} == set(sent)
    assert all(one.body == f"m{one.attributes['n']}" for one in got)
    operations.clear()
    await asyncio.gather(*(queues.delete(url, [one.receipt]) for one in got))
    assert operations == ["DeleteMessageBatch"] * 3
    left = await queues.attributes(url)
    assert int(left["ApproximateNumberOfMessages"]) + int(left["ApproximateNumberOfMessagesNotVisible"]) == 0


async def test_a_lone_send_is_a_plain_one_and_an_urgent_one_waits_for_nobody(aws: Stand, operations: list[str]) -> None:
    queues = CoalescedQueues(polls=aws.clients.polls, client=aws.clients.sqs)
    url = aws.places.unclaimed

    await queues.send(url, "alone")
    await asyncio.gather(*(queues.send(url, f"m{n}") for n in range(3)), queues.send(url, "stop", urgent=True))

    assert operations[0] == "SendMessage"
    assert sorted(operations[1:]) == ["SendMessage", "SendMessageBatch"]


async def test_a_group_of_a_fifo_queue_keeps_its_order(aws: Stand) -> None:
    queues = CoalescedQueues(polls=aws.clients.polls, client=aws.clients.sqs)
    url = await queues.create(f"{aws.prefix}-order.fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "false"})

    await asyncio.gather(*(queues.send(url, str(n), group="g", deduplication=f"d{n}") for n in range(8)))

    got = await queues.receive(url, wait_seconds=2)
    assert [one.body for one in got] == [str(n) for n in range(len(got))]
    assert len(got) == 8
