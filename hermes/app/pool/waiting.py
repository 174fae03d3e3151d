"""A worker's process before it has a key: what it is told at its start, and what it becomes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from typing import Final

from hermes import errors
from hermes.app.env import system
from hermes.app.worker import task_arn
from hermes.aws import clients as aws
from hermes.aws import provision, tables
from hermes.aws.alerts.aws_time import AwsTime
from hermes.aws.queues import DeadLetters, Queues
from hermes.aws.records import containers
from hermes.aws.records.active_jobs import ActiveJobs
from hermes.aws.resource_names import ResourceNames
from hermes.domain.env import CrashPoint, no_crash
from hermes.launch import handover, port
from hermes.worker.config import PREFIX
from hermes.worker.lease import Lease
from hermes.worker.waiting import PoolWorker

CLAIMS_QUEUE_URL: Final = f"{PREFIX}CLAIMS_QUEUE_URL"
"""Set where a worker is to wait for a key."""
TABLE_PREFIX: Final = f"{PREFIX}TABLE_PREFIX"
REGION: Final = f"{PREFIX}REGION"
ENDPOINT_URL: Final = f"{PREFIX}ENDPOINT_URL"
POOL_VERSION: Final = f"{PREFIX}POOL_VERSION"
"""Of the gateway that had it started, and of its task definition: a worker of another one is replaced while it waits."""

#: What it was told as a worker that waits, and is not told any more as the worker of a key.
_OF_WAITING: Final = frozenset({CLAIMS_QUEUE_URL, TABLE_PREFIX, REGION, ENDPOINT_URL, POOL_VERSION})


async def wait(environ: Mapping[str, str], *, crash_point: CrashPoint = no_crash) -> dict[str, str] | None:
    """The environment of the worker of a key, once one is claimed; None if this process is to end. Raises `errors.HermesError`."""
    missing = [n for n in (TABLE_PREFIX, REGION, port.KEY_VARIABLE, port.GEN_VARIABLE) if not environ.get(n)]
    if missing:
        raise errors.ConfigError(f"{missing[0]} is not set; a launcher sets it")
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    aws_time = AwsTime()
    env = system(emit=lambda event: None, crash_point=crash_point, now=aws_time.now)
    task_id = environ.get(handover.TASK_ID) or await task_arn(environ, stop)
    names = ResourceNames(environ[TABLE_PREFIX])
    keys = aws.keys(
        environ, access_key=environ.get(f"{PREFIX}ACCESS_KEY"), secret_key=environ.get(f"{PREFIX}SECRET_KEY")
    )
    try:
        async with aws.connect(
            region=environ[REGION], endpoint_url=environ.get(ENDPOINT_URL), polls=1, **keys
        ) as clients:
            aws_time.listen(clients)
            aws_time.sign()
            queues = Queues(polls=clients.polls, client=clients.sqs)
            records = tables.Tables(client=clients.dynamodb)
            places = await provision.find(queues=queues, names=names)
            held = containers.Containers(tables=records, names=names)
            claimed = await PoolWorker(
                lease=Lease(
                    containers=held,
                    active=ActiveJobs(tables=records, names=names),
                    key=environ[port.KEY_VARIABLE],
                    gen=int(environ[port.GEN_VARIABLE]),
                    task_id=task_id,
                    env=env,
                ),
                containers=held,
                queues=queues,
                dead_letters=DeadLetters(queues=queues, url=places.dead, fifo_url=places.dead_fifo),
                url=environ[CLAIMS_QUEUE_URL],
                task_id=task_id,
                env=env,
            ).run(stop)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    if claimed is None or claimed.request is None:
        return None
    kept = {name: value for name, value in environ.items() if name not in _OF_WAITING}
    return {**kept, **port.variables(claimed.request), handover.TASK_ID: task_id}
