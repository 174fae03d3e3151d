"""taskiq over SQS: `python taskiq_peer.py` drives a worker of its own."""

from __future__ import annotations

import asyncio
import sys
import threading

import watch
from taskiq_aio_sqs import SQSBroker

watch.count_requests()
broker = SQSBroker(
    "peer-taskiq",
    endpoint_url=watch.ENDPOINT,
    region_name=watch.REGION,
    aws_access_key_id="test",
    aws_secret_access_key="test",
    wait_time_seconds=20,
    max_number_of_messages=10,
)


@broker.task(task_name="noop")
async def noop(payload: str) -> None:
    """Nothing."""
    watch.done()


async def _make_queue() -> None:
    from aiobotocore import session

    async with session.get_session().create_client(
        "sqs",
        endpoint_url=watch.ENDPOINT,
        region_name=watch.REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    ) as client:
        await client.create_queue(QueueName="peer-taskiq")


async def _main() -> None:
    await _make_queue()
    await broker.startup()
    loop = asyncio.get_running_loop()

    def permit() -> None:
        asyncio.run_coroutine_threadsafe(noop.kiq(watch.PAYLOAD), loop)

    worker = [sys.executable, "-m", "taskiq", "worker", "taskiq_peer:broker", "--workers", "1", "--max-async-tasks", "200",
              "--log-level", "WARNING"]  # fmt: skip
    measuring = threading.Thread(target=lambda: watch.measured(worker, permit, lambda: None))
    measuring.start()
    await asyncio.to_thread(measuring.join)


if __name__ == "__main__":
    asyncio.run(_main())
