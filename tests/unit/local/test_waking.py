"""A receive that waits ends as soon as there is a message for it; these are MiniStack's own handlers, and nobody looks by himself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ministack.services import sqs

from hermes.local import waking

FIFO = {"FifoQueue": "true"}


class Sqs:
    """The actions, as a client would call them."""

    def __init__(self, look_seconds: float) -> None:
        self.handlers = dict(sqs._HANDLERS)
        waking.install(self.handlers, look_seconds=look_seconds)

    async def do(self, action: str, **data: Any) -> dict[str, Any]:
        answer = self.handlers[action](data, "")
        return dict(await answer if asyncio.iscoroutine(answer) else answer)

    async def queue(self, name: str, **attributes: str) -> str:
        return str((await self.do("CreateQueue", QueueName=name, Attributes=attributes))["QueueUrl"])

    def receiving(self, url: str, *, most: int = 10) -> asyncio.Task[dict[str, Any]]:
        return asyncio.create_task(
            self.do("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=most, WaitTimeSeconds=20, VisibilityTimeout=60)
        )


@pytest.fixture
def service() -> Sqs:
    return Sqs(look_seconds=3600)


async def waits(*tasks: asyncio.Task[Any]) -> None:
    """Until nothing more happens of itself."""
    for _ in range(10):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


async def bodies(task: asyncio.Task[dict[str, Any]]) -> list[str]:
    async with asyncio.timeout(60):
        return [message["Body"] for message in (await task).get("Messages", [])]


async def test_a_message_wakes_who_waits_for_its_queue_and_nobody_else(service: Sqs) -> None:
    one, other = await service.queue("wake-one"), await service.queue("wake-other")
    here, there = service.receiving(one), service.receiving(other)
    await waits(here, there)
    await service.do("SendMessage", QueueUrl=one, MessageBody="for one")
    assert await bodies(here) == ["for one"]
    await waits(there)
    await service.do("SendMessage", QueueUrl=other, MessageBody="for the other")
    assert await bodies(there) == ["for the other"]


async def test_ten_messages_wake_as_many_as_each_takes_one(service: Sqs) -> None:
    url = await service.queue("wake-many")
    three = [service.receiving(url, most=1) for _ in range(3)]
    await waits(*three)
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(3)]
    await service.do("SendMessageBatch", QueueUrl=url, Entries=entries)
    assert [await bodies(task) for task in three] == [["0"], ["1"], ["2"]]


async def test_the_first_come_is_served_first(service: Sqs) -> None:
    url = await service.queue("wake-order")
    first = service.receiving(url)
    await waits(first)
    second = service.receiving(url)
    await waits(second)
    await service.do("SendMessage", QueueUrl=url, MessageBody="1")
    assert await bodies(first) == ["1"]
    await waits(second)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    third = service.receiving(url)
    await waits(third)
    await service.do("SendMessage", QueueUrl=url, MessageBody="2")
    assert await bodies(third) == ["2"]


async def test_one_that_is_given_back_wakes_the_next(service: Sqs) -> None:
    url = await service.queue("wake-back")
    await service.do("SendMessage", QueueUrl=url, MessageBody="1")
    (held,) = (await service.receiving(url))["Messages"]
    waiting = service.receiving(url)
    await waits(waiting)
    await service.do("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0)
    assert await bodies(waiting) == ["1"]


async def test_the_end_of_a_message_lets_the_next_of_its_group_go(service: Sqs) -> None:
    url = await service.queue("wake-group.fifo", **FIFO)
    for number in "12":
        await service.do(
            "SendMessage", QueueUrl=url, MessageBody=number, MessageGroupId="g", MessageDeduplicationId=number
        )
    (held,) = (await service.receiving(url, most=1))["Messages"]
    waiting = service.receiving(url)
    await waits(waiting)
    await service.do("DeleteMessageBatch", QueueUrl=url, Entries=[{"Id": "0", "ReceiptHandle": held["ReceiptHandle"]}])
    assert await bodies(waiting) == ["2"]


async def test_what_becomes_visible_by_time_is_found_by_a_look() -> None:
    service = Sqs(look_seconds=0.05)
    url = await service.queue("wake-late")
    await service.do("SendMessage", QueueUrl=url, MessageBody="late", DelaySeconds=1)
    assert await bodies(service.receiving(url)) == ["late"]


async def test_a_wait_that_ends_with_nothing_says_so_and_leaves_nobody_behind(service: Sqs) -> None:
    url = await service.queue("wake-none")
    async with asyncio.timeout(60):
        assert await service.do("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=1) == {}
    await service.do("SendMessage", QueueUrl=url, MessageBody="1")
    assert await bodies(service.receiving(url)) == ["1"]


async def test_a_receive_that_does_not_say_how_long_is_left_to_the_queue(service: Sqs) -> None:
    url = await service.queue("wake-default", ReceiveMessageWaitTimeSeconds="1")
    async with asyncio.timeout(60):
        assert await service.do("ReceiveMessage", QueueUrl=url) == {}
