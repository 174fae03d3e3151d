"""A gateway and a real worker in one process, each with a tally over its clients: what they ask AWS while nothing happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from typing import Any

from hermes.app import gateway as composition
from hermes.app import worker
from hermes.aws import clients
from hermes.config import loading as config
from hermes.domain.containers import LaunchRequest
from hermes.launch.port import RunningTask, TaskState, TaskStatus
from tests import env
from tests.bench.processes import child
from tests.bench.tally import Tally


class _Beside:
    """Keeps the contract of `launch.port.Launcher` with a worker that runs beside the gateway."""

    def __init__(self, tally: Tally, environment: dict[str, str]) -> None:
        self._tally = tally
        self._environment = environment
        self._request: LaunchRequest | None = None
        self.living: asyncio.Task[int] | None = None

    async def run(self, request: LaunchRequest) -> str:
        if self._request is None:
            self._request = request
            connect = clients.connect

            @contextlib.asynccontextmanager
            async def counted(**given: Any) -> AsyncIterator[clients.Clients]:
                async with connect(**given) as made:
                    self._tally.over(made)
                    yield made

            # The worker makes its clients once, at its start; the gateway has made its own.
            clients.connect = counted
            os.environ |= {**self._environment, **request.environment, "HERMES_WORKER_TASK_ID": "beside"}
            self.living = asyncio.create_task(worker.main(os.environ), name="worker")
        return "beside"

    async def describe(self, task: str) -> TaskStatus:
        return TaskStatus(TaskState.RUNNING)

    async def stop(self, task: str, reason: str) -> None:
        signal.raise_signal(signal.SIGTERM)

    async def running(self) -> list[RunningTask]:
        return [RunningTask(self._request.container_key, self._request.gen, "beside")] if self._request else []


@contextlib.asynccontextmanager
async def life(settings: dict[str, Any]) -> AsyncIterator[child.Handle]:
    """From start to stop."""
    conf, gateways, workers = config.parse(settings["config"]), Tally(), Tally()
    keys = {"AWS_ACCESS_KEY_ID": conf.aws.access_key or "", "AWS_SECRET_ACCESS_KEY": conf.aws.secret_key or ""}
    launcher = _Beside(workers, keys)
    composition.launcher = lambda config, clients, **_: launcher

    async def handle(order: dict[str, Any]) -> dict[str, Any]:
        return {"at": time.monotonic(), "gateway": gateways.told()["calls"], "worker": workers.told()["calls"]}

    async with composition.gateway(conf, env=env.quiet()) as gateway:
        gateways.over(gateway.records.clients)
        started = asyncio.Event()
        serving = asyncio.create_task(gateway.service.run(asyncio.Event(), started=started))
        await started.wait()
        try:
            yield handle
        finally:
            serving.cancel()
            child.leave()


if __name__ == "__main__":
    child.run(life)
