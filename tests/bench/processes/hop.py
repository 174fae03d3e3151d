"""The bare queue hop: one process that receives from a queue with nothing around it, and says when."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from hermes.app import gateway as composition
from hermes.config import loading as config
from tests.bench.processes import child


@contextlib.asynccontextmanager
async def life(settings: dict[str, Any]) -> AsyncIterator[child.Handle]:
    """From start to stop."""

    async def handle(order: dict[str, Any]) -> dict[str, Any]:
        return {}

    async def receive(client: Any, url: str) -> None:
        while True:
            answer = await client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
            at = time.monotonic()
            for message in answer.get("Messages", []):
                child.tell(event="hopped", body=message["Body"], at=at)
                await client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    async with composition.connect(config.parse(settings["config"])) as clients:
        receiving = asyncio.create_task(receive(clients.polls, settings["url"]))
        try:
            yield handle
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)


if __name__ == "__main__":
    child.run(life)
