"""Reaps ended orphans, as pid 1 and a subreaper must, but not children that other code waits for."""

from __future__ import annotations

import os

from hermes.process import descendants


class Reaper:
    """Reaps what has been a zombie since the look before: our own children never stay one for as long as a heartbeat."""

    def __init__(self) -> None:
        self._seen: frozenset[descendants.Stat] = frozenset()

    def reap(self) -> int:
        """One look; how many were reaped."""
        me = os.getpid()
        ended = frozenset(stat for stat in descendants.stats().values() if stat.parent == me and stat.state == "Z")
        reaped = sum(descendants.reap(stat.pid) for stat in ended & self._seen)
        self._seen = ended
        return reaped
