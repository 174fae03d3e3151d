"""Limits the connections to one way in: in total, per address and per network; a new connection always gets a place.

If all places are taken, the connection that has been idle for the longest is closed, so idle strangers shut nobody out.
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
        self._seats: set[ConnectionSlot] = set()
        self._addresses: collections.Counter[str] = collections.Counter()
        self._networks: collections.Counter[str] = collections.Counter()

    def __len__(self) -> int:
        return len(self._seats)

    def enter(self, peer: Peer, evict: Callable[[], None]) -> ConnectionSlot | None:
        """A place for a new connection; None if it must try again. Another connection may be closed for it."""
        if not peer.trusted and (
            self._addresses[peer.address] >= self._limits.connections_per_address
            or self._networks[peer.network] >= self._limits.connections_per_network
        ):
            self._forget(peer)
            return None
        if len(self._seats) >= self._limits.connections:
            victim = self._least_useful(self._seats)
            if victim is None:
                self._forget(peer)
                return None
            self.leave(victim)
            victim.evict()
        seat = ConnectionSlot(peer, evict, self._now())
        self._seats.add(seat)
        self._addresses[peer.address] += 1
        self._networks[peer.network] += 1
        return seat

    def used(self, seat: ConnectionSlot) -> None:
        """The connection was of use just now."""
        seat.since = self._now()

    def idle_seconds(self, seat: ConnectionSlot) -> float:
        """How long the connection has been of no use."""
        return self._now() - seat.since

    def leave(self, seat: ConnectionSlot) -> None:
        """The connection is over; a second time does nothing."""
        if seat not in self._seats:
            return
        self._seats.discard(seat)
        self._addresses[seat.peer.address] -= 1
        self._networks[seat.peer.network] -= 1
        self._forget(seat.peer)

    def _forget(self, peer: Peer) -> None:
        # A counter keeps every name that it was asked for; strangers have many.
        for counter, name in ((self._addresses, peer.address), (self._networks, peer.network)):
            if not counter[name]:
                del counter[name]

    def _least_useful(self, seats: Iterable[ConnectionSlot]) -> ConnectionSlot | None:
        """The connection to close: strangers before our own networks, large networks before small ones, then the longest idle."""

        def order(seat: ConnectionSlot) -> tuple[bool, int, float]:
            return seat.peer.trusted, -max(_FEW, self._networks[seat.peer.network]), seat.since

        return min((seat for seat in seats if not seat.busy), key=order, default=None)
