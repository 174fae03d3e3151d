"""Rows: how late a gateway reads the answers of 100, 300 and 1,000 busy containers, and what its polls cost.

The poller and the clients are the product's. The queues are a stub in a process of its own, since an emulator looks ten times a second for
each open poll. Each container says something now and then, as a worker within a step does, and at last gives its answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from hermes.aws import clients
from hermes.aws.coalescing import CoalescedQueues
from hermes.config.sections import GatewaySettings
from hermes.gateway.results.output_poller import OutputPoller, Polls
from hermes.process import open_files
from hermes.worker import reporter
from tests import env
from tests.bench.passes import Passes
from tests.bench.table import Figure, Figures, share

CONTAINERS: Final = (100, 300, 1000)
#: Seconds from the send of an answer to its being read, of 99 in 100.
LATE_SECONDS: Final = 2.0
#: How long the containers are busy.
_SECONDS: Final = 20.0
_ROOT: Final = Path(__file__).parents[3]


class _Expected:
    """The containers whose answers are pending."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = dict.fromkeys(keys)
        self._listener: Any = None
        self.all_came = asyncio.Event()

    def each_key(self, listener: Any) -> None:
        self._listener = listener

    def begin(self) -> None:
        for key in self._keys:
            self._listener(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def owns(self, key: str) -> bool:
        return True

    def settled(self, key: str) -> None:
        self._keys.pop(key, None)
        if not self._keys:
            self.all_came.set()


async def measure(passes: Passes) -> Figures:
    """A row for each number of containers."""
    figures: Figures = {}
    for count in CONTAINERS:
        figures |= await _busy(count)
    return figures


async def _busy(count: int) -> Figures:
    polls = GatewaySettings().polls
    open_files.allow(4 * polls)
    async with (
        _stub() as url,
        clients.connect(region="eu-central-1", endpoint_url=url, access_key="a", secret_key="s", polls=polls) as made,
        clients.connect(region="eu-central-1", endpoint_url=url, access_key="a", secret_key="s") as workers,
    ):
        expected, late, cut = _Expected([f"{url}/output-{number}" for number in range(count)]), list[float](), [0]
        queues = CoalescedQueues(polls=made.polls, client=made.sqs)

        async def receive(url: str, **asked: Any) -> Any:
            try:
                return await CoalescedQueues.receive(queues, url, **asked)
            except asyncio.CancelledError:
                cut[0] += 1
                raise

        async def answer(key: str, body: str) -> None:
            kind, _, sent_at = body.partition(" ")
            if kind == "result":
                late.append(time.monotonic() - float(sent_at))
                expected.settled(key)

        async def same(key: str) -> str:
            return key

        nothing: Any = None
        poller = OutputPoller(
            stores=SimpleNamespace(queues=SimpleNamespace(receive=receive, delete=queues.delete)),  # type: ignore[arg-type]
            output_url=same,
            answer=answer,
            unreadable=nothing,
            polls=Polls(seconds=20, most=polls),
            parking=nothing,
            pending=expected,  # type: ignore[arg-type]
            env=env.quiet(),
        )
        expected.begin()
        before = _processor()
        await asyncio.gather(*(_container(workers.sqs, key) for key in expected))
        spent = _processor() - before
        async with asyncio.timeout(60):
            await expected.all_came.wait()
        await poller.close()
    note = f"p50 {share(late, 0.5):.2f} s; {len(late)} answers; {spent / _SECONDS:.0%} of a core, the containers' sends included"
    rows = {f"answers of {count} busy containers read, p99, s": Figure(share(late, 0.99), LATE_SECONDS, note=note)}
    return rows | {f"receives cut off with {count} busy containers": Figure(cut[0], 0)}


async def _container(client: Any, key: str) -> None:
    """Says something now and then, and gives its answer at some time."""
    ends = random.uniform(0.2, 1.0) * _SECONDS
    passed = random.uniform(0, reporter.PROGRESS_SECONDS)
    await asyncio.sleep(min(passed, ends))
    while passed < ends:
        await client.send_message(QueueUrl=key, MessageBody=f"progress {time.monotonic()} {random.random()}")
        pause = min(reporter.PROGRESS_SECONDS, ends - passed)
        passed += pause
        await asyncio.sleep(pause)
    await client.send_message(QueueUrl=key, MessageBody=f"result {time.monotonic()}")


def _processor() -> float:
    used = os.times()
    return used.user + used.system


@contextlib.asynccontextmanager
async def _stub() -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.processes.queue_stub"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        async with asyncio.timeout(60):
            port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stdin.close()
        async with asyncio.timeout(60):
            await process.wait()
