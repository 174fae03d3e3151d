"""Twenty workers in one process: the real services with records, queues, heartbeats and journals; only the agent, and so git, does nothing.

Worker processes of their own would need the machine for themselves. The gateway starts its workers here over a Unix socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import types
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from hermes import limits
from hermes.agents.port import Progress
from hermes.app import worker
from hermes.aws.clients import Clients
from hermes.domain import wire
from hermes.domain.containers import LaunchRequest
from hermes.execution import ExecutionState
from hermes.launch.port import RunningTask, TaskState, TaskStatus
from hermes.worker.config import WorkerConfig
from hermes.worker.service import WorkerTimes
from tests.env import quiet

#: What a command with this word in it waits for: its interrupt, or so many seconds.
SLOWLY, SLOW_SECONDS = "slowly", 2.0


class Idler:
    """In the place of the worker's `Runner`: notes that it ran, and says that the commit which stands is what it made."""

    def __init__(self, *, runs: Path, commit: str) -> None:
        self._runs = runs
        self._commit = commit

    async def run(
        self,
        command: wire.CommandMessage,
        *,
        state: ExecutionState,
        progress: Progress,
        fenced: Callable[[], bool] = lambda: False,
    ) -> wire.ResultMessage:
        with self._runs.open("a", encoding="utf-8") as runs:
            runs.write(f"{command.command_id}\n")
        if SLOWLY in command.instruction:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SLOW_SECONDS):
                    await state.wait_interrupted()
        stopped = state.interrupt_signal
        return wire.ResultMessage(
            command_id=command.command_id,
            attempt=command.attempt,
            nonce=command.nonce,
            success=stopped is None,
            summary="Nothing was to be done, and it is done.",
            files_changed=("index.html",),
            git_commit=self._commit,
            branch="main",
            pushed=True,
            interrupted=stopped is not None,
            interrupt_reason=stopped.reason if stopped else None,
            interrupted_by=stopped.triggered_by if stopped else None,
        )

    async def salvage(self, command: wire.CommandMessage) -> wire.ResultMessage:
        raise AssertionError(f"a worker of the load was cut short: {command.command_id}")


@dataclasses.dataclass
class _Member:
    request: LaunchRequest
    stop: asyncio.Event
    life: asyncio.Task[int]


class Crew:
    """Starts workers when it is asked to; the other side of `CrewLauncher`."""

    def __init__(self, *, runs: Path, commit: str, clients: Clients) -> None:
        self._idler = Idler(runs=runs, commit=commit)
        self._clients = clients
        self._members: dict[str, _Member] = {}

    @contextlib.asynccontextmanager
    async def serving(self, path: Path) -> AsyncIterator[None]:
        """On a Unix socket; at the end every worker stops in order."""
        seams: Any = worker
        before = seams.runner, seams.aws
        seams.runner = lambda *_: self._idler
        # Twenty sets of clients would take this process a while to make, and tell nothing of the gateway.
        own = {"connect": lambda **_: contextlib.nullcontext(self._clients)}
        seams.aws = types.SimpleNamespace(**{**vars(before[1]), **own})
        server = await asyncio.start_unix_server(self._answer, path)
        try:
            yield
        finally:
            server.close()
            for member in self._members.values():
                member.stop.set()
            await asyncio.gather(*(member.life for member in self._members.values()), return_exceptions=True)
            seams.runner, seams.aws = before

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            order = json.loads(await reader.readline())
            writer.write(json.dumps(self._do(order)).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _do(self, order: dict[str, Any]) -> dict[str, Any]:
        match order["do"]:
            case "run":
                return {"task": self._run(LaunchRequest.model_validate(order["request"]))}
            case "describe":
                return {"state": self._state(order["task"]).value}
            case "stop":
                if self._state(order["task"]) is TaskState.RUNNING:
                    self._members[order["task"]].stop.set()
                return {}
            case _:
                living = [(m.request, task) for task, m in self._members.items() if not m.life.done()]
                return {"tasks": [[request.container_key, request.gen, task] for request, task in living]}

    def _run(self, request: LaunchRequest) -> str:
        task = f"crew:{request.token}"
        if task not in self._members:
            stop = asyncio.Event()
            given = {**request.environment, "HERMES_WORKER_TASK_ID": task}
            # A long poll ends at once when a message comes; the shorter one is how long a stop waits.
            times = WorkerTimes(idle=limits.IDLE_SECONDS, input_poll=2, interrupt_poll=2)
            life = asyncio.create_task(worker.serve(WorkerConfig.read(given), given, stop, quiet(), times), name=task)
            life.add_done_callback(_say_if_broken)
            self._members[task] = _Member(request, stop, life)
        return task

    def _state(self, task: str) -> TaskState:
        if task not in self._members:
            return TaskState.MISSING
        return TaskState.STOPPED if self._members[task].life.done() else TaskState.RUNNING


def _say_if_broken(life: asyncio.Task[int]) -> None:
    if not life.cancelled() and (error := life.exception()) is not None:
        print(f"a worker of the crew ended: {error!r}", flush=True)


class CrewLauncher:
    """Keeps the contract of `launch.port.Launcher` with the workers of a crew."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def run(self, request: LaunchRequest) -> str:
        return str((await self._ask(do="run", request=request.model_dump(mode="json")))["task"])

    async def describe(self, task: str) -> TaskStatus:
        return TaskStatus(TaskState((await self._ask(do="describe", task=task))["state"]))

    async def stop(self, task: str, reason: str) -> None:
        await self._ask(do="stop", task=task)

    async def running(self) -> list[RunningTask]:
        return [RunningTask(*row) for row in (await self._ask(do="running"))["tasks"]]

    async def _ask(self, **order: Any) -> dict[str, Any]:
        reader, writer = await asyncio.open_unix_connection(self._path)
        try:
            writer.write(json.dumps(order).encode() + b"\n")
            answer: dict[str, Any] = json.loads(await reader.readline())
            return answer
        finally:
            writer.close()
