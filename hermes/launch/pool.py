"""Workers that were started in advance: they have loaded Python and their modules, know of no project, and wait for a claim.

A claim is what `handover` sends: the key, its generation and the launch request that is frozen in the container's record. A worker takes
the key by the same conditional write as any start, so a claim that was overtaken ends that worker and harms nothing. One that has
been claimed is that key's until it ends, and never comes back.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import itertools
import logging
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from hermes.launch import handover
from hermes.launch.records import TaskRecords
from hermes.launch.room import WORKER_BYTES, MachineRoom

#: A worker is started in advance this long after the last start: the one that was just claimed has its command to begin with.
REST_SECONDS: Final = 2.0
#: How often the pool looks whether a waiting worker has died, and whether there is still room for it.
LOOK_SECONDS: Final = 5.0
#: A waiting worker that ended by itself is replaced after this pause, twice as long for each further one in a row.
BROKEN_SECONDS: Final = 10.0
BROKEN_SECONDS_MOST: Final = 600.0

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWorker:
    """A worker's process that has no claim yet; it ends when `channel` is closed."""

    process: subprocess.Popen[bytes]
    channel: socket.socket
    log: Path
    """The file of its output."""


class WorkerPool:
    """Keeps as many workers waiting as the machine's room says while `run` runs; without it, each worker is started when it is taken."""

    def __init__(
        self,
        *,
        argv: Sequence[str],
        environment: Mapping[str, str],
        records: TaskRecords,
        room: MachineRoom,
        running: Callable[[], int],
    ) -> None:
        """`argv` and `environment` are those of every worker; `running` counts the workers that have a key."""
        self._argv = tuple(argv)
        self._environment = dict(environment)
        self._records = records
        self._room = room
        self._running = running
        self._waiting: collections.deque[WaitingWorker] = collections.deque()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._taken = asyncio.Event()

    @property
    def waiting(self) -> list[int]:
        """The pids of the workers that wait."""
        return [worker.process.pid for worker in self._waiting]

    @property
    def loaded(self) -> bool:
        """Whether the one that would be taken next has loaded everything."""
        with contextlib.suppress(IndexError, BlockingIOError):
            return bool(self._waiting[0].channel.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        return False

    def take(self) -> WaitingWorker | None:
        """The worker that has waited longest; None if there is none."""
        with self._lock:
            while self._waiting:
                worker = self._waiting.popleft()
                if worker.process.poll() is None:
                    return worker
                self.drop(worker)
        return None

    def start(self) -> WaitingWorker:
        """A new one. Raises OSError."""
        ours, theirs = socket.socketpair()
        log = self._records.waiting_log(next(self._numbers))
        try:
            with theirs, log.open("ab") as output:
                process = subprocess.Popen(
                    self._argv,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**self._environment, handover.SECRETS_FD: str(theirs.fileno())},
                    start_new_session=True,
                    pass_fds=[theirs.fileno()],
                )
        except BaseException:
            ours.close()
            log.unlink(missing_ok=True)
            raise
        return WaitingWorker(process=process, channel=ours, log=log)

    def claimed(self) -> None:
        """A worker was claimed: the pool is filled again a little later. Called in the event loop."""
        self._taken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Keep it full until `stop`; then those that wait end."""
        if self._room.waiting == 0:
            await stop.wait()
            return
        pause = BROKEN_SECONDS
        await asyncio.to_thread(self._records.forget_waiting_logs)
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            await self._rest(stopping)
            while not stop.is_set():
                if await asyncio.to_thread(self._bury):
                    await asyncio.wait([stopping], timeout=pause)
                    pause = min(pause * 2, BROKEN_SECONDS_MOST)
                elif not stop.is_set():
                    filled = await asyncio.to_thread(self._fill_one)
                    if not filled:
                        pause = BROKEN_SECONDS if self._waiting else pause
                        await self._rest(stopping)
        finally:
            stopping.cancel()
            await asyncio.to_thread(self.close)

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            while self._waiting:
                self.drop(self._waiting.popleft())

    async def _rest(self, stopping: asyncio.Task[bool]) -> None:
        """Until it is time to look again, and for a while after each claim."""
        seconds = LOOK_SECONDS if self._waiting else REST_SECONDS
        while True:
            self._taken.clear()
            taken = asyncio.create_task(self._taken.wait())
            try:
                await asyncio.wait([taken, stopping], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                taken.cancel()
            if not self._taken.is_set() or stopping.done():
                return
            seconds = REST_SECONDS

    def _fill_one(self) -> bool:
        """Start one more, if one is missing and there is room; give one up where there is none."""
        with self._lock:
            running = self._running()
            if self._waiting and self._room.full(running, more=0) is not None:
                self.drop(self._waiting.pop())
                return False
            if len(self._waiting) >= self._room.waiting:
                return False
            if self._room.full(running + len(self._waiting), more=WORKER_BYTES) is not None:
                return False
            with contextlib.suppress(OSError):  # no memory, no processes, disk full: may pass
                self._waiting.append(self.start())
                return True
            return False

    def _bury(self) -> bool:
        """Take out those that ended by themselves, and say so."""
        with self._lock:
            dead = [worker for worker in self._waiting if worker.process.poll() is not None]
            for worker in dead:
                self._waiting.remove(worker)
                _log.warning(
                    "A worker that waited for a key ended by itself (status %s); %s",
                    worker.process.returncode, self._records.last_line(worker.log) or "it said nothing",
                    extra={"action": "pool.ended"},
                )  # fmt: skip
                self.drop(worker)
        return bool(dead)

    def drop(self, worker: WaitingWorker) -> None:
        """End one that was taken, or is not to wait any longer."""
        worker.channel.close()
        worker.log.unlink(missing_ok=True)
        # A thread waits for it, so that it never stays a zombie.
        threading.Thread(target=worker.process.wait, name=f"wait:{os.getpid()}", daemon=True).start()
