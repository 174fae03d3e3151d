"""Which replica polls for a container: the living agree on one by rendezvous hashing, over one row that holds each one's heartbeat.

Alive is whose number changes while we look, by our own steady clock; a wall clock that is wrong by minutes changes nothing. Two that
disagree for a moment both poll, which is harmless: the record correlates, not the poller.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from hermes import ids
from hermes.aws.records.replicas import Heartbeat, Replicas
from hermes.domain.env import Env
from hermes.gateway.results.pending_ledger import PendingLedger

#: While a command is open or about to be, each replica says so often that it is alive: one write, which also tells who else is.
HEARTBEAT_SECONDS: Final = 2.0
#: A replica whose number does not change for this long is dead; with two heartbeats of ours it is replaced within 10 s.
STALE_SECONDS: Final = 6.0
#: And after this it is taken out of the row.
FORGET_SECONDS: Final = 60.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a look at the row has shown."""

    told: tuple[tuple[str, str], ...]
    """Container key and command that another replica has sent, and this one is to poll for."""
    moved: bool
    """The owners may have changed: what is open is to be read from the records, and `reconciled` to be called then."""


@dataclasses.dataclass(slots=True)
class _Seen:
    heartbeat: Heartbeat
    changed_at: float
    """By our steady clock."""
    alive: bool = False
    """Its number has changed since we first saw it."""
    missed: bool = False
    """Its number did not change for too long, and what was pending for it was looked up."""


class ReplicaMembership:
    """Writes our heartbeat while results are pending, reads the others', and knows who owns which container key."""

    def __init__(self, *, replicas: Replicas, replica: str, ledger: PendingLedger, env: Env) -> None:
        self._replicas = replicas
        self._me = replica
        self._ledger = ledger
        self._env = env
        self._count = 0
        self._said = 0
        """How many keys our last heartbeat said are pending."""
        self._announced_at: float | None = None
        """By our steady clock: when something came of which a result may be pending in a moment."""
        self._seen: dict[str, _Seen] = {}
        self._heard: set[tuple[str, str]] = set()
        self._living = frozenset({replica})
        self._reconciled = False
        """Was everything open looked up since the living changed last?"""

    @property
    def living(self) -> frozenset[str]:
        """The replicas that are alive, as far as this one knows; itself always."""
        return self._living

    @property
    def busy(self) -> bool:
        """Is a command open anywhere, as far as is known?"""
        others = (seen.heartbeat for replica, seen in self._seen.items() if replica in self._living)
        return self._pending > 0 or self._said > 0 or any(one.pending != 0 for one in others)

    @property
    def _pending(self) -> int:
        announced = self._announced_at is not None and self._env.clock() - self._announced_at < HEARTBEAT_SECONDS
        return max(len(self._ledger), int(announced))

    def owner(self, key: str) -> str:
        """The replica that is to poll for a container key: the highest hash of key and replica wins."""
        return max(self._living, key=lambda replica: ids.digest("rendezvous", key, replica))

    def owns(self, key: str) -> bool:
        """Is it for this replica to poll for a container key?"""
        return len(self._living) == 1 or self.owner(key) == self._me

    def announce(self) -> bool:
        """A mail that asks for something was read, or a command goes out; True if the others do not know that we have anything."""
        self._announced_at = self._env.clock()
        return self._said == 0

    def reconciled(self) -> None:
        """Everything open was looked up."""
        self._reconciled = True

    async def heartbeat(self) -> News:
        """Write our heartbeat, and read the others'."""
        self._count += 1
        pending = self._pending
        told = self._ledger.untold(self.owner, self._me) if len(self._living) > 1 else []
        heartbeats = await self._replicas.heartbeat(self._me, self._count, pending=pending, sent=told)
        self._said = pending
        self._ledger.told(told, self.owner, heartbeats)
        return self._take(heartbeats)

    async def watch(self) -> News:
        """Read the others' heartbeats alone."""
        return self._take(await self._replicas.look())

    async def forget_dead(self) -> None:
        """Take those out of the row that have been dead for a while."""
        moment = self._env.clock()
        for replica in [r for r, seen in self._seen.items() if moment - seen.changed_at > FORGET_SECONDS]:
            await self._replicas.forget(replica, self._seen[replica].heartbeat.count)
            del self._seen[replica]

    async def leave(self) -> None:
        """Take ourselves out of the row, if we were in it."""
        if self._count:
            await self._replicas.forget(self._me, self._count)

    def _take(self, heartbeats: Mapping[str, Heartbeat]) -> News:
        moment = self._env.clock()
        others = {replica: one for replica, one in heartbeats.items() if replica != self._me}
        for replica, one in others.items():
            seen = self._seen.get(replica)
            if seen is None:
                self._seen[replica] = _Seen(one, moment)
            elif seen.heartbeat.count != one.count:
                self._seen[replica] = _Seen(one, moment, alive=True)
        self._settle(others, moment)
        told = {named for one in others.values() for named in one.sent}
        self._heard &= told  # what is still being said was taken once: it may have ended since
        ours = tuple(one for one in told - self._heard if self.owns(one[0]))
        self._heard |= set(ours)
        return News(told=ours, moved=not self._reconciled)

    def _settle(self, others: Mapping[str, Heartbeat], moment: float) -> None:
        """Who lives, and may a result be pending for somebody who does not any more?"""
        living = {self._me}
        for replica, seen in list(self._seen.items()):
            if replica not in others:
                del self._seen[replica]  # it has stopped in order, or another took it out
            elif moment - seen.changed_at <= STALE_SECONDS:
                living |= {replica} if seen.alive else set()
                # One of a version that does not say what is pending for it: then everything is looked up each time.
                self._reconciled &= not (seen.alive and seen.heartbeat.pending is None)
            elif not seen.missed:
                seen.missed = True
                self._reconciled &= seen.heartbeat.pending == 0
        if living != self._living:
            self._living = frozenset(living)
            self._reconciled = False
