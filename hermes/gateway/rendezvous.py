"""Which replica polls for a container: the living agree on one by rendezvous hashing, without talking to each other.

Alive is whose number changes while we look, by our own steady clock; a wall clock that is wrong by minutes changes nothing. Two that
disagree for a moment both poll, which is harmless: the record correlates, not the poller.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable

from hermes import errors, ids, limits
from hermes.aws import queues
from hermes.aws.replicas import Replicas
from hermes.domain.events import Emit, Event


@dataclasses.dataclass(slots=True)
class _Seen:
    count: int
    changed_at: float
    """By our steady clock."""
    alive: bool = False
    """Its number has changed since we first saw it."""


class Rendezvous:
    """Beats while there is something to poll for, and knows who else does."""

    def __init__(
        self,
        *,
        replicas: Replicas,
        replica: str,
        wanted: Callable[[], bool],
        changed: Callable[[], None],
        clock: Callable[[], float],
        now: Callable[[], float],
        emit: Emit,
    ) -> None:
        self._replicas = replicas
        self._me = replica
        self._wanted = wanted
        self._changed = changed
        self._clock = clock
        self._now = now
        self._emit = emit
        self._count = 0
        self._seen: dict[str, _Seen] = {}
        self._living = frozenset({replica})

    @property
    def living(self) -> frozenset[str]:
        """The replicas that are alive, as far as this one knows; itself always."""
        return self._living

    def mine(self, key: str) -> bool:
        """Is it for this replica to poll for a container key? The highest hash of key and replica wins."""
        return max(self._living, key=lambda replica: ids.digest("rendezvous", key, replica)) == self._me

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then out of the row, so that the others need not wait."""
        while not stop.is_set():
            if self._wanted():
                try:
                    await self.beat()
                except errors.HermesError as error:
                    self._emit(Event("beat.failed", self._now(), f"the other replicas: {error.message}", {}))
            elif self._seen:
                # Nobody beats while nothing is owed; who is alive is found out anew.
                self._seen.clear()
                self._settle(frozenset({self._me}))
            await queues.pause(stop, limits.BEAT_SECONDS)
        if self._count:
            try:
                await self._replicas.forget(self._me, self._count)
            except errors.HermesError as error:
                self._emit(Event("beat.failed", self._now(), f"the other replicas: {error.message}", {}))

    async def beat(self) -> None:
        """One beat, and a look at the others'."""
        self._count += 1
        stands = await self._replicas.beat(self._me, self._count)
        moment = self._clock()
        for replica, count in stands.items():
            seen = self._seen.get(replica)
            if seen is None:
                self._seen[replica] = _Seen(count, moment)
            elif seen.count != count:
                self._seen[replica] = _Seen(count, moment, alive=True)
        others = {r: s for r, s in self._seen.items() if r != self._me and r in stands}
        living = {r for r, s in others.items() if s.alive and moment - s.changed_at <= limits.BEAT_STALE_SECONDS}
        self._settle(frozenset({self._me, *living}))
        for replica, seen in others.items():
            if moment - seen.changed_at > limits.BEAT_FORGET_SECONDS:
                await self._replicas.forget(replica, seen.count)
                del self._seen[replica]

    def _settle(self, living: frozenset[str]) -> None:
        if living != self._living:
            self._living = living
            self._changed()
