"""As much of SQS as a poller of output queues uses, in one process: receive with long polls, send, delete. Any queue exists."""

from __future__ import annotations

import asyncio
import collections
import itertools
import json
import sys
from typing import Any

from aiohttp import web

_LISTENING = 4096


class Queue:
    """Messages that wait, and the polls that wait for some."""

    def __init__(self) -> None:
        self.messages: collections.deque[str] = collections.deque()
        self.came = asyncio.Event()


class Stub:
    """All queues."""

    def __init__(self) -> None:
        self._queues: collections.defaultdict[str, Queue] = collections.defaultdict(Queue)
        self._numbers = itertools.count()

    async def take(self, request: web.Request) -> web.Response:
        """One call, by its target."""
        asked = json.loads(await request.read())
        operation = request.headers["X-Amz-Target"].partition(".")[2]
        answer = await getattr(self, f"_{operation}")(asked)
        return web.json_response(answer, content_type="application/x-amz-json-1.0")

    async def _SendMessage(self, asked: dict[str, Any]) -> dict[str, Any]:
        queue = self._queues[asked["QueueUrl"]]
        queue.messages.append(asked["MessageBody"])
        queue.came.set()
        return {"MessageId": str(next(self._numbers))}

    async def _ReceiveMessage(self, asked: dict[str, Any]) -> dict[str, Any]:
        queue = self._queues[asked["QueueUrl"]]
        try:
            async with asyncio.timeout(asked["WaitTimeSeconds"]):
                while not queue.messages:
                    queue.came.clear()
                    await queue.came.wait()
        except TimeoutError:
            return {}
        found = [queue.messages.popleft() for _ in range(min(len(queue.messages), asked["MaxNumberOfMessages"]))]
        return {"Messages": [{"MessageId": one, "ReceiptHandle": one, "Body": one} for one in found]}

    async def _DeleteMessageBatch(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"Successful": [{"Id": one["Id"]} for one in asked["Entries"]], "Failed": []}


async def main() -> None:
    """Serve until the parent closes our input; the port is the first line of output."""
    application = web.Application()
    application.router.add_post("/", Stub().take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=_LISTENING)
    await site.start()
    (listening,) = runner.addresses
    print(listening[1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    from hermes.process import open_files

    open_files.allow(4 * _LISTENING)
    asyncio.run(main())
