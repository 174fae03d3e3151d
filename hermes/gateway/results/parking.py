"""Sets aside reports that are not believed or cannot be read, where the operator finds them; of a flood, only the first.

What runs in a container can write to its output queue as often as it likes, and each report that is set aside costs room, a line of the
log and the operator's attention.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from hermes.aws import queues
from hermes.aws.records.stores import Stores
from hermes.domain.env import Env
from hermes.domain.events import Event

#: Reports of one container that are set aside at once, and again as many within an hour. A broken worker has a handful of commands.
PARKED_OF_A_CONTAINER: Final = 50
_HOUR_SECONDS: Final = 3600.0
#: What is left out is told at most so often for each container.
_TELL_SECONDS: Final = 60.0
#: Containers that are counted; past it those not heard of for the longest are forgotten.
_COUNTED: Final = 10_000


@dataclasses.dataclass(slots=True)
class _Count:
    """Of one container."""

    used: float
    """Against what it may have set aside."""
    at: float
    """When that was so."""
    left_out: int = 0
    told_at: float | None = None


class ReportParking:
    """The queues for such reports. Each replica counts for itself."""

    def __init__(self, *, stores: Stores, parked_url: str, env: Env) -> None:
        self._queues = stores.queues
        self._dead_letters = stores.dead_letters
        self._parked_url = parked_url
        self._env = env
        self._counts: dict[str, _Count] = {}

    async def unclaimed(self, body: str, why: str, *, command_id: str, key: str | None) -> None:
        """A report that may not speak for its command; `key` is the container's, None for a conclusion of the gateway's own."""
        if key is not None and not self._has_room(key):
            return
        await self._queues.send(self._parked_url, body, attributes={"reason": why})
        facts = {"command_id": command_id, **({"container_key": key} if key is not None else {})}
        self._env.emit(Event("result.unclaimed", self._env.now(), f"a report is parked: {why}", facts))

    async def unreadable(self, url: str, received: queues.Received, why: str, *, key: str) -> None:
        """A report that cannot be read: it is no longer on the container's queue."""
        if not self._has_room(key):
            await self._queues.delete(url, [received.receipt])
            return
        await self._dead_letters.park(url, received, why)
        self._env.emit(Event("result.unreadable", self._env.now(), f"parked: {why}", {"container_key": key}))

    def _has_room(self, key: str) -> bool:
        now = self._env.now()
        count = self._counts.pop(key, None) or _Count(0.0, now)
        if len(self._counts) >= _COUNTED:
            del self._counts[next(iter(self._counts))]
        # The last that was heard of is the last in the dict.
        self._counts[key] = count
        passed = max(0.0, now - count.at)
        count.used, count.at = max(0.0, count.used - passed * PARKED_OF_A_CONTAINER / _HOUR_SECONDS), now
        if count.used + 1 <= PARKED_OF_A_CONTAINER:
            count.used += 1
            return True
        count.left_out += 1
        if count.told_at is None or not 0 <= now - count.told_at < _TELL_SECONDS:
            text = (
                f"{count.left_out} reports of a container were deleted: {PARKED_OF_A_CONTAINER} that nobody may believe were parked "
                "within an hour; look at them with `hermes parked list`, and at what runs there"
            )
            self._env.emit(Event("result.dropped", now, text, {"container_key": key}))
            count.left_out, count.told_at = 0, now
        return False
