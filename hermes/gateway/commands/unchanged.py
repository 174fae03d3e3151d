"""How long something in the records has not changed, by the clock of this process that nobody can set.

A time in a record is by its writer's clock. Compared with our own, a clock that is wrong, or set, or that slept with its laptop
would end a worker that beats every few seconds, again and again.
"""

from __future__ import annotations

import collections
from typing import Final

from hermes.domain.env import Env

#: What is seen for the first time may have been so for long: the time in the record counts up to this part of the limit.
_FIRST_SIGHT: Final = 0.5
#: Names that are remembered; past it, those not asked about for the longest are seen as for the first time.
_KEPT: Final = 20_000


class Unchanged:
    """Remembers of each name since when it has been as it is."""

    def __init__(self, *, env: Env) -> None:
        self._env = env
        self._seen: collections.OrderedDict[str, tuple[object, float]] = collections.OrderedDict()

    def longer_than(self, name: str, mark: object, seconds: float, *, written_at: float) -> bool:
        """Whether `name` has had this mark for so long; `written_at` is when it was written, by the writer's clock."""
        moment = self._env.clock()
        known = self._seen.pop(name, None)
        if known is None:
            since = moment - min(max(0.0, self._env.now() - written_at), seconds * _FIRST_SIGHT)
        else:
            since = known[1] if known[0] == mark else moment
        self._seen[name] = (mark, since)
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        return moment - since > seconds
