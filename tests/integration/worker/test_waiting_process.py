"""A worker that waits for a key, as the process that a task runs: it knows of no project, claims a key, and is that key's worker."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator

import pytest

from hermes.app.pool import waiting
from hermes.domain import wire
from hermes.domain.containers import ContainerState, LaunchRequest, waiting_key
from hermes.launch import handover, port
from tests.eventually import eventually
from tests.integration.worker.worker_bench import KEY, WRITE, Bench

pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

SLOT, TASK = waiting_key(0), "task-of-the-pool"


def told(bench: Bench) -> dict[str, str]:
    """What such a task starts with."""
    whole = bench.environ("")
    return {
        **os.environ,
        waiting.CLAIMS_QUEUE_URL: bench.aws.places.unclaimed,
        waiting.TABLE_PREFIX: whole[waiting.TABLE_PREFIX],
        waiting.REGION: whole[waiting.REGION],
        waiting.ENDPOINT_URL: whole[waiting.ENDPOINT_URL],
        waiting.POOL_VERSION: "1",
        port.KEY_VARIABLE: SLOT,
        port.GEN_VARIABLE: "1",
        handover.TASK_ID: TASK,
    }


async def launched(bench: Bench, key: str, environment: dict[str, str]) -> None:
    request = LaunchRequest(container_key=key, gen=1, token="t" * 32, environment=environment)
    await bench.aws.containers.begin_launch(None, request=request, owner="gateway", now=time.time(), lease=30)


async def stands(bench: Bench, key: str, state: ContainerState) -> bool:
    record = await bench.aws.containers.get(key)
    return record is not None and record.state is state


@contextlib.asynccontextmanager
async def waits(bench: Bench) -> AsyncIterator[Process]:
    await launched(bench, SLOT, {})
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hermes", "worker"), env=told(bench), start_new_session=True
    )
    try:
        await eventually(lambda: stands(bench, SLOT, ContainerState.READY))
        yield child
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGKILL)
            await child.wait()


async def test_it_claims_a_key_and_runs_its_commands(bench: Bench) -> None:
    async with waits(bench) as child:
        whole = bench.environ(WRITE)
        mine = {n: v for n, v in whole.items() if n.startswith("HERMES_WORKER_") and n not in told(bench)}
        given = {n: whole[n] for n in (waiting.TABLE_PREFIX, waiting.REGION, waiting.ENDPOINT_URL)}
        await launched(bench, KEY, {**mine, **given})
        command = await bench.accept()
        await bench.send(command)
        claim = wire.ClaimMessage(container_key=KEY, gen=1)
        await bench.aws.queues.send(bench.aws.places.unclaimed, claim.encode())
        result = await bench.result(command)
        async with asyncio.timeout(60):
            assert await child.wait() == 0, "it is idle after its work, and ends"
    assert (result.success, result.pushed) == (True, True)
    assert (await bench.container()).task_arn == TASK
    assert await stands(bench, SLOT, ContainerState.STOPPED)


async def test_sigterm_ends_it_while_it_waits(bench: Bench) -> None:
    async with waits(bench) as child:
        child.terminate()
        async with asyncio.timeout(60):
            assert await child.wait() == 0
    assert await stands(bench, SLOT, ContainerState.STOPPED)
