"""Row: from an accepted mail to its claimed command, with a worker in ECS that waits for a key.

The launcher starts each task as a process of this machine, as ECS would its container; everything else is the product's. Each turn is a
person without a worker; the next one begins when the place in the pool is taken again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from hermes import ids
from hermes.app import gateway as composition
from hermes.config import loading as config
from hermes.domain.commands import Command
from hermes.domain.containers import Container, LaunchRequest, is_waiting_key, waiting_key
from hermes.launch import handover, port
from hermes.launch.port import RunningTask, TaskState, TaskStatus
from hermes.local import project
from tests import env
from tests.bench.ground import SITE
from tests.bench.passes import Passes
from tests.bench.people import People
from tests.bench.table import Figure, Figures

#: Seconds, of half of the turns.
CLAIMED_SECONDS: Final = 1.0
_TURNS: Final = 7
_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.05


class _Processes:
    """Tasks as processes of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, tuple[LaunchRequest, asyncio.subprocess.Process]] = {}

    async def run(self, request: LaunchRequest) -> str:
        task = f"process:{request.token}"
        if task not in self._running:
            told = {**port.variables(request), handover.TASK_ID: task, "HOME": str(self._folder)}
            keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "PATH": os.environ["PATH"]}
            with (self._folder / "tasks.log").open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "hermes", "worker"), env={**keys, **told}, stdout=log, stderr=log
                )
            self._running[task] = request, process
        return task

    async def describe(self, task: str) -> TaskStatus:
        known = self._running.get(task)
        runs = known is not None and known[1].returncode is None
        return TaskStatus(TaskState.RUNNING if runs else TaskState.STOPPED)

    async def stop(self, task: str, reason: str) -> None:
        known = self._running.get(task)
        if known is not None and known[1].returncode is None:
            known[1].terminate()

    async def running(self) -> list[RunningTask]:
        return [
            RunningTask(request.container_key, request.gen, task)
            for task, (request, process) in self._running.items()
            if process.returncode is None
        ]

    async def close(self) -> None:
        for task in self._running:
            await self.stop(task, "the bench is over")
        async with asyncio.timeout(_SECONDS):
            await asyncio.gather(*(process.wait() for _, process in self._running.values()))


async def measure(passes: Passes) -> Figures:
    """The median of the turns."""
    ground, found = passes.ground, []
    repository = ground.folder / "pool.git"
    await asyncio.to_thread(project.create, repository)
    given = ground.settings("pool")
    given["launcher"] = {"kind": "ecs", "ecs": {"cluster": "c", "task_definition": "t", "launch_type": "EC2"}}
    given["pool"] = {"size": 1}
    given["containers"] = {"idle_seconds": 1, "workspace": str(ground.folder / "pool")}
    given["projects"][0] |= {"repository": str(repository), "agent": {"kind": "command", "argv": ["/bin/true"]}}
    records = await ground.records(given)
    people = People(records=records, sink=ground.sink, persons=[], site=SITE)
    async with _gateway(given, records, _Processes(ground.folder)):
        for _ in range(_TURNS):
            await _until(lambda: _waits(records))
            person = f"{ids.new_id()[:12].lower()}@people.test"
            await people.ask(await people.write(person, "Change the title"))
            (command,) = await _commands(records, person)
            assert command.started_at is not None
            found.append(command.started_at - command.accepted_at)
            await _until(lambda: _alone(records))
    note = (
        f"{_TURNS} turns; best {min(found):.2f} s, worst {max(found):.2f} s; a queue hop here takes some milliseconds"
    )
    return {
        "mail accepted → command claimed, with a pool in ECS, p50, s": Figure(
            statistics.median(found), CLAIMED_SECONDS, note=note
        )
    }


@contextlib.asynccontextmanager
async def _gateway(given: dict[str, Any], records: composition.Records, tasks: _Processes) -> AsyncIterator[None]:
    seams: Any = composition  # the launcher that the configuration names
    launcher = seams.launcher
    seams.launcher = lambda config, clients, **_: tasks
    try:
        made = await composition.build(config.parse(given), records.clients, env=env.quiet())
    finally:
        seams.launcher = launcher
    stop = asyncio.Event()
    serving = asyncio.create_task(made.service.run(stop))
    try:
        yield
    finally:
        stop.set()
        await serving
        await tasks.close()


async def _waits(records: composition.Records) -> bool:
    record = await records.containers.get(waiting_key(0))
    return record is not None and record.alive


async def _alone(records: composition.Records) -> bool:
    """Whether no worker of a key is left: on this machine they share a folder."""
    every: list[Container] = await records.containers.all()
    return not any(record.alive for record in every if not is_waiting_key(record.container_key))


async def _commands(records: composition.Records, person: str) -> list[Command]:
    key = ids.container_key("acme", "site", person)
    sessions = [one for one in await records.sessions.all_mails() if one.command_id]
    found = [await records.commands.get(str(one.command_id)) for one in sessions]
    return [one for one in found if one is not None and one.container_key == key]


async def _until(there: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_SECONDS):
        while not await there():  # noqa: ASYNC110 - another process makes it so
            await asyncio.sleep(_LOOK_SECONDS)
