"""Which replica polls for a container: the living agree on one by rendezvous hashing, over one row in which each beats.

Alive is whose number changes while we look, by our own steady clock; a wall clock that is wrong by minutes changes nothing. Two that
disagree for a moment both poll, which is harmless: the record correlates, not the poller.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from hermes import errors, ids
from hermes.aws.records.replicas import Replicas, Stand
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.results.owed import Owed

#: While a command is open or about to be, each replica says so often that it is alive: one write, which also tells who else is.
BEAT_SECONDS: Final = 2.0
#: A replica whose number stands still for this long is dead; with two beats of ours it is replaced within 10 s.
BEAT_STALE_SECONDS: Final = 6.0
#: And after this it is taken out of the row.
BEAT_FORGET_SECONDS: Final = 60.0


@dataclasses.dataclass(slots=True)
class _Seen:
    stand: Stand
    changed_at: float
    """By our steady clock."""
    alive: bool = False
    """Its number has changed since we first saw it."""
    missed: bool = False
    """It stood still for too long, and what it owed was looked up."""


class ReplicaMembership:
    """Beats while anybody owes anything, looks on while nobody does, and knows whose turn it is."""

    def __init__(
        self,
        *,
        replicas: Replicas,
        replica: str,
        owed: Owed,
        owe: Callable[[str, str], None],
        look: Callable[[], Awaitable[None]],
        env: Env,
    ) -> None:
        self._replicas = replicas
        self._me = replica
        self._owed = owed
        self._owe = owe
        self._look = look
        self._env = env
        self._count = 0
        self._said = 0
        """What our last beat said that we owe."""
        self._expected_at: float | None = None
        """By our steady clock: when something came that may be owed in a moment."""
        self._stirred = asyncio.Event()
        self._seen: dict[str, _Seen] = {}
        self._heard: set[tuple[str, str]] = set()
        self._living = frozenset({replica})
        self._looked = False
        """Was everything open looked up since the living changed last?"""

    @property
    def living(self) -> frozenset[str]:
        """The replicas that are alive, as far as this one knows; itself always."""
        return self._living

    @property
    def busy(self) -> bool:
        """Is a command open anywhere, as far as is known?"""
        others = (seen.stand for replica, seen in self._seen.items() if replica in self._living)
        return self._owes > 0 or self._said > 0 or any(stand.owed != 0 for stand in others)

    @property
    def _owes(self) -> int:
        expects = self._expected_at is not None and self._env.clock() - self._expected_at < BEAT_SECONDS
        return max(len(self._owed), int(expects))

    def turn(self, key: str) -> str:
        """The replica that is to poll for a container key: the highest hash of key and replica wins."""
        return max(self._living, key=lambda replica: ids.digest("rendezvous", key, replica))

    def mine(self, key: str) -> bool:
        """Is it for this replica to poll for a container key?"""
        return len(self._living) == 1 or self.turn(key) == self._me

    def expect(self) -> None:
        """A mail that asks for something was read, or a command goes out.

        If the others believe that we owe nothing they are told now: we may die at any moment.
        """
        self._expected_at = self._env.clock()
        if self._said == 0:
            self._stirred.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then out of the row, so that the others need not wait."""
        while not stop.is_set():
            self._stirred.clear()
            try:
                await (self.beat() if self.busy else self.watch())
            except errors.HermesError as error:
                self._env.emit(Event("beat.failed", self._env.now(), f"the other replicas: {error.message}", {}))
            await self._pause(stop)
        if self._count:
            try:
                await self._replicas.forget(self._me, self._count)
            except errors.HermesError as error:
                self._env.emit(Event("beat.failed", self._env.now(), f"the other replicas: {error.message}", {}))

    async def beat(self) -> None:
        """One beat, and a look at the others'."""
        self._count += 1
        owed, told = self._owes, self._owed.untold(self.turn, self._me) if len(self._living) > 1 else []
        stands = await self._replicas.beat(self._me, self._count, owed=owed, told=told)
        self._said = owed
        self._owed.told(told, self.turn, stands)
        await self._take(stands)

    async def _pause(self, stop: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (stop, self._stirred)]
        try:
            await asyncio.wait(waits, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def watch(self) -> None:
        """A look at the others' beats: somebody who owes may die."""
        await self._take(await self._replicas.look())

    async def _take(self, stands: Mapping[str, Stand]) -> None:
        moment = self._env.clock()
        others = {replica: stand for replica, stand in stands.items() if replica != self._me}
        for replica, stand in others.items():
            seen = self._seen.get(replica)
            if seen is None:
                self._seen[replica] = _Seen(stand, moment)
            elif seen.stand.count != stand.count:
                self._seen[replica] = _Seen(stand, moment, alive=True)
        self._settle(others, moment)
        told = {one for stand in others.values() for one in stand.told}
        self._heard &= told  # what is still being said was taken once: it may have ended since
        for key, command_id in told - self._heard:
            if self.mine(key):
                self._heard.add((key, command_id))
                self._owe(key, command_id)
        if not self._looked:
            await self._look()
            self._looked = True
        for replica in [r for r, seen in self._seen.items() if moment - seen.changed_at > BEAT_FORGET_SECONDS]:
            await self._replicas.forget(replica, self._seen[replica].stand.count)
            del self._seen[replica]

    def _settle(self, others: Mapping[str, Stand], moment: float) -> None:
        """Who lives, and is there anything that somebody who does not any more may have owed?"""
        living = {self._me}
        for replica, seen in list(self._seen.items()):
            if replica not in others:
                del self._seen[replica]  # it has stopped in order, or another took it out
            elif moment - seen.changed_at <= BEAT_STALE_SECONDS:
                living |= {replica} if seen.alive else set()
                # One of a version that does not say what it owes: then everything is looked up each time.
                self._looked &= not (seen.alive and seen.stand.owed is None)
            elif not seen.missed:
                seen.missed = True
                self._looked &= seen.stand.owed == 0
        if living != self._living:
            self._living = frozenset(living)
            self._looked = False
