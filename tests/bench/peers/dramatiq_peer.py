"""dramatiq over SQS: `python dramatiq_peer.py` drives a worker of its own."""

from __future__ import annotations

import sys

import dramatiq
import watch
from botocore.config import Config
from dramatiq_sqs import SQSBroker

watch.count_requests()
dramatiq.set_broker(
    SQSBroker(
        namespace="peer",
        middleware=[],
        config=Config(max_pool_connections=50),
        endpoint_url=watch.ENDPOINT,
        region_name=watch.REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
)


@dramatiq.actor
def noop(payload: str) -> None:
    """Nothing."""
    watch.done()


if __name__ == "__main__":
    watch.drive(
        [sys.executable, "-m", "dramatiq", "dramatiq_peer", "--processes", "1", "--threads", "16"],
        lambda: noop.send(watch.PAYLOAD),
    )
