"""SQS: receive, send, delete, visibility, dead letters.

A receive is never cancelled: on AWS and on every emulator tried, a cancelled receive hides its messages until their visibility timeout
ends. Callers set a stop flag, let the poll end and release the messages. Source: "Amazon SQS API Reference".
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hermes import errors, limits
from hermes.aws import calls

#: Characters of an attribute that says why a message was parked.
SHELF_REASON_CHARS: Final = 250
#: The most that one call of several messages may hold together; the oldest limit of SQS, which emulators keep.
BATCH_BYTES: Final = 240 * 1024


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A received message, ours until its visibility timeout ends."""

    message_id: str
    receipt: str
    body: str
    group: str | None
    receive_count: int
    sent_at: float
    """Epoch seconds by SQS's clock."""
    attributes: Mapping[str, str]


class Queues:
    """The SQS operations that Hermes uses. `polls` and `client` are two clients, so that polls never keep a call waiting."""

    def __init__(self, *, polls: Any, client: Any) -> None:
        self._polls = polls
        self._client = client

    async def receive(
        self,
        url: str,
        *,
        most: int = limits.BATCH,
        wait_seconds: int = limits.POLL_SECONDS,
        visibility_seconds: int = limits.VISIBILITY_SECONDS,
    ) -> list[Received]:
        """Up to `most` messages, waiting up to `wait_seconds` for the first. Must not be cancelled: see the module's docstring."""
        answer = await calls.call(
            "SQS ReceiveMessage",
            self._polls.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(most, limits.BATCH),
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=visibility_seconds,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp", "MessageGroupId"],
                MessageAttributeNames=["All"],
            ),
            seconds=wait_seconds + limits.CALL_SECONDS,
        )
        return [_received(message) for message in answer.get("Messages", [])]

    async def send(
        self,
        url: str,
        body: str,
        *,
        group: str | None = None,
        deduplication: str | None = None,
        attributes: Mapping[str, str] | None = None,
        urgent: bool = False,
    ) -> str:
        """Send one message; returns its message id. `group` and `deduplication` are for FIFO queues; `urgent` ones share no call."""
        more: dict[str, Any] = {}
        if group is not None:
            more["MessageGroupId"] = group
        if deduplication is not None:
            more["MessageDeduplicationId"] = deduplication
        if attributes:
            more["MessageAttributes"] = attribute_values(attributes)
        answer = await calls.call("SQS SendMessage", self._client.send_message(QueueUrl=url, MessageBody=body, **more))
        return str(answer["MessageId"])

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        """Delete received messages, ten a call. Raises `errors.AwsUnavailable` if any was not deleted."""
        for start in range(0, len(receipts), limits.BATCH):
            batch = receipts[start : start + limits.BATCH]
            entries = [{"Id": str(i), "ReceiptHandle": receipt} for i, receipt in enumerate(batch)]
            answer = await calls.call(
                "SQS DeleteMessageBatch", self._client.delete_message_batch(QueueUrl=url, Entries=entries)
            )
            # A receipt that is no longer valid means that somebody else holds the message now: not ours to delete.
            failed = passing("SQS DeleteMessageBatch", answer)
            if failed:
                raise next(iter(failed.values()))

    async def move(self, source: str, target: str, messages: Sequence[Received]) -> None:
        """Send received messages to another standard queue, ten a call, and delete those that arrived there from their own.

        Raises the error of the first that was not moved, after the others were. A message that was sent and not deleted is on both.
        """
        fault: errors.HermesError | None = None
        for batch in _batches(messages):
            entries = [
                {
                    "Id": str(number),
                    "MessageBody": message.body,
                    "MessageAttributes": attribute_values(message.attributes),
                }
                for number, message in enumerate(batch)
            ]
            sending = self._client.send_message_batch(QueueUrl=target, Entries=entries)
            answer = await calls.call("SQS SendMessageBatch", sending)
            arrived = [batch[int(one["Id"])].receipt for one in answer.get("Successful", [])]
            if arrived:
                await Queues.delete(self, source, arrived)  # in a separate call: shared calls go one after another
            for failed in answer.get("Failed", []):
                fault = fault or failure("SQS SendMessageBatch", failed)
        if fault is not None:
            raise fault

    async def change_visibility(self, url: str, changes: Sequence[tuple[str, int]]) -> list[str]:
        """Hide received messages for some seconds from now (0: release). Returns the receipts that are no longer ours."""
        lost: list[str] = []
        for start in range(0, len(changes), limits.BATCH):
            batch = changes[start : start + limits.BATCH]
            entries = [
                {"Id": str(i), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
                for i, (receipt, seconds) in enumerate(batch)
            ]
            answer = await calls.call(
                "SQS ChangeMessageVisibilityBatch",
                self._client.change_message_visibility_batch(QueueUrl=url, Entries=entries),
            )
            later = passing("SQS ChangeMessageVisibilityBatch", answer)
            lost.extend(batch[int(one["Id"])][0] for one in answer.get("Failed", []) if one["Id"] not in later)
        return lost

    async def create(self, name: str, attributes: Mapping[str, str]) -> str:
        """Create a queue, or find the one of the same name and attributes; returns its URL.

        A name that was deleted is refused for 60 s (`errors.AwsUnavailable`).
        """
        answer = await calls.call(
            f"SQS CreateQueue {name}", self._client.create_queue(QueueName=name, Attributes=dict(attributes))
        )
        return str(answer["QueueUrl"])

    async def url(self, name: str) -> str | None:
        """A queue's URL; None if there is no such queue."""
        try:
            answer = await calls.call(f"SQS GetQueueUrl {name}", self._client.get_queue_url(QueueName=name))
        except errors.AwsRefused as error:
            if error.missing:
                return None
            raise
        return str(answer["QueueUrl"])

    async def names(self, prefix: str) -> list[str]:
        """The URLs of all queues whose name begins like this."""
        found: list[str] = []
        more: dict[str, str] = {}
        while True:
            answer = await calls.call(
                "SQS ListQueues", self._client.list_queues(QueueNamePrefix=prefix, MaxResults=1000, **more)
            )
            found.extend(answer.get("QueueUrls", []))
            if not answer.get("NextToken"):
                return found
            more = {"NextToken": answer["NextToken"]}

    async def attributes(self, url: str) -> dict[str, str]:
        """All attributes of a queue."""
        answer = await calls.call(
            "SQS GetQueueAttributes", self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        )
        return dict(answer.get("Attributes", {}))

    async def set_attributes(self, url: str, attributes: Mapping[str, str]) -> None:
        """Change attributes of a queue."""
        await calls.call(
            "SQS SetQueueAttributes", self._client.set_queue_attributes(QueueUrl=url, Attributes=dict(attributes))
        )

    async def delete_queue(self, url: str) -> None:
        """Delete a queue with what is in it."""
        await calls.call("SQS DeleteQueue", self._client.delete_queue(QueueUrl=url))


def size(body: str, attributes: Mapping[str, str]) -> int:
    """Bytes that a message counts in a call of several."""
    return len(body.encode()) + sum(len(name) + len(value.encode()) + 10 for name, value in attributes.items())


def attribute_values(attributes: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Attributes as the API has them."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}


def failure(what: str, entry: Mapping[str, Any]) -> errors.HermesError:
    """The error for one message of a call of several."""
    text, code = str(entry.get("Message") or entry.get("Code") or "failed"), str(entry.get("Code", ""))
    return calls.said(what, code, text)


def passing(what: str, answer: Mapping[str, Any]) -> dict[str, errors.HermesError]:
    """The errors of a call of several that pass, by the id of their entry."""
    failed = {str(entry["Id"]): failure(what, entry) for entry in answer.get("Failed", [])}
    return {number: error for number, error in failed.items() if isinstance(error, errors.Transient)}


def _batches(messages: Sequence[Received]) -> Iterator[list[Received]]:
    """At most ten at a time, and no more bytes than a call may hold; a larger one goes alone."""
    batch: list[Received] = []
    weight = 0
    for message in messages:
        more = size(message.body, message.attributes)
        if batch and (len(batch) == limits.BATCH or weight + more > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(message)
        weight += more
    if batch:
        yield batch


def _received(message: Mapping[str, Any]) -> Received:
    system = message.get("Attributes", {})
    return Received(
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        group=system.get("MessageGroupId"),
        receive_count=int(system.get("ApproximateReceiveCount", 1)),
        sent_at=int(system.get("SentTimestamp", 0)) / 1000,
        attributes={n: a["StringValue"] for n, a in message.get("MessageAttributes", {}).items() if "StringValue" in a},
    )


class DeadLetters:
    """Moves messages that cannot be handled to the dead-letter queues, with the reason."""

    def __init__(self, *, queues: Queues, url: str, fifo_url: str) -> None:
        self._queues = queues
        self._url = url
        self._fifo_url = fifo_url

    async def park(self, source_url: str, received: Received, reason: str) -> None:
        """Send the message to its dead-letter queue with source and reason as attributes, then delete it."""
        fifo = source_url.endswith(".fifo")
        await self._queues.send(
            self._fifo_url if fifo else self._url,
            received.body,
            group=received.group or "none" if fifo else None,
            deduplication=received.message_id if fifo else None,
            attributes={
                "order": repr(received.sent_at),
                **received.attributes,
                "reason": reason[:SHELF_REASON_CHARS] or "unknown",
                "source": source_url.rsplit("/", 1)[-1],
            },
        )
        await self._queues.delete(source_url, [received.receipt])


async def pause(stop: asyncio.Event, seconds: float) -> bool:
    """Wait until `stop` is set or the time has passed; True if stopped."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
