"""Answers a long poll as soon as there is a message, as SQS does.

MiniStack polls its queues ten times a second, so each hop over a queue would wait for 50 ms on average. Here a change of a queue wakes its
waiting receives; the poll remains for messages that become visible by time.
"""

from __future__ import annotations

import asyncio
import collections
import time
from collections.abc import Callable, MutableMapping
from typing import Any

Handler = Callable[[dict[str, Any], str], Any]
"""What carries out one action of SQS: its parameters and the queue's URL (where they name none), to its answer or an awaitable of it."""

RECEIVE = "ReceiveMessage"
#: What may put a message in somebody's way: a new one, one that is given back, one whose group was blocked until now.
CHANGES = (
    "SendMessage",
    "SendMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "DeleteMessage",
    "DeleteMessageBatch",
)
LOOK_SECONDS = 0.1


def install(handlers: MutableMapping[str, Handler], *, look_seconds: float = LOOK_SECONDS) -> None:
    """Wrap MiniStack's handlers with waiting and waking."""
    waiting = _Waiting(handlers[RECEIVE], look_seconds)
    for action in CHANGES:
        handlers[action] = waiting.waking(handlers[action])
    handlers[RECEIVE] = waiting.receive


class _Waiting:
    """The waiting receives of each queue; the one that has waited longest is woken first."""

    def __init__(self, handler: Handler, look_seconds: float) -> None:
        self._handler = handler
        self._look_seconds = look_seconds
        self._queues: dict[str, collections.deque[asyncio.Future[None]]] = {}

    async def receive(self, data: dict[str, Any], url: str) -> dict[str, Any]:
        """MiniStack's receive, but woken. A receive without a wait time goes to MiniStack unchanged."""
        if data.get("WaitTimeSeconds") is None:
            answer: dict[str, Any] = await self._handler(data, url)
            return answer
        queue, until = _name(data, url), time.monotonic() + int(data["WaitTimeSeconds"])
        while True:
            answer = await self._handler({**data, "WaitTimeSeconds": 0}, url)
            left = until - time.monotonic()
            if answer or left <= 0:
                return answer
            await self._wait(queue, min(left, self._look_seconds))

    def waking(self, handler: Handler) -> Handler:
        """Wrap a handler: it wakes one receive for each message that it may have added."""

        def handle(data: dict[str, Any], url: str) -> Any:
            answer = handler(data, url)
            self._wake(_name(data, url), len(data.get("Entries", ".")))
            return answer

        return handle

    def _wake(self, queue: str, most: int) -> None:
        waiting = self._queues.get(queue)
        while waiting and most:
            waiting.popleft().set_result(None)
            most -= 1

    async def _wait(self, queue: str, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        waiting = self._queues.setdefault(queue, collections.deque())
        waiting.append(woken)
        try:
            await asyncio.wait([woken], timeout=seconds)
        finally:
            if woken in waiting:
                waiting.remove(woken)
            if not waiting and self._queues.get(queue) is waiting:
                del self._queues[queue]


def _name(data: dict[str, Any], url: str) -> str:
    return str(data.get("QueueUrl") or url).rpartition("/")[2]
