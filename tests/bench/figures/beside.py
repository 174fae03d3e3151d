"""Rows: the bare queue path beside what others use with SQS: Celery, taskiq-aio-sqs, dramatiq-sqs, on the same emulator.

Bare: a command over a FIFO queue to a worker in another process, its result back over a standard queue; no records, no mail. The peers'
tasks end with the task: none of them brings a result back over SQS, so that way costs them nothing here.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hermes import ids
from hermes.app import gateway as composition
from hermes.aws import provision, schema
from hermes.aws.coalescing import CoalescedQueues
from hermes.aws.queues import Received
from tests.bench.passes import TRIES, NothingMeasured, Passes, more
from tests.bench.processes import child, echo
from tests.bench.table import Figure, Figures
from tests.bench.tally import Tally

PEERS = ("celery", "taskiq", "dramatiq")
FOLDER = Path(__file__).parents[1] / "peers"
_RAMP_SECONDS = 2.0
_PAYLOAD = "." * 600


@dataclasses.dataclass(frozen=True)
class Rate:
    """One of them."""

    tasks: int
    seconds: float
    requests: int

    @property
    def per_second(self) -> float:
        """Tasks."""
        return self.tasks / self.seconds

    @property
    def each(self) -> float:
        """SQS requests a task, of both sides."""
        return self.requests / self.tasks


async def measure(passes: Passes) -> Figures:
    """With as many open; the bare path before and after the others."""
    python = child.ROOT / os.environ.get("BENCH_PEERS", ".venv-peers") / "bin" / "python"
    if not python.exists():
        print(f"  (the peers are not installed in {python.parents[1].name}: `make peers` does that)")
        return {}
    given = passes.ground.settings("bare")
    records = await passes.ground.records(given)
    bare = [await _measured("bare", lambda: _bare(passes, given, records))]
    peers = {name: await _measured(name, functools.partial(_peer, passes, python, name)) for name in PEERS}
    bare.append(await _measured("bare", lambda: _bare(passes, given, records)))
    rate, each = (statistics.mean(getattr(one, of) for one in bare) for of in ("per_second", "each"))
    best = max(peer.per_second for peer in peers.values())
    least = min(peer.each for peer in peers.values())
    figures = {
        f"{name}, tasks/s with {passes.scale.open} open": Figure(
            peer.per_second, note=f"{peer.each:.2f} SQS requests a task; no result, no records"
        )
        for name, peer in peers.items()
    }
    figures["bare queue path, tasks/s"] = Figure(
        rate, best, "above", "with the result back; target: the best of the peers"
    )
    figures["bare queue path, SQS requests a task"] = Figure(each, least, "below", "target: the least of the peers")
    loads = (await passes.load())["hermes"]
    calls = sum(sum(load.calls.values()) for load in loads) / sum(load.commands for load in loads)
    figures["the same with durability and mail, commands/s"] = Figure(
        statistics.median(load.rate for load in loads),
        note=f"{calls:.1f} AWS calls a command: records, two transactions, the reply composed, sent and marked",
    )
    return figures


async def _measured(name: str, measure: Callable[[], Awaitable[Rate]]) -> Rate:
    """A measurement in which something was done; made again where a busy machine did nothing. Raises `NothingMeasured`."""
    for _ in range(TRIES):
        rate = await measure()
        if rate.tasks > 0 and rate.seconds > 0:
            return rate
    raise NothingMeasured(f"{name}, {TRIES} times")


async def _peer(passes: Passes, python: Path, name: str) -> Rate:
    scale = passes.scale
    with (passes.ground.folder / f"{name}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            str(python), f"{name}_peer.py",
            cwd=FOLDER, stdout=asyncio.subprocess.PIPE, stderr=log,
            env={
                "PATH": os.environ["PATH"], "HOME": str(passes.ground.folder), "PYTHONDONTWRITEBYTECODE": "1",
                "BENCH_ENDPOINT": passes.ground.endpoint_url, "BENCH_OPEN": str(scale.open),
                "BENCH_SECONDS": str(scale.peer_seconds),
            },
        )  # fmt: skip
    said, _ = await process.communicate()
    if not said:
        raise RuntimeError(f"{name} measured nothing: {Path(log.name).read_text(encoding='utf-8')[-2000:]}")
    return Rate(**json.loads(said))


async def _bare(passes: Passes, given: dict[str, Any], records: composition.Records) -> Rate:
    scale, places, name = passes.scale, records.places, f"bare-{ids.new_id()[:6]}"
    wanted = {
        "input": (f"{name}-input.fifo", schema.fifo(schema.queue(dead_arn=places.dead_fifo_arn))),
        "output": (f"{name}-output", schema.queue(dead_arn=places.dead_arn)),
    }
    urls = {
        what: (await provision.ensure_queue(records.queues, queue, attributes))[0]
        for what, (queue, attributes) in wanted.items()
    }
    tally = Tally()
    tally.over(records.clients)
    queues = CoalescedQueues(polls=records.clients.polls, client=records.clients.sqs)
    waiting: dict[str, asyncio.Future[None]] = {}
    stop, tasks = asyncio.Event(), 0

    async def came(received: Received) -> None:
        nonlocal tasks
        tasks += 1
        waiting.pop(json.loads(received.body)["id"]).set_result(None)
        await queues.delete(urls["output"], [received.receipt])

    async def lane(group: str) -> None:
        while not stop.is_set():
            task = ids.new_id()
            waiting[task] = asyncio.get_running_loop().create_future()
            body = json.dumps({"id": task, "payload": _PAYLOAD})
            await queues.send(urls["input"], body, group=group, deduplication=task)
            await waiting[task]

    async with child.start("echo", passes.ground.folder / "echo.log", config=given, **urls) as far:
        taking = asyncio.create_task(echo.take(queues, urls["output"], came))
        lanes = [asyncio.create_task(lane(f"lane-{number}")) for number in range(scale.open)]
        await asyncio.sleep(_RAMP_SECONDS)
        began, before, theirs, so_far = time.monotonic(), tally.told()["calls"], await far.ask(), tasks
        await asyncio.sleep(scale.peer_seconds)
        seconds, done = time.monotonic() - began, tasks - so_far
        requests = more(tally.told()["calls"], before), more((await far.ask())["calls"], theirs["calls"])
        stop.set()
        async with asyncio.timeout(60):
            await asyncio.gather(*lanes)
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
    return Rate(done, seconds, sum(sum(calls.values()) for calls in requests))
