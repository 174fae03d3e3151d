"""A worker that waits without a key: it reads claims, and takes the first generation that is still to be had.

A claim names a key and its generation; what the worker is to start with is read from the record that it has then taken by the same
conditional write as any start. A claim that was overtaken (the generation has a task, or is over) is dropped. A process that dies after
the write leaves a record whose heartbeat is soon stale, like any worker that dies.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from hermes import errors
from hermes.aws.queues import DeadLetters, Queues, Received
from hermes.aws.records.containers import Containers
from hermes.domain import wire
from hermes.domain.containers import Container
from hermes.domain.env import Env
from hermes.worker.lease import Lease

#: Length of a poll of the queue of claims: a stop waits for it.
CLAIM_POLL_SECONDS: Final = 10
#: Interval of heartbeats while it waits.
HEARTBEAT_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 1.0

_LOG = logging.getLogger(__name__)


class PoolWorker:
    """Waits under a key of the pool until it has claimed another."""

    def __init__(
        self,
        *,
        lease: Lease,
        containers: Containers,
        queues: Queues,
        dead_letters: DeadLetters,
        url: str,
        task_id: str,
        env: Env,
    ) -> None:
        """`lease` is that of its place in the pool; `url` is the queue of claims."""
        self._lease = lease
        self._containers = containers
        self._queues = queues
        self._dead_letters = dead_letters
        self._url = url
        self._task_id = task_id
        self._env = env

    async def run(self, stop: asyncio.Event) -> Container | None:
        """The record of the key that it claimed; None if it is to end. Raises `errors.Transient` if it cannot register."""
        try:
            await self._lease.register()
        except errors.Fenced as error:
            _LOG.error("Not registered: %s.", error.message, extra={"action": "worker.fenced"})
            return None
        _LOG.info("The worker waits for a key.", extra={"action": "worker.waits_for_key"})
        beating = asyncio.create_task(self._keep_beating(), name="heartbeat")
        try:
            claimed = await self._claim(stop)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
        if not self._lease.lost.is_set():
            try:
                await self._lease.stopped()
            except errors.HermesError as error:  # its place is found without a heartbeat
                _LOG.warning("The end could not be recorded.", extra={"action": "worker.stopped", "why": error.message})
        return claimed

    async def _claim(self, stop: asyncio.Event) -> Container | None:
        while not (stop.is_set() or self._lease.lost.is_set() or self._lease.drain_asked):
            try:
                batch = await self._queues.receive(self._url, most=1, wait_seconds=CLAIM_POLL_SECONDS)
                for received in batch:
                    if (claimed := await self._take(received, stop)) is not None:
                        return claimed
            except errors.HermesError as error:
                _LOG.warning("Claims could not be read.", extra={"action": "claims.failed", "why": error.message})
                await self._env.sleep(_PAUSE_SECONDS)
        return None

    async def _take(self, received: Received, stop: asyncio.Event) -> Container | None:
        """Take the generation that a claim names; None if it is not to be had."""
        try:
            claim = wire.read_claim(received.body)
        except errors.Unreadable as error:
            await self._dead_letters.park(self._url, received, error.message)
            return None
        if stop.is_set() or self._lease.lost.is_set():
            await self._queues.change_visibility(self._url, [(received.receipt, 0)])
            return None
        try:
            record: Container | None = await self._containers.register_ready(
                claim.container_key, gen=claim.gen, task_arn=self._task_id, now=self._env.now()
            )
        except errors.Fenced:
            record = None
            _LOG.info("A claim was overtaken.", extra={"action": "claim.dropped", "container_key": claim.container_key})
        except errors.Transient:
            await self._queues.change_visibility(self._url, [(received.receipt, 0)])  # for another
            raise
        self._env.crash_point("claim.taken")
        try:
            await self._queues.delete(self._url, [received.receipt])
        except errors.HermesError as error:  # whoever reads it again drops it
            _LOG.warning("A claim was not deleted.", extra={"action": "claims.failed", "why": error.message})
        return record

    async def _keep_beating(self) -> None:
        while not self._lease.lost.is_set():
            await self._env.sleep(HEARTBEAT_SECONDS)
            await self._lease.heartbeat(busy=False)
