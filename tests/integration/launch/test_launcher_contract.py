"""What every launcher must do, over both that ship (processes of this machine, and ECS as moto has it) and the fake."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hermes import ids
from hermes.aws import clients
from hermes.aws.tasks import EcsTasks
from hermes.config import loading as config
from hermes.domain.containers import LaunchRequest
from hermes.launch.ecs import EcsLauncher
from hermes.launch.fake import FakeLauncher
from hermes.launch.local import LocalLauncher
from hermes.launch.port import Launcher, RunningTask, TaskState
from tests import env
from tests.eventually import eventually
from tests.integration import stand


@pytest.fixture(params=["local", "ecs", "fake"])
async def launcher(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Launcher]:
    if request.param == "fake":
        yield FakeLauncher()
        return
    if request.param == "local":
        program = "import time; time.sleep(60)"
        local = LocalLauncher(
            env=env.quiet(),
            state=tmp_path,
            argv=[sys.executable, "-c", program],
            environment={"PATH": os.environ["PATH"]},
        )
        yield local
        await local.close(5.0)
        return
    moto: stand.Endpoint = request.getfixturevalue("moto")
    async with clients.connect(
        region=stand.REGION,
        endpoint_url=moto.url,
        access_key=stand.ACCESS_KEY,
        secret_key=stand.SECRET_KEY,
        ecs=True,
    ) as made:
        name = f"hermes-{ids.new_id()[:8]}"
        await made.ecs.create_cluster(clusterName=name)
        await made.ecs.register_task_definition(
            family=name, containerDefinitions=[{"name": "worker", "image": "hermes", "memory": 256, "cpu": 10}]
        )
        settings = config.Ecs(cluster=name, task_definition=f"{name}:1", subnets=("subnet-1",))
        yield EcsLauncher(env=env.quiet(), tasks=EcsTasks(client=made.ecs), settings=settings, prefix="hermes")


def request_of(gen: int) -> LaunchRequest:
    return LaunchRequest(
        container_key="acme#site#anna-3k5zq2ab", gen=gen, token=ids.new_id(), environment={"HERMES_WORKER_X": "1"}
    )


async def test_a_task_runs_until_it_is_stopped_and_says_whose_it_is(launcher: Launcher) -> None:
    one, two = request_of(1), request_of(2)

    first, second = await launcher.run(one), await launcher.run(two)

    assert first != second
    assert (await launcher.describe(first)).state is TaskState.RUNNING
    assert sorted(await launcher.running(), key=lambda task: task.gen) == [
        RunningTask(one.container_key, 1, first),
        RunningTask(two.container_key, 2, second),
    ]

    await launcher.stop(first, "the test wants it")

    async def stopped() -> bool:
        return (await launcher.describe(first)).state is TaskState.STOPPED

    assert await eventually(stopped)
    assert first not in [task.task for task in await launcher.running()]


async def test_stopping_again_and_stopping_the_unknown_is_fine(launcher: Launcher) -> None:
    task = await launcher.run(request_of(1))

    for _ in range(3):
        await launcher.stop(task, "again")
    await launcher.stop("of-another-launcher", "unknown")

    assert (await launcher.describe("of-another-launcher")).state is TaskState.MISSING
