"""QueueSweeper: deletes queue sets that nobody used for long, and queues that belong to no set.

The row goes first, on the condition that nobody used the set meanwhile; a process that dies after that leaves queues without a row, which
the next sweep finds. Whoever still knows the set is told by SQS that it is gone, and makes it again.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Sequence
from typing import Final

from hermes import errors
from hermes.aws import queues
from hermes.aws.provision import QueueUrls
from hermes.aws.records.stores import Stores
from hermes.aws.resource_names import ResourceNames
from hermes.domain.containers import GONE, QueueSet
from hermes.domain.env import Env
from hermes.domain.events import Event

#: Between two sweeps of a gateway. A scan of a hundred thousand sets costs a few cents.
SWEEP_SECONDS: Final = 6 * 3600.0
DAY_SECONDS: Final = 86400.0
#: A queue without a row may be one that is being made.
ORPHAN_SECONDS: Final = 86400.0
#: Sets that are looked at beside each other.
AT_ONCE: Final = 8

_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StandingSet:
    """A queue set, and what is in it."""

    queues: QueueSet
    messages: int
    idle_seconds: float
    to_go: bool
    """Whether a sweep deletes it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one sweep deleted, and what it left."""

    keys: tuple[str, ...] = ()
    """Keys whose queues were deleted."""
    orphans: tuple[str, ...] = ()
    """Names of deleted queues that belonged to no set."""
    left: tuple[str, ...] = ()
    """Names of queues that belong to no set and hold messages."""


class QueueSweeper:
    """A part of the gateway's service; `hermes queues` uses it too."""

    def __init__(self, *, stores: Stores, names: ResourceNames, places: QueueUrls, idle_days: float, env: Env) -> None:
        self._queues = stores.queues
        self._containers = stores.containers
        self._names = names
        self._places = places
        self._idle_seconds = idle_days * DAY_SECONDS
        self._env = env

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until `stop`, each replica at its own times."""
        if not self._idle_seconds:
            await stop.wait()
            return
        while not await queues.pause(stop, SWEEP_SECONDS * (0.5 + self._env.jitter())):
            try:
                await self.sweep()
            except errors.HermesError as error:
                self._say("queues.unswept", f"idle queues stay for now: {error.message}")

    async def sets(self) -> list[StandingSet]:
        """Every queue set, the one that was not used for the longest first."""
        found = sorted(await self._containers.queue_sets(), key=lambda one: one.last_used_at)
        slots = asyncio.Semaphore(AT_ONCE)

        async def look(one: QueueSet) -> StandingSet:
            async with slots:
                return await self._standing(one)

        return list(await asyncio.gather(*(look(one) for one in found)))

    async def sweep(self) -> Swept:
        """Delete what is idle or belongs to nobody."""
        rows = await self._containers.queue_sets()
        gone: list[str] = []
        for row in rows:
            if self._is_idle(row) and (await self._standing(row)).to_go and await self._delete(row):
                gone.append(row.container_key)
        deleted, left = await self._orphans([row for row in rows if row.container_key not in gone])
        return Swept(keys=tuple(gone), orphans=tuple(deleted), left=tuple(left))

    def _is_idle(self, one: QueueSet) -> bool:
        return bool(self._idle_seconds) and self._env.now() - one.last_used_at > self._idle_seconds

    async def _standing(self, one: QueueSet) -> StandingSet:
        counts = [await self._count(url) for url in _urls(one)]
        messages = sum(count or 0 for count in counts)
        container = await self._containers.get(one.container_key) if self._is_idle(one) else None
        alive = container is not None and container.state not in GONE
        return StandingSet(
            queues=one,
            messages=messages,
            idle_seconds=max(0.0, self._env.now() - one.last_used_at),
            to_go=self._is_idle(one) and not messages and not alive,
        )

    async def _count(self, url: str) -> int | None:
        """Messages in a queue; None if it is gone."""
        try:
            attributes = await self._queues.attributes(url)
        except errors.AwsRefused as error:
            if not error.missing:
                raise
            return None
        return sum(int(attributes.get(name, 0)) for name in _COUNTS)

    async def _delete(self, one: QueueSet) -> bool:
        try:
            await self._containers.forget_queue_set(one)
        except errors.ConditionFailed:
            return False  # it is in use again
        self._env.crash_point("queues.forgotten")
        for url in _urls(one):
            await self._gone(url)
        days = (self._env.now() - one.last_used_at) / DAY_SECONDS
        self._say("queues.deleted", f"queues that were not used for {days:.0f} days are deleted", one.container_key)
        return True

    async def _orphans(self, rows: Sequence[QueueSet]) -> tuple[list[str], list[str]]:
        """Delete empty queues of containers that no row names; returns their names, and those of queues that hold something."""
        known = {url for row in rows for url in _urls(row)}
        deleted, left = [], []
        for noun in ("input", "interrupts", "output"):
            for url in await self._queues.names(f"{self._names.prefix}-{noun}-"):
                if url in known:
                    continue
                try:
                    attributes = await self._queues.attributes(url)
                except errors.AwsRefused as error:
                    if error.missing:
                        continue  # the list is some seconds old
                    raise
                old = self._env.now() - float(attributes.get("CreatedTimestamp", self._env.now())) > ORPHAN_SECONDS
                if not (old and self._is_ours(attributes)):
                    continue
                name = url.rsplit("/", 1)[-1]
                if sum(int(attributes.get(count, 0)) for count in _COUNTS):
                    left.append(name)
                    continue
                await self._gone(url)
                deleted.append(name)
        if deleted:
            self._say("queues.orphans", f"{len(deleted)} queues that belonged to no container are deleted")
        return deleted, left

    def _is_ours(self, attributes: dict[str, str]) -> bool:
        """Another deployment's prefix may begin like the names of our queues; its dead letters go elsewhere."""
        try:
            target = json.loads(attributes.get("RedrivePolicy", "{}")).get("deadLetterTargetArn")
        except (ValueError, AttributeError):
            return False
        return target in (self._places.dead_arn, self._places.dead_fifo_arn)

    async def _gone(self, url: str) -> None:
        try:
            await self._queues.delete_queue(url)
        except errors.AwsRefused as error:
            if not error.missing:
                raise

    def _say(self, name: str, text: str, key: str | None = None) -> None:
        self._env.emit(Event(name, self._env.now(), text, {"container_key": key} if key else {}))


def _urls(one: QueueSet) -> tuple[str, str, str]:
    return one.input_url, one.interrupts_url, one.output_url
