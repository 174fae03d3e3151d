"""A process that has imported everything and forks gateways and workers on request, so that each costs milliseconds and dies for real.

It listens on a Unix socket; one JSON object a connection. A gateway's connection stays open for as long as it lives: its first line says
where it takes mail, a second one at which point it is about to die, and the end of the stream that it is dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from aiobotocore import session

from hermes.app import gateway as composition
from hermes.app import ingress, worker
from hermes.aws import clients, side_queue
from hermes.config import loading as config
from hermes.domain.containers import LaunchRequest
from hermes.domain.events import Event
from hermes.launch.port import Launcher, RunningTask, TaskState, TaskStatus
from hermes.worker.service import WorkerTimes
from tests import env, warm
from tests.faults import haste, storm

#: What a stop of an agent may take here: the agents of these tests keep nothing to themselves.
STOP_SCHEDULE = '{"interrupt": 0.1, "term": 0.3, "kill": 0.6}'


class Doomed:
    """Ends the process with SIGKILL at the n-th visit of a point: nothing is closed, flushed or said by the code under test."""

    def __init__(self, point: str, visit: int, last_words: Callable[[bytes], object]) -> None:
        self._point = point
        self._left = visit
        self._last_words = last_words

    def __call__(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                self._last_words(json.dumps({"point": point}).encode() + b"\n")
                os.kill(os.getpid(), signal.SIGKILL)


class Marked:
    """The same for a worker, which may be marked at any time: by a file that names a point for it and for its successors, one a line."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __call__(self, point: str) -> None:
        first, *others = read_mark(self._mark) or ("",)
        if first == point:
            write_mark(self._mark, others)
            os.kill(os.getpid(), signal.SIGKILL)


class NurseryLauncher:
    """Keeps the contract of `launch.port.Launcher` with workers that the nursery forks."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def run(self, request: LaunchRequest) -> str:
        answer = await self._ask(do="worker", request=request.model_dump(mode="json"))
        return str(answer["task"])

    async def describe(self, task: str) -> TaskStatus:
        answer = await self._ask(do="describe", task=task)
        return TaskStatus(TaskState(answer["state"]))

    async def stop(self, task: str, reason: str) -> None:
        await self._ask(do="stop", task=task)

    async def running(self) -> list[RunningTask]:
        answer = await self._ask(do="running")
        return [RunningTask(*row) for row in answer["tasks"]]

    async def _ask(self, **order: Any) -> dict[str, Any]:
        return await ask(self._path, **order)


async def ask(path: str, **order: Any) -> dict[str, Any]:
    """The nursery's answer to an order."""
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(json.dumps(order).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
        return answer
    finally:
        writer.close()


class Nursery:
    """Forks, counts and reaps."""

    def __init__(self, path: str, marks: Path) -> None:
        self._path = path
        self._marks = marks
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._pids: dict[int, str] = {}
        self._tasks: dict[str, tuple[str, int, int]] = {}
        """Task → container key, generation, pid."""
        self._codes: dict[str, int] = {}
        """Task → exit status, once it has ended."""
        self._frozen: set[str] = set()

    def serve(self) -> None:
        """Until the standard input ends: then every child is killed."""
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            ready, _, _ = select.select([self._listener, sys.stdin], [], [], 0.2)
            self._reap()
            if sys.stdin in ready:
                break
            if self._listener in ready:
                connection, _ = self._listener.accept()
                # Whoever asked may be dead before it hears the answer.
                with connection, contextlib.suppress(ConnectionError, json.JSONDecodeError):
                    with connection.makefile("rb") as lines:
                        order = json.loads(lines.readline())
                    answer = self._do(order, connection)
                    if answer is not None:
                        connection.sendall(json.dumps(answer).encode() + b"\n")
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)

    def _do(self, order: dict[str, Any], connection: socket.socket) -> dict[str, Any] | None:
        match order["do"]:
            case "gateway":
                self._fork(functools.partial(self._gateway, order, connection), "gateway")
                return None  # the child answers
            case "pipe":
                self._fork(functools.partial(self._pipe, order, connection), "pipe")
                return None
            case "worker":
                request = LaunchRequest.model_validate(order["request"])
                task = f"nursery:{request.token}"
                if task not in self._tasks:
                    pid = self._fork(functools.partial(self._worker, request, task, connection), task)
                    self._tasks[task] = (request.container_key, request.gen, pid)
                return {"task": task}
            case "describe":
                return {"state": self._state(order["task"])}
            case "freeze":
                self._frozen.add(order["task"])
                os.kill(self._tasks[order["task"]][2], signal.SIGSTOP)
                return {}
            case "thaw":
                os.kill(self._tasks[order["task"]][2], signal.SIGCONT)
                return {}
            case "code":
                return {"code": self._codes.get(order["task"])}
            case "stop":
                # One that was frozen is on a machine that nobody reaches: only its fence ends it.
                if self._state(order["task"]) is TaskState.RUNNING and order["task"] not in self._frozen:
                    os.kill(self._tasks[order["task"]][2], signal.SIGTERM)
                return {}
            case _:
                living = set(self._pids.values())
                return {"tasks": [[key, gen, task] for task, (key, gen, _) in self._tasks.items() if task in living]}

    def _state(self, task: str) -> TaskState:
        if task not in self._tasks:
            return TaskState.MISSING
        return TaskState.RUNNING if self._tasks[task][2] in self._pids else TaskState.STOPPED

    def _reap(self) -> None:
        while self._pids:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._codes[self._pids.pop(pid, "")] = os.waitstatus_to_exitcode(status)

    def _fork(self, life: Callable[[], Awaitable[int | None]], name: str) -> int:
        pid = os.fork()
        if pid:
            self._pids[pid] = name
            return pid
        code = 1
        try:
            self._listener.close()
            os.setsid()
            clients.connect = storm.under(clients.connect, self._marks / "storm")
            code = asyncio.run(life()) or 0  # type: ignore[arg-type]
        except BaseException:
            traceback.print_exc()
        os._exit(code)

    async def _gateway(self, order: dict[str, Any], connection: socket.socket) -> None:
        with (self._marks / "events.log").open("a", encoding="utf-8") as log:

            def emit(event: Event) -> None:
                log.write(f"{event.at:.3f} {os.getpid()} {event.name} {event.text} {dict(event.facts)}\n")
                log.flush()

            point, visit = order["die"]
            die = Doomed(point, visit, connection.sendall)
            composition.launcher = lambda config, clients, **_: self._launcher()
            async with composition.gateway(
                config.parse(order["config"]), env=env.quiet(emit=emit, crash_point=die)
            ) as gateway:
                started = asyncio.Event()
                serving = asyncio.create_task(gateway.service.run(asyncio.Event(), started=started))
                await started.wait()
                assert gateway.smtp is not None
                ports = {"port": gateway.smtp.port, "http": gateway.http.port if gateway.http else 0}
                connection.sendall(json.dumps({"pid": os.getpid(), **ports}).encode() + b"\n")
                await serving

    async def _pipe(self, order: dict[str, Any], connection: socket.socket) -> None:
        """What `hermes ingest` does; nothing is said if it dies."""
        conf = config.parse(order["config"])
        point, visit = order["die"]
        die = Doomed(point, visit, lambda words: None)
        async with composition.connect(conf, polls=1) as made:
            taking = ingress.pipe(conf, await composition.records(conf, made), env=env.quiet(crash_point=die))
            raw = io.BytesIO(order["raw"].encode("ascii"))
            code, _ = await taking.take(raw, recipients=[order["recipient"]], sender=order["sender"])
        connection.sendall(json.dumps({"code": code}).encode() + b"\n")

    def _launcher(self) -> Launcher:
        return NurseryLauncher(self._path)

    async def _worker(self, request: LaunchRequest, task: str, connection: socket.socket) -> int:
        connection.close()
        own = {"HERMES_WORKER_TASK_ID": task, "HERMES_WORKER_STOP_SCHEDULE": STOP_SCHEDULE}
        os.environ |= {**request.environment, **own}
        idle = float(request.environment["HERMES_WORKER_IDLE_SECONDS"])
        times = WorkerTimes(idle=idle, heartbeat=1.0, input_poll=1, interrupt_poll=1)
        return await worker.main(os.environ, times=times, crash_point=Marked(mark(self._marks, request.container_key)))


