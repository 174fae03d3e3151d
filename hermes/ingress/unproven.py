"""How many mails may wait among the owners' that only claim to be one's. Each replica counts for itself.

Who forges an owner's name is held to a few mails for each network, and to some more for the owner's whole domain; what goes beyond waits
with the strangers' mails. An owner whose mail was proven has their room back at once, and other owners never notice.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Final

#: Mails of one domain's authors from one network that may come in a minute before one of them is proven; people write fewer.
UNPROVEN_OF_A_NETWORK: Final = 20
#: The same for one domain from all networks that none of its mails was proven from within a day.
UNPROVEN_OF_A_DOMAIN: Final = 100
#: Names that are counted, and networks that are known as proven; past it those not heard of for the longest are forgotten.
_COUNTED: Final = 20_000
_MINUTE_SECONDS: Final = 60.0
_DAY_SECONDS: Final = 86400.0


class Unproven:
    """Buckets that hold a minute's mails and fill up evenly."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._used: dict[tuple[str, str], tuple[float, float]] = {}
        """Domain and network (empty: all networks) to mails against them, and when that was so."""
        self._proven: dict[tuple[str, str], float] = {}
        """Domain and network to the time at which a mail of the one from the other was proven last."""

    def take(self, domain: str, network: str) -> bool:
        """Count one mail; False, and nothing counted, if it is one too many."""
        now, one, all_of_it = self._now(), (domain, network), (domain, "")
        most = {one: UNPROVEN_OF_A_NETWORK}
        if now - self._proven.get(one, -_DAY_SECONDS) >= _DAY_SECONDS:
            most[all_of_it] = UNPROVEN_OF_A_DOMAIN
        against = {name: self._against(name, limit, now) for name, limit in most.items()}
        if any(against[name] + 1 > most[name] for name in most):
            return False
        _forget(self._used)
        for name in most:
            # Taken out and put in again, so that the first is the one that was not heard of for the longest.
            self._used.pop(name, None)
            self._used[name] = (against[name] + 1, now)
        return True

    def proven(self, domain: str, network: str) -> None:
        """A mail of this domain from this network was its author's."""
        one = (domain, network)
        self._used.pop(one, None)
        self._proven.pop(one, None)
        _forget(self._proven)
        self._proven[one] = self._now()

    def _against(self, name: tuple[str, str], limit: int, now: float) -> float:
        count, then = self._used.get(name, (0.0, now))
        return max(0.0, count - (now - then) * limit / _MINUTE_SECONDS)


def _forget(counted: dict[tuple[str, str], tuple[float, float]] | dict[tuple[str, str], float]) -> None:
    if len(counted) < _COUNTED:
        return
    # Many at once: one by one, each new name would cost a walk over what was taken out before.
    for name in list(itertools.islice(counted, _COUNTED // 10)):
        del counted[name]
