"""Keeps workers waiting without a key: as many as the settings say, each under a container key of its own until it claims another.

One replica does it. Two that both believe to be it start no worker twice: the records are written on the same conditions as any launch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from hermes import errors
from hermes.aws import queues
from hermes.aws.records.containers import Containers
from hermes.domain.containers import GONE, Container, is_waiting_key, waiting_key
from hermes.domain.decisions import pool_size
from hermes.domain.decisions.pool_size import PoolBounds
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.commands.container_manager import ContainerManager

T = TypeVar("T")

#: Between two looks; a claim that was taken brings the next one forward.
LOOK_SECONDS: Final = 15.0
#: Recent starts are counted this often: it reads all containers.
COUNT_SECONDS: Final = 60.0
#: The longest pause after starts of a place that failed.
FAILED_SECONDS_MOST: Final = 900.0


class PoolKeeper:
    """Starts workers that wait, and lets some go."""

    def __init__(
        self,
        *,
        containers: ContainerManager,
        records: Containers,
        environment: Mapping[str, str],
        bounds: PoolBounds,
        owns: Callable[[str], bool],
        env: Env,
    ) -> None:
        """`environment` is what such a worker starts with; one that started with another is replaced.

        `owns` tells whether this replica looks after a key.
        """
        self._containers = containers
        self._records = records
        self._environment = dict(environment)
        self._bounds = bounds
        self._owns = owns
        self._env = env
        self._wake = asyncio.Event()
        self._counted_at: float | None = None
        self._starts = 0
        self._asked: set[tuple[str, int]] = set()
        self._reach = bounds.most
        """Of the places behind this one none has a worker. At first that is not known: another gateway may have kept them all."""
        self._failed: dict[str, tuple[int, float]] = {}
        """Of a place whose worker could not be started: how often in a row, and when it is tried again."""

    def claimed(self) -> None:
        """A worker has claimed a key: another is to wait in its place."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`. Workers that wait outlive this gateway."""
        stopping = asyncio.create_task(stop.wait(), name="pool stop")
        stopping.add_done_callback(lambda _: self._wake.set())
        try:
            while not stop.is_set():
                self._wake.clear()
                if self._owns(waiting_key(0)):
                    await self._alone(self.look())
                if not stop.is_set():
                    await queues.pause(self._wake, LOOK_SECONDS * (0.75 + 0.5 * self._env.jitter()))
        finally:
            stopping.cancel()

    async def look(self) -> None:
        """One look at every place of the pool."""
        size = pool_size.wanted(self._bounds, await self._recent_starts())
        for number in range(size):
            await self._alone(self._keep(waiting_key(number)))
        left, self._reach = range(size, self._reach), size
        for number in left:
            if await self._alone(self._let_go(waiting_key(number))) is not True:
                self._reach = number + 1

    async def _keep(self, key: str) -> None:
        times, again_at = self._failed.get(key, (0, 0.0))
        if times and self._env.clock() < again_at:
            return
        try:
            record = await self._containers.keep_waiting(key, self._environment)
        except errors.LaunchFailed:
            pause = min(LOOK_SECONDS * 2.0 ** (times + 1), FAILED_SECONDS_MOST)
            self._failed[key] = (times + 1, self._env.clock() + pause)
            raise
        if record is not None and record.alive:
            self._failed.pop(key, None)
            if record.request is None or dict(record.request.environment) != self._environment:
                await self._let_go(key)  # it is of another version; one of ours follows

    async def _let_go(self, key: str) -> bool:
        """Ask the worker of a place to end; True if there is none."""
        record = await self._records.get(key)
        if record is None or record.state in GONE:
            return True
        if record.alive and (key, record.gen) not in self._asked:
            await self._records.ask_to_drain(record)
            self._asked.add((key, record.gen))
        return False

    async def _recent_starts(self) -> int:
        if self._bounds.least == self._bounds.most:
            return 0
        moment = self._env.clock()
        if self._counted_at is None or moment - self._counted_at >= COUNT_SECONDS:
            since = self._env.now() - pool_size.WINDOW_SECONDS
            self._starts = sum(_started(record, since) for record in await self._records.all())
            self._counted_at = moment
        return self._starts

    async def _alone(self, step: Awaitable[T]) -> T | None:
        """The step's result; None where it failed, which delays no other."""
        try:
            return await step
        except errors.ConditionFailed:
            return None  # another replica was first
        except errors.HermesError as error:
            self._env.emit(Event("pool.deferred", self._env.now(), f"the pool of workers: {error.message}", {}))
            return None


def _started(record: Container, since: float) -> bool:
    return not is_waiting_key(record.container_key) and record.launched_at >= since
