"""Sends that share a call: how much one call carries."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hermes.aws.coalescing import CoalescedQueues
from hermes.aws.queues import BATCH_BYTES

KIB = 1024


class Sqs:
    """Takes every message and notes how many came in each call."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    async def send_message(self, **_: Any) -> dict[str, Any]:
        self.calls.append(1)
        return {"MessageId": "m"}

    async def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.calls.append(len(Entries))
        return {"Successful": [{"Id": entry["Id"], "MessageId": f"m{entry['Id']}"} for entry in Entries]}


@pytest.mark.parametrize(
    ("sizes", "calls"),
    [
        ([1] * 12, [10, 2]),
        ([80 * KIB] * 4, [3, 1]),
        ([120 * KIB, 120 * KIB, 1], [2, 1]),
        ([BATCH_BYTES, 1], [1, 1]),
        ([100 * KIB, 141 * KIB, 99 * KIB], [1, 2]),
    ],
)
async def test_a_call_of_several_messages_holds_no_more_bytes_than_sqs_takes(
    sizes: list[int], calls: list[int]
) -> None:
    client = Sqs()
    queues = CoalescedQueues(polls=client, client=client)

    await asyncio.gather(*(queues.send("http://sqs/q", "x" * size) for size in sizes))

    assert client.calls == calls


async def test_attributes_and_bytes_of_text_count_as_sqs_counts_them() -> None:
    client = Sqs()
    queues = CoalescedQueues(polls=client, client=client)
    half = BATCH_BYTES // 2

    await asyncio.gather(
        queues.send("http://sqs/q", "é" * (half // 2)),
        queues.send("http://sqs/q", "x" * half, attributes={"n": "1"}),
    )

    assert client.calls == [1, 1]
