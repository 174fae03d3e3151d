"""This worker's lease of its container key: registered, renewed by heartbeats, given up in good order, or lost."""

from __future__ import annotations

import asyncio
import logging
import os

from hermes import errors, limits
from hermes.aws.records.active_jobs import ActiveJobs
from hermes.aws.records.containers import Containers
from hermes.domain.active_job import ActiveJob
from hermes.domain.env import Env
from hermes.process import descendants

_LOG = logging.getLogger(__name__)


class Lease:
    """The lease. `errors.Fenced` and `lost` tell that another task has the key now."""

    def __init__(
        self,
        *,
        containers: Containers,
        active: ActiveJobs,
        key: str,
        gen: int,
        task_id: str,
        env: Env,
        stale_seconds: float = limits.HEARTBEAT_STALE_SECONDS,
    ) -> None:
        self._containers = containers
        self._active = active
        self._key = key
        self._gen = gen
        self._task_id = task_id
        self._now = env.now
        self._clock = env.clock
        self._stale_seconds = stale_seconds
        self._written_at = env.clock()
        self.lost = asyncio.Event()
        self.dispatched_seq = 0
        """Number of commands that were dispatched when the record was last written."""
        self.done_seq = 0
        self.leaving = False
        """Whether the worker was told to end: the next heartbeats say so, and nothing more is sent to it."""
        self.drain_asked = False
        """Whether an operator asked this worker to end once it has nothing to do."""

    async def register(self) -> None:
        """Record that the worker is ready. Raises `errors.Fenced`: exit at once."""
        record = await self._containers.register_ready(
            self._key, gen=self._gen, task_arn=self._task_id, now=self._now()
        )
        self._written_at = self._clock()
        self.dispatched_seq, self.done_seq = record.dispatched_seq, record.done_seq

    async def heartbeat(self, *, busy: bool) -> None:
        """Write one heartbeat. Failures are tolerated until the record would be stale to others; then the key is lost."""
        try:
            record = await self._containers.heartbeat(
                self._key,
                gen=self._gen,
                task_arn=self._task_id,
                now=self._now(),
                busy=busy,
                done_seq=self.done_seq,
                memory_bytes=_memory_bytes(),
                leaving=self.leaving,
            )
        except errors.Fenced:
            self._lose("another task owns the key")
        except (
            errors.HermesError
        ) as error:  # also a refusal for good: an agent runs, and others say by the record when it is to end
            _LOG.warning(
                "The heartbeat could not be written.", extra={"action": "heartbeat.failed", "why": error.message}
            )
            if self._clock() - self._written_at > self._stale_seconds:
                self._lose("the heartbeat could not be written for too long")
        else:
            self._written_at = self._clock()
            self.dispatched_seq = record.dispatched_seq
            self.drain_asked = record.drain_asked == self._gen

    async def show(self, jobs: list[ActiveJob]) -> None:
        """Write in the container's record what runs here. Raises `errors.HermesError`."""
        await self._active.show(self._key, gen=self._gen, task_arn=self._task_id, jobs=jobs)

    def empty_at(self, dispatched_seq: int) -> None:
        """Note that all commands dispatched until then are done: the worker was idle and its queue empty."""
        self.done_seq = max(self.done_seq, dispatched_seq)

    async def drain(self) -> bool:
        """Take no more commands; False if the gateway has dispatched one meanwhile."""
        try:
            await self._containers.start_draining(
                self._key, gen=self._gen, task_arn=self._task_id, now=self._now(), done_seq=self.done_seq
            )
        except errors.ConditionFailed:
            return False
        except errors.Fenced:
            self._lose("another task owns the key")
        return True

    async def stopped(self) -> None:
        """Record that the worker has ended in good order. Raises `errors.Fenced`, `errors.Transient`."""
        await self._containers.stopped(self._key, gen=self._gen, task_arn=self._task_id, now=self._now())

    def _lose(self, why: str) -> None:
        if not self.lost.is_set():
            _LOG.error("This worker no longer owns its key: %s.", why, extra={"action": "worker.fenced"})
            self.lost.set()


def _memory_bytes() -> int:
    """Of this process and everything that it runs."""
    pid = os.getpid()
    return descendants.memory_bytes([pid, *(stat.pid for stat in descendants.descendants(pid))])
