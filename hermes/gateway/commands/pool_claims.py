"""Offers a new generation of a key to the workers that wait without one, before a task is started for it.

The claim is a hint: the record decides, by the same conditional write as any start. One that nobody took in time stays on the queue; a
worker that reads it later finds the generation taken or gone, and drops it.
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Final

from hermes import errors
from hermes.aws.queues import Queues
from hermes.aws.records.containers import Containers
from hermes.domain import wire
from hermes.domain.containers import GONE, Container
from hermes.domain.env import Env

#: The first pause between looks at the record, each half as long again up to the next.
_LOOK_SECONDS: Final = 0.05
_LOOK_SECONDS_MOST: Final = 0.25
#: Offers that are remembered: a launch that is repeated is not offered again.
_KEPT: Final = 10_000


class PoolClaims:
    """Sends claims and waits for them to be taken."""

    def __init__(
        self,
        *,
        records: Containers,
        queues: Queues,
        url: str,
        serves: Callable[[str], bool],
        seconds: float,
        env: Env,
    ) -> None:
        """`serves` tells whether a worker that waits can become that of a key; `seconds` is how long a claim waits."""
        self._records = records
        self._queues = queues
        self._url = url
        self._serves = serves
        self._seconds = seconds
        self._env = env
        self._offered: collections.OrderedDict[str, int] = collections.OrderedDict()
        self.taken: Callable[[], None] = lambda: None
        """Called when a worker has claimed a key."""

    async def claimed(self, held: Container) -> Container | None:
        """The record once a worker has claimed this generation; None if a task is to be started for it.

        Raises `errors.ConditionFailed` if the generation is over, `errors.Transient`.
        """
        key = held.container_key
        if self._offered.get(key) == held.gen or not self._serves(key):
            return None
        self._offered[key] = held.gen
        if len(self._offered) > _KEPT:
            self._offered.popitem(last=False)
        claim = wire.ClaimMessage(container_key=key, gen=held.gen)
        await self._queues.send(self._url, claim.encode(), urgent=True)
        self._env.crash_point("claim.sent")
        until, pause = self._env.clock() + self._seconds, _LOOK_SECONDS
        while (left := until - self._env.clock()) > 0:
            await self._env.sleep(min(pause, left))
            pause = min(pause * 1.5, _LOOK_SECONDS_MOST)
            record = await self._records.get(key)
            if record is None or record.gen != held.gen or record.state in GONE:
                raise errors.ConditionFailed(f"generation {held.gen} of {key} is over")
            if record.alive:
                self.taken()
                return record
        return None
