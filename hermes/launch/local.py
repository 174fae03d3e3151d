"""Workers as processes of this machine: for development, the demo and single hosts.

Every worker starts without a key, and `handover` makes it the worker of one once it is closed to others: its environment holds
nothing of a project. Some are started in advance (`pool`).
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from hermes import errors, limits
from hermes.domain.containers import LaunchRequest
from hermes.domain.env import Env
from hermes.launch import handover, processes
from hermes.launch.pool import WorkerPool
from hermes.launch.port import RunningTask, TaskState, TaskStatus
from hermes.launch.records import TaskRecord, TaskRecords
from hermes.launch.room import WORKER_BYTES, MachineRoom

#: A local worker that was asked to stop is killed after this; Fargate's longest stopTimeout.
STOP_GRACE_SECONDS: Final = 120.0
#: Looks after a SIGKILL: a process in an uninterruptible call of the kernel is left to it.
KILL_LOOKS: Final = 100
#: A stop that an earlier gateway asked for has at least this part of the grace time, though the time of day says that it is over.
_GRACE_LEAST: Final = 0.5
#: The record and the log of an ended local worker are kept this long.
TASK_RECORD_SECONDS: Final = 24 * 3600

WORKER: Final = (sys.executable, "-m", "hermes.cli.part", "hermes.cli.worker")
"""The worker's command line in this installation."""

_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_PREFIX = "local:"


