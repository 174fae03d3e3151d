"""Which replica polls for a container: the live replicas agree by rendezvous hashing, with their heartbeats in one row.

A replica is alive if its counter changes while we watch, by our monotonic clock; wrong wall clocks do not matter. Two replicas that
disagree for a moment both poll, which is harmless, since a result is matched by its record.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from hermes import ids
from hermes.aws.records.replicas import Heartbeat, Replicas
from hermes.domain.env import Env
from hermes.gateway.results.pending_ledger import PendingLedger

#: Interval of heartbeats while a command is open or about to be: one write, which also reads the others'.
HEARTBEAT_SECONDS: Final = 2.0
#: A replica whose counter does not change for this long is dead; with two of our heartbeats it is replaced within 10 s.
STALE_SECONDS: Final = 6.0
#: A dead replica is removed from the row after this.
FORGET_SECONDS: Final = 60.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The result of reading the row."""

    told: tuple[tuple[str, str], ...]
    """Container key and command that another replica has sent and this one polls for."""
    moved: bool
    """The owners may have changed: read the open commands from the records, then call `reconciled`."""


@dataclasses.dataclass(slots=True)
class _Seen:
    heartbeat: Heartbeat
    changed_at: float
    """By our steady clock."""
    alive: bool = False
    """Its counter has changed since we first saw it."""
    missed: bool = False
    """Its counter did not change for too long, and the commands pending for it were looked up."""


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
        """When a result was announced, by the monotonic clock."""
        self._seen: dict[str, _Seen] = {}
        self._heard: set[tuple[str, str]] = set()
        self._living = frozenset({replica})
        self._reconciled = False
        """Whether all open commands were looked up since the live replicas last changed."""

    @property
    def living(self) -> frozenset[str]:
        """The replicas that are alive, as far as this one knows; itself always."""
        return self._living

    @property
    def busy(self) -> bool:
        """Whether a command is open anywhere, as far as is known."""
        others = (seen.heartbeat for replica, seen in self._seen.items() if replica in self._living)
        return self._pending > 0 or self._said > 0 or any(one.pending != 0 for one in others)

    @property
    def _pending(self) -> int:
        announced = self._announced_at is not None and self._env.clock() - self._announced_at < HEARTBEAT_SECONDS
        return max(len(self._ledger), int(announced))

    def owner(self, key: str) -> str:
        """The replica that polls for a container key: the one with the highest hash of key and replica."""
        return max(self._living, key=lambda replica: ids.digest("rendezvous", key, replica))

    def owns(self, key: str) -> bool:
        """Whether this replica polls for a container key."""
        return len(self._living) == 1 or self.owner(key) == self._me

    def announce(self) -> bool:
        """Note that a request was read or a command is being sent; True if the others believe that nothing is pending here."""
        self._announced_at = self._env.clock()
        return self._said == 0

    def reconciled(self) -> None:
        """Note that all open commands were looked up."""
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
        """Remove replicas from the row that have been dead for a while."""
        moment = self._env.clock()
        for replica in [r for r, seen in self._seen.items() if moment - seen.changed_at > FORGET_SECONDS]:
            await self._replicas.forget(replica, self._seen[replica].heartbeat.count)
            del self._seen[replica]

    async def leave(self) -> None:
        """Remove ourselves from the row, if we are in it."""
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
        self._heard &= told  # what is still in the row was taken once, and may have ended since
        ours = tuple(one for one in told - self._heard if self.owns(one[0]))
        self._heard |= set(ours)
        return News(told=ours, moved=not self._reconciled)

    def _settle(self, others: Mapping[str, Heartbeat], moment: float) -> None:
        """Update which replicas live, and whether a result may be pending for a dead one."""
        living = {self._me}
        for replica, seen in list(self._seen.items()):
            if replica not in others:
                del self._seen[replica]  # it has stopped in good order, or another replica removed it
            elif moment - seen.changed_at <= STALE_SECONDS:
                living |= {replica} if seen.alive else set()
                # An earlier version does not write what is pending for it; then all open commands are looked up each time.
                self._reconciled &= not (seen.alive and seen.heartbeat.pending is None)
            elif not seen.missed:
                seen.missed = True
                self._reconciled &= seen.heartbeat.pending == 0
        if living != self._living:
            self._living = frozenset(living)
            self._reconciled = False