def mark(folder: Path, key: str) -> Path:
    """The file that marks a container's workers."""
    return folder / key.replace("#", "-")


def read_mark(mark: Path) -> list[str]:
    """The points at which workers are still to die."""
    try:
        return mark.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []


def write_mark(mark: Path, points: Sequence[str]) -> None:
    """Say so; without a point there is no file."""
    if not points:
        mark.unlink()
        return
    new = mark.with_suffix(".new")
    new.write_text("\n".join(points), encoding="utf-8")
    new.replace(mark)


def remember_clients() -> None:
    """A client that was made (not opened) before a fork is the child's as well: making a set costs 30 ms, opening it nothing."""
    creator: Any = session.AioSession
    make, made = creator._create_client, {}

    async def remembered(self: Any, service: str, **given: Any) -> Any:
        asked = (service, *sorted((k, str(v)) for k, v in given.items() if k != "config"))
        key = (*asked, str(given["config"]._user_provided_options))
        if key not in made:
            made[key] = await make(self, service, **given)
        return made[key]

    creator._create_client = remembered


async def make_clients(given: dict[str, Any]) -> None:
    """Those that a gateway asks for, and those of a worker, whose credentials stand in its environment."""
    async with clients.connect(**given):
        pass
    async with clients.connect(polls=2, region=given["region"], endpoint_url=given["endpoint_url"]):
        pass


def main() -> None:
    """Serve on the socket that is the first argument, with the marks in the folder that is the second and AWS as the third says."""
    warm.read_files_once()
    vars(side_queue)["SIDE_QUEUE_VISIBILITY_SECONDS"] = haste.SIDE_QUEUE_SECONDS
    remember_clients()
    asyncio.run(make_clients(json.loads(sys.argv[3])))
    for name in ("uvicorn.protocols.http.auto", "uvicorn.lifespan.off"):  # read when the first server starts
        importlib.import_module(name)
    gc.freeze()
    Nursery(sys.argv[1], Path(sys.argv[2])).serve()
