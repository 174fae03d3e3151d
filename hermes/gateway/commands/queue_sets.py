"""The queues of container keys: from the cache or the record, else made; made again where somebody deleted them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from hermes import errors, limits
from hermes.aws.records import containers as container_records
from hermes.domain.containers import QueueSet
from hermes.domain.env import Env
from hermes.domain.events import Event

#: A queue set that was not used for so long may have been deleted: before the launch its queues are looked for.
UNUSED_SECONDS: Final = 86400.0


class QueueSets:
    """Queues belong to a key, not to its tasks."""

    def __init__(
        self, *, records: container_records.Containers, make: Callable[[str], Awaitable[QueueSet]], env: Env
    ) -> None:
        self._records = records
        self._make = make
        self._env = env
        self._known: dict[str, QueueSet] = {}

    async def of(self, key: str) -> QueueSet:
        """The queues of the key."""
        known = self._known.get(key)
        if known is None:
            known = await self._records.queue_set(key)
            if known is None:
                known = await self._make(key)
                await self._records.keep_queue_set(known)
            self._known[key] = known
        return known

    async def again(self, key: str) -> QueueSet:
        """Make those of the key's queues again that are gone.

        Raises `errors.AwsUnavailable` for the minute in which SQS refuses a name that was deleted.
        """
        made = await self._make(key)
        await self._records.keep_queue_set(made)
        self._known[key] = made
        text = "the queues of this key were made again"
        self._env.emit(Event("queues.made_again", self._env.now(), text, {"container_key": key}))
        return made

    async def for_launch(self, key: str) -> QueueSet:
        """The queues of the key, which are in use from now on."""
        now, known = self._env.now(), await self.of(key)
        if now - known.last_used_at > UNUSED_SECONDS:
            known = await self.again(key)  # another gateway may have deleted them
        used = known.model_copy(update={"last_used_at": now, "expires_at": int(now + limits.KEEP_SECONDS)})
        await self._records.keep_queue_set(used)
        self._known[key] = used
        return used

    async def send(self, key: str, send: Callable[[QueueSet], Awaitable[object]]) -> None:
        """Send to the queues of the key; if one of them is gone, they are made again first."""
        try:
            await send(await self.of(key))
        except errors.AwsRefused as error:
            if not error.missing:
                raise
            await send(await self.again(key))

    async def output_url(self, key: str, *, gone: bool = False) -> str:
        """The URL of the key's output queue; `gone`: it was there, and is not found any more."""
        return (await (self.again(key) if gone else self.of(key))).output_url
