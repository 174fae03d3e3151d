"""Messages that are moved to another queue: what did not arrive there stays where it was."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.aws.coalescing import CoalescedQueues
from hermes.aws.queues import BATCH_BYTES, Received


class Sqs:
    """Takes what it is sent, but for the bodies that it refuses."""

    def __init__(self, *refused: str) -> None:
        self._refused = refused
        self.sent: list[list[dict[str, Any]]] = []
        self.deleted: list[str] = []

    async def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        assert QueueUrl == "to"
        self.sent.append(Entries)
        failed = [{"Id": one["Id"], "Code": "InternalError"} for one in Entries if one["MessageBody"] in self._refused]
        ids = {one["Id"] for one in failed}
        return {
            "Failed": failed,
            "Successful": [{"Id": one["Id"], "MessageId": "m"} for one in Entries if one["Id"] not in ids],
        }

    async def delete_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        assert QueueUrl == "from"
        self.deleted += [one["ReceiptHandle"] for one in Entries]
        return {"Successful": [{"Id": one["Id"]} for one in Entries]}


def _received(*bodies: str) -> list[Received]:
    return [
        Received(
            message_id=f"m{number}",
            receipt=f"r{number}",
            body=body,
            group=None,
            receive_count=1,
            sent_at=0.0,
            attributes={"order": "1.5"},
        )
        for number, body in enumerate(bodies)
    ]


async def test_messages_are_moved_ten_a_call_with_their_attributes() -> None:
    client = Sqs()

    await CoalescedQueues(polls=client, client=client).move("from", "to", _received(*map(str, range(12))))

    assert [len(call) for call in client.sent] == [10, 2]
    assert client.sent[1][0] == {
        "Id": "0",
        "MessageBody": "10",
        "MessageAttributes": {"order": {"DataType": "String", "StringValue": "1.5"}},
    }
    assert client.deleted == [f"r{number}" for number in range(12)]


async def test_large_messages_share_a_call_only_as_far_as_it_carries_them() -> None:
    client = Sqs()

    await CoalescedQueues(polls=client, client=client).move("from", "to", _received("x" * BATCH_BYTES, "y", "z"))

    assert [len(call) for call in client.sent] == [1, 2]


async def test_a_message_that_did_not_arrive_is_not_deleted_and_is_told() -> None:
    client = Sqs("1")

    with pytest.raises(errors.AwsUnavailable, match="InternalError"):
        await CoalescedQueues(polls=client, client=client).move("from", "to", _received("0", "1", "2"))

    assert client.deleted == ["r0", "r2"]


async def test_where_nothing_arrived_nothing_is_deleted() -> None:
    client = Sqs("0")

    with pytest.raises(errors.AwsUnavailable):
        await CoalescedQueues(polls=client, client=client).move("from", "to", _received("0"))

    assert client.deleted == []
