"""Limits the mails per minute of an address and a network. Each replica counts for itself."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from hermes.config.ingress_limits import IngressLimits
from hermes.ingress.peer import Peer

#: Addresses and networks that are counted; past it those not heard of for the longest are forgotten.
_COUNTED = 20_000
_MINUTE_SECONDS = 60.0


class MailRates:
    """Token buckets that hold a minute's mails and refill evenly: they allow a burst but not a constant stream."""

    def __init__(self, limits: IngressLimits, *, now: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._now = now
        self._used: dict[str, tuple[float, float]] = {}
        """Name to mails against it, and when that was so."""

    def take(self, peer: Peer) -> bool:
        """Count one recipient of a mail; False, and nothing counted, if it is one too many."""
        if peer.trusted:
            return True
        now = self._now()
        most = {
            peer.address: self._limits.mails_per_minute_per_address,
            peer.network: self._limits.mails_per_minute_per_network,
        }
        against = {name: self._against(name, limit, now) for name, limit in most.items()}
        if any(against[name] + 1 > most[name] for name in most):
            return False
        if len(self._used) >= _COUNTED:
            # Many at once: one by one, each new stranger would cost a walk over what was taken out before.
            for name in list(itertools.islice(self._used, _COUNTED // 10)):
                del self._used[name]
        for name in most:
            # Taken out and put in again, so that the first is the one that was not heard of for the longest.
            self._used.pop(name, None)
            self._used[name] = (against[name] + 1, now)
        return True

    def _against(self, name: str, limit: int, now: float) -> float:
        count, then = self._used.get(name, (0.0, now))
        return max(0.0, count - (now - then) * limit / _MINUTE_SECONDS)