class LocalLauncher:
    """Starts each worker in a new process session; unless tied, it outlives the gateway, and the next finds it by its record."""

    def __init__(
        self,
        *,
        env: Env,
        state: Path,
        environment: Mapping[str, str],
        argv: Sequence[str] = WORKER,
        secrets: Callable[[LaunchRequest], Mapping[str, str]] = lambda _: {},
        room: MachineRoom | None = None,
        stop_grace: float = STOP_GRACE_SECONDS,
    ) -> None:
        """`argv` is the worker's command line, a program that calls `handover.take`; `environment` what every worker starts with.

        `secrets` returns the variables that only the worker of a request may know. `room` limits how many workers run and
        wait beside each other.
        """
        self._argv = tuple(argv)
        self._secrets = secrets
        self._room = room or MachineRoom()
        self._starting = threading.Lock()
        self._stop_grace = stop_grace
        self._env = env
        self._records = TaskRecords(folder=state / "tasks")
        self.pool = WorkerPool(
            argv=argv,
            environment=environment,
            records=self._records,
            room=self._room,
            running=self._alive,
        )
        """Part of the gateway's service."""
        self._exits: dict[str, int] = {}
        self._kills: dict[str, asyncio.Task[None]] = {}
        self._tied = False

    def tie(self) -> None:
        """Workers that are started from now on end with this process, however it ends."""
        self._tied = True

    async def run(self, request: LaunchRequest) -> str:
        """Start a worker, or find the one that this token started before.

        Raises `errors.LaunchFailed`, `errors.Transient`; of these `errors.NoRoom` where another worker must leave first.
        """
        if not _TOKEN.match(request.token):
            raise errors.LaunchFailed(f"launch token {request.token!r} cannot be a file name")
        if shutil.which(self._argv[0]) is None:
            raise errors.LaunchFailed(f"the worker cannot be started: no program {self._argv[0]!r}")
        try:
            # In a thread, shielded: a cancelled caller must not leave a lock held or a process half started.
            task = await asyncio.shield(asyncio.to_thread(self._start, request))
        except (PermissionError, NotADirectoryError) as error:
            raise errors.LaunchFailed(f"the worker cannot be started: {error}") from error
        except OSError as error:  # no memory, no processes, disk full: may pass
            raise errors.Transient(f"the worker cannot be started now: {error}") from error
        self.pool.claimed()
        return task

    async def describe(self, task: str) -> TaskStatus:
        """The state of a task, with its exit status and last line of output if known."""
        record = self._records.read(_token(task))
        if record is None:
            return TaskStatus(TaskState.MISSING, "no record of this task")
        if _alive(record):
            return TaskStatus(TaskState.RUNNING)
        return TaskStatus(TaskState.STOPPED, self._last_words(record))

    async def stop(self, task: str, reason: str) -> None:
        """Send SIGTERM once, and SIGKILL to the worker and its descendants after the grace time."""
        record = self._records.read(_token(task))
        if record is None or not _alive(record):
            return
        if record.stop_asked_at is None:
            record = dataclasses.replace(record, stop_asked_at=self._env.now())
            self._records.write(record)
            with self._records.log(record.token).open("a", encoding="utf-8") as log:
                log.write(f"hermes: asked to stop: {reason}\n")
            processes.send(record.pid, signal.SIGTERM)
        self._see_to_the_end(record)

    async def running(self) -> list[RunningTask]:
        """The live workers of this state folder; also resumes stops that an earlier gateway began."""
        alive = []
        for record in self._records.all():
            if not _alive(record):
                if self._env.now() - record.started_at > TASK_RECORD_SECONDS:
                    self._records.remove(record.token)
                continue
            if record.stop_asked_at is not None:
                self._see_to_the_end(record)
            alive.append(RunningTask(record.container_key, record.gen, _PREFIX + record.token))
        return alive

    async def close(self, grace: float) -> None:
        """Stop every worker of this state folder and wait until all are gone; those alive after `grace` seconds are killed."""
        deadline = self._env.clock() + grace
        for task in await self.running():
            await self.stop(task.task, "Hermes is being stopped")
        while (left := [r for r in self._records.all() if _alive(r)]) and self._env.clock() < deadline:
            await self._env.sleep(limits.PROCESS_LOOK_SECONDS)
        for record in left:
            await self._kill(record)
        await self.release()

    async def release(self) -> None:
        """Leave the workers running; the next gateway finds them and resumes their stops."""
        for kill in list(self._kills.values()):
            kill.cancel()
        await asyncio.gather(*self._kills.values(), return_exceptions=True)

    def _start(self, request: LaunchRequest) -> str:
        task = _PREFIX + request.token
        with self._starting, self._records.held(request.token):
            if self._records.read(request.token):
                return task
            worker, running = self.pool.take(), self._alive()
            if why := self._room.full(running, more=WORKER_BYTES if worker is None else 0):
                if worker is not None:
                    self.pool.drop(worker)
                raise errors.NoRoom(f"there is no room for another worker on this machine: {why}")
            worker = worker or self.pool.start()
            process = worker.process
            # A thread waits for it, so that it never stays a zombie.
            waiting = functools.partial(self._wait, request.token, process)
            threading.Thread(target=waiting, name=f"wait:{request.token}", daemon=True).start()
            try:
                self._records.name_log(worker.log, request.token)
                # It has no claim before its record is written, and ends if this process does: so no worker ever runs without a record.
                self._records.write(
                    TaskRecord(
                        token=request.token,
                        container_key=request.container_key,
                        gen=request.gen,
                        pid=process.pid,
                        birth=processes.birth(process.pid) or "ended at once",
                        started_at=self._env.now(),
                    )
                )
                claim = handover.WorkerClaim(
                    request=request, task=task, secrets=self._secrets(request), tied=self._tied
                )
            except BaseException:
                worker.channel.close()
                raise
            giving = functools.partial(handover.give, worker.channel, claim)
            threading.Thread(target=giving, name=f"claim:{request.token}", daemon=True).start()
        return task

    def _alive(self) -> int:
        return sum(_alive(record) for record in self._records.all())

    def _wait(self, token: str, process: subprocess.Popen[bytes]) -> None:
        self._exits[token] = process.wait()

    def _see_to_the_end(self, record: TaskRecord) -> None:
        if record.token in self._kills:
            return
        kill = asyncio.create_task(self._kill_when_over(record), name=f"stop:{record.token}")
        self._kills[record.token] = kill
        kill.add_done_callback(lambda _: self._kills.pop(record.token, None))

    async def _kill_when_over(self, record: TaskRecord) -> None:
        # An earlier gateway may have asked; never longer than the whole grace time, and by the steady clock, since the other may be set.
        waited = max(0.0, self._env.now() - (record.stop_asked_at or self._env.now()))
        deadline = self._env.clock() + max(self._stop_grace - waited, self._stop_grace * _GRACE_LEAST)
        while _alive(record):
            if self._env.clock() >= deadline:
                await self._kill(record)
                return
            await self._env.sleep(limits.PROCESS_LOOK_SECONDS)

    async def _kill(self, record: TaskRecord) -> None:
        # What stems from it is noted first: once the worker is dead, the line of parents is broken.
        below = [(pid, processes.birth(pid)) for pid in processes.descendants(record.pid)]
        if _alive(record):
            processes.kill_group(record.pid)
        for pid, birth in below:
            if birth is not None and processes.birth(pid) == birth:
                processes.send(pid, signal.SIGKILL)
        for _ in range(KILL_LOOKS):
            if not _alive(record):
                return
            await self._env.sleep(limits.PROCESS_LOOK_SECONDS)

    def _last_words(self, record: TaskRecord) -> str:
        status = self._exits.get(record.token)
        how = (
            "ended"
            if status is None
            else f"ended with status {status}"
            if status >= 0
            else f"ended by signal {-status}"
        )
        last = self._records.last_line(self._records.log(record.token))
        return f"the worker {how}" + (f"; it last said: {last}" if last else "")


def _token(task: str) -> str:
    token = task.removeprefix(_PREFIX)
    # A task of another launcher (the configuration was changed) is missing here.
    return token if task.startswith(_PREFIX) and _TOKEN.match(token) else "-"


def _alive(record: TaskRecord) -> bool:
    return processes.birth(record.pid) == record.birth
