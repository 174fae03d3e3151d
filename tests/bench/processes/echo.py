"""The far end of the bare queue path: a process that answers each command with a result, over Hermes' queues and nothing else of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from hermes.app import gateway as composition
from hermes.aws.coalescing import CoalescedQueues
from hermes.aws.queues import Received
from hermes.config import loading as config
from tests.bench.processes import child
from tests.bench.tally import Tally


@contextlib.asynccontextmanager
async def life(settings: dict[str, Any]) -> AsyncIterator[child.Handle]:
    """From start to stop."""
    tally = Tally()

    async def handle(order: dict[str, Any]) -> dict[str, Any]:
        return tally.told()

    async with composition.connect(config.parse(settings["config"])) as clients:
        tally.over(clients)
        queues = CoalescedQueues(polls=clients.polls, client=clients.sqs)

        async def answer(received: Received) -> None:
            await queues.send(settings["output"], received.body)
            await queues.delete(settings["input"], [received.receipt])

        taking = asyncio.create_task(take(queues, settings["input"], answer))
        try:
            yield handle
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)


async def take(queues: CoalescedQueues, url: str, handle: Any) -> None:
    """Receive for ever, each message handled in a task of its own."""
    tasks: set[asyncio.Task[None]] = set()
    while True:
        for received in await queues.receive(url, wait_seconds=20):
            task = asyncio.get_running_loop().create_task(handle(received))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    child.run(life)
