"""Lets a receive and a delete cost the same in a long queue as in a short one, as in SQS.

MiniStack looks through the whole queue several times for each receive and once for each message that is deleted, so ten thousand waiting
mails would hold up everybody by the emulator alone. What is received next and what is in flight is at the beginning of a queue: only that
is looked at here. FIFO queues, which are short, are received from as MiniStack does it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

Queue = dict[str, Any]
Message = dict[str, Any]


def install(sqs: Any) -> None:
    """Replace MiniStack's walks; `sqs` is its module."""
    walks = _Walks(sqs)
    for name, function in (("_dlq_sweep", walks.sweep), ("_collect_msgs", walks.collect)):
        setattr(sqs, name, function)
    walks.actions.update({"DeleteMessage": walks.delete, "DeleteMessageBatch": walks.delete_batch})


class _Walks:
    """What is replaced, beside what MiniStack has."""

    def __init__(self, sqs: Any) -> None:
        # MiniStack has no other door; its version is pinned, and a test goes through it.
        self._sweep, self._collect, self._queue, self.actions = (
            getattr(sqs, name) for name in ("_dlq_sweep", "_collect_msgs", "_get_q", "_HANDLERS")
        )
        self._delete = self.actions["DeleteMessage"]

    def sweep(self, queue: Queue) -> None:
        """Dead letters are found where they would be received: in `collect`."""
        if queue["is_fifo"]:
            self._sweep(queue)

    def collect(self, queue: Queue, most: int, visibility_seconds: int) -> list[Message]:
        """The next messages; those that were received too often go to the dead-letter queue instead."""
        if queue["is_fifo"]:
            return list(self._collect(queue, most, visibility_seconds))
        while True:
            next_ones = list(itertools.islice(_visible(queue["messages"]), most))
            part = {**queue, "messages": next_ones}
            self._sweep(part)
            if len(part["messages"]) == len(next_ones):
                return list(self._collect(part, most, visibility_seconds))
            left = {id(message) for message in part["messages"]}
            dead = {id(message) for message in next_ones} - left
            queue["messages"] = [message for message in queue["messages"] if id(message) not in dead]

    def delete(self, data: dict[str, Any], url: str) -> dict[str, Any]:
        """One message; MiniStack answers for a receipt that no message has."""
        if not _take_out(self._queue(data.get("QueueUrl", url)), data.get("ReceiptHandle")):
            return dict(self._delete(data, url))
        return {}

    def delete_batch(self, data: dict[str, Any], url: str) -> dict[str, Any]:
        """Up to ten."""
        queue = self._queue(data.get("QueueUrl", url))
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in data.get("Entries", []):
            number = entry.get("Id", "")
            if _take_out(queue, entry.get("ReceiptHandle")):
                answer["Successful"].append({"Id": number})
                continue
            text = "The input receipt handle is invalid."
            failed = {"Id": number, "Code": "ReceiptHandleIsInvalid", "Message": text, "SenderFault": True}
            answer["Failed"].append(failed)
        return answer


def _visible(messages: list[Message]) -> Iterator[Message]:
    now = time.time()
    # A message that came by a topic has no fields yet.
    return (message for message in messages if message.get("visible_at", 0.0) <= now)


def _take_out(queue: Queue, receipt: str | None) -> bool:
    found = (number for number, message in enumerate(queue["messages"]) if message.get("receipt_handle") == receipt)
    at = next(found, None) if receipt else None
    if at is None:
        return False
    del queue["messages"][at]
    return True
