"""Limits the connections to one way in: in total, per address and per network; a new connection always gets a place.

If all places are taken, the connection that has been idle for the longest is closed, so idle strangers cannot keep others out.
"""

from __future__ import annotations

import collections
import dataclasses
import time
from collections.abc import Callable, Iterable

from hermes.config.ingress_limits import IngressLimits
from hermes.ingress.peer import Peer

#: Networks with up to so many connections give way in the order of their age alone; a larger one before them.
_FEW = 4


@dataclasses.dataclass(eq=False, slots=True)
class ConnectionSlot:
    """The place of one connection."""

    peer: Peer
    evict: Callable[[], None]
    """Ends the connection, with a word that it may come again."""
    since: float
    """When it was last of use: its beginning, a mail that was stored, enough of a mail that came. By the monotonic clock."""
    busy: bool = False
    """Is Hermes at work for it? Then it keeps its place."""


class ConnectionSlots:
    """The places of one way in."""

    def __init__(self, limits: IngressLimits, *, now: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._now = now
        self._slots: set[ConnectionSlot] = set()
        self._addresses: collections.Counter[str] = collections.Counter()
        self._networks: collections.Counter[str] = collections.Counter()

    def __len__(self) -> int:
        return len(self._slots)

    def enter(self, peer: Peer, evict: Callable[[], None]) -> ConnectionSlot | None:
        """A place for a new connection; None if it must try again. Another connection may be closed for it."""
        if not peer.trusted and (
            self._addresses[peer.address] >= self._limits.connections_per_address
            or self._networks[peer.network] >= self._limits.connections_per_network
        ):
            self._forget(peer)
            return None
        if len(self._slots) >= self._limits.connections:
            victim = self._least_useful(self._slots)
            if victim is None:
                self._forget(peer)
                return None
            self.leave(victim)
            victim.evict()
        slot = ConnectionSlot(peer, evict, self._now())
        self._slots.add(slot)
        self._addresses[peer.address] += 1
        self._networks[peer.network] += 1
        return slot

    def used(self, slot: ConnectionSlot) -> None:
        """The connection was of use just now."""
        slot.since = self._now()

    def idle_seconds(self, slot: ConnectionSlot) -> float:
        """How long the connection has been of no use."""
        return self._now() - slot.since

    def leave(self, slot: ConnectionSlot) -> None:
        """The connection is over; a second time does nothing."""
        if slot not in self._slots:
            return
        self._slots.discard(slot)
        self._addresses[slot.peer.address] -= 1
        self._networks[slot.peer.network] -= 1
        self._forget(slot.peer)

    def _forget(self, peer: Peer) -> None:
        # A counter keeps every name that it was asked for; strangers have many.
        for counter, name in ((self._addresses, peer.address), (self._networks, peer.network)):
            if not counter[name]:
                del counter[name]

    def _least_useful(self, slots: Iterable[ConnectionSlot]) -> ConnectionSlot | None:
        """The connection to close: strangers before our own networks, large networks before small ones, then the longest idle."""

        def order(slot: ConnectionSlot) -> tuple[bool, int, float]:
            return slot.peer.trusted, -max(_FEW, self._networks[slot.peer.network]), slot.since

        return min((slot for slot in slots if not slot.busy), key=order, default=None)
