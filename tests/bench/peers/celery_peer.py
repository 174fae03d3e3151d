"""Celery over SQS: `python celery_peer.py` drives a worker of its own."""

from __future__ import annotations

import sys
import urllib.parse

import watch
from celery import Celery

watch.count_requests()
_PLACE = urllib.parse.urlsplit(watch.ENDPOINT)
_QUEUE = "peer-celery"

app = Celery("celery_peer", broker=f"sqs://test:test@{_PLACE.hostname}:{_PLACE.port}//")
app.conf.update(
    task_default_queue=_QUEUE,
    task_ignore_result=True,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_prefetch_multiplier=10,
    broker_pool_limit=32,
    broker_transport_options={
        "region": watch.REGION,
        "is_secure": False,
        "wait_time_seconds": 20,
        "polling_interval": 0,
        "predefined_queues": {_QUEUE: {"url": f"{watch.ENDPOINT}/000000000000/{_QUEUE}"}},
    },
)


@app.task(name="noop")
def noop(payload: str) -> None:
    """Nothing."""
    watch.done()


def _make_queue() -> None:
    import boto3

    boto3.client(
        "sqs",
        endpoint_url=watch.ENDPOINT,
        region_name=watch.REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    ).create_queue(QueueName=_QUEUE)


if __name__ == "__main__":
    _make_queue()
    watch.drive(
        [sys.executable, "-m", "celery", "-A", "celery_peer", "worker", "--pool", "threads", "--concurrency", "16",
         "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"],
        lambda: noop.delay(watch.PAYLOAD),
    )  # fmt: skip
