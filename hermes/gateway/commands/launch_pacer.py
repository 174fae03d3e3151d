"""Growing pauses between launches that AWS refuses for now, and the word to the operator when that lasts.

A full quota or a role that is not there yet refuses every launch, for minutes or hours. The person was told that it takes longer; the
launch is repeated with its token until AWS takes it.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from hermes import errors
from hermes.domain.env import Env
from hermes.domain.events import Event

#: The first pause; each is twice as long as the one before, up to the next limit.
FIRST_SECONDS: Final = 1.0
MOST_SECONDS: Final = 60.0
#: A refusal that lasts so long is told to the operator.
LASTS_SECONDS: Final = 30.0
#: Keys that are remembered; past it, those refused the longest ago are tried as for the first time.
_KEPT: Final = 20_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    since: float
    times: int
    next_at: float


class LaunchPacer:
    """Remembers refused launches by key, by this process's clock."""

    def __init__(self, *, env: Env) -> None:
        self._env = env
        self._refused: dict[str, _Refused] = {}
        self._told = False

    def may_try(self, key: str) -> bool:
        """Whether the pause of this key is over."""
        known = self._refused.get(key)
        return known is None or self._env.clock() >= known.next_at

    def waits(self, key: str) -> bool:
        """Whether the last launch of this key was refused for now."""
        return key in self._refused

    def refused(self, key: str, error: errors.AwsUnavailable) -> None:
        """Note a refusal that passes."""
        now, known = self._env.clock(), self._refused.pop(key, None)
        times = known.times + 1 if known is not None else 1
        since = known.since if known is not None else now
        pause = min(FIRST_SECONDS * 2.0 ** min(times - 1, 16), MOST_SECONDS) * (0.75 + 0.5 * self._env.jitter())
        self._refused[key] = _Refused(since=since, times=times, next_at=now + pause)
        if len(self._refused) > _KEPT:
            del self._refused[next(iter(self._refused))]
        if now - since >= LASTS_SECONDS:
            self._told = True
            facts = {"container_key": key, "need": error.need, "seconds": round(now - since)}
            text = " ".join(
                filter(None, (f"no worker is started for {now - since:.0f} s: {error.message}.", error.todo))
            )
            self._env.emit(Event("container.refused", self._env.now(), text, facts))

    def settled(self, key: str) -> None:
        """Note that a launch was taken, or refused for good."""
        if self._refused.pop(key, None) is not None and self._told and not self._refused:
            self._told = False
            self._env.emit(Event("container.admitted", self._env.now(), "AWS starts workers again", {}))
