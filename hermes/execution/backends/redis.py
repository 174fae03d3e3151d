"""A backend in Redis, which processes on many machines share."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any, Final

from hermes.execution import signals
from hermes.execution.backends.backend import (
    BACKEND_SECONDS,
    INTERRUPTS_KEPT,
    ExecutionBackend,
    InterruptQuery,
    read_signal,
    superseded,
)
from hermes.execution.checkpoints import snapshot
from hermes.execution.events import events
from hermes.execution.exceptions import SnapshotError

#: A request that nobody withdraws is forgotten after this, and with it the memory that it takes.
REQUEST_SECONDS: Final = 7 * 24 * 3600
#: Interrupts that are fetched at once, of which a query picks.
_PAGE: Final = 500

#: Replaces a snapshot unless the one that is there has a higher number, or is another one of the same number.
_SAVE: Final = """
local kept = redis.call('HMGET', KEYS[1], 'number', 'json')
if kept[1] then
  local number, mine = tonumber(kept[1]), tonumber(ARGV[1])
  if number > mine or (number == mine and kept[2] ~= ARGV[2]) then return 0 end
end
redis.call('HSET', KEYS[1], 'number', ARGV[1], 'json', ARGV[2])
return 1
"""


class RedisBackend(ExecutionBackend):
    """Keys under a prefix: `PREFIX:interrupt:ID`, `PREFIX:snapshot:ID`, and the sorted set `PREFIX:interrupts`.

    `client` is a `redis.asyncio.Redis`, whose owner closes it; `from_url` makes one. A person stops an execution with
    `redis-cli SET hermes:interrupt:ID "seen enough"`. A snapshot never replaces one with a higher number, nor another process's of the
    same number (`SnapshotError`).
    """

    def __init__(self, client: Any, *, prefix: str = "hermes", request_seconds: int = REQUEST_SECONDS) -> None:
        self._client = client
        self._prefix = prefix
        self._request_seconds = request_seconds

    @classmethod
    def from_url(cls, url: str, *, prefix: str = "hermes") -> RedisBackend:
        """A backend with its own client, which `aclose` closes; needs the package `redis`."""
        try:
            library = importlib.import_module("redis.asyncio")
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "a Redis backend needs the package redis: pip install 'hermes-execution[redis]'"
            ) from error
        return cls(library.Redis.from_url(url, socket_timeout=BACKEND_SECONDS), prefix=prefix)

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()

    def _key(self, *parts: str) -> str:
        return ":".join((self._prefix, *parts))

    async def request_interrupt(self, execution_id: str, signal: signals.InterruptSignal) -> None:
        """Ask the execution to stop, wherever it runs."""
        async with asyncio.timeout(BACKEND_SECONDS):
            key = self._key("interrupt", execution_id)
            await self._client.set(key, signal.model_dump_json(), ex=self._request_seconds)

    async def requested(self, execution_id: str) -> signals.InterruptSignal | None:
        """The request to stop it, or None."""
        async with asyncio.timeout(BACKEND_SECONDS):
            text = await self._client.get(self._key("interrupt", execution_id))
        return None if text is None else read_signal(text)

    async def withdraw(self, execution_id: str) -> None:
        """Delete the request; does nothing if there is none."""
        async with asyncio.timeout(BACKEND_SECONDS):
            await self._client.delete(self._key("interrupt", execution_id))

    async def keep(self, event: events.InterruptEvent) -> None:
        """Add an interrupt to the history."""
        async with asyncio.timeout(BACKEND_SECONDS):
            key = self._key("interrupts")
            await self._client.zadd(key, {event.model_dump_json(): event.at})
            await self._client.zremrangebyrank(key, 0, -INTERRUPTS_KEPT - 1)

    async def interrupts(self, query: InterruptQuery | None = None) -> list[events.InterruptEvent]:
        """Interrupts of the history, the newest first."""
        query = query or InterruptQuery()
        newest = "+inf" if query.until is None else query.until
        oldest = "-inf" if query.since is None else query.since
        found: list[events.InterruptEvent] = []
        start = 0
        async with asyncio.timeout(BACKEND_SECONDS):
            while len(found) < query.limit:
                page = await self._client.zrevrangebyscore(
                    self._key("interrupts"), newest, oldest, start=start, num=_PAGE
                )
                read = (events.InterruptEvent.model_validate_json(text) for text in page)
                found += [event for event in read if query.wants(event)]
                start += _PAGE
                if len(page) < _PAGE:
                    break
        return found[: query.limit]

    async def save(self, snapshot: snapshot.Snapshot) -> None:
        """Keep the snapshot in place of an earlier one. Raises `SnapshotError` if a newer one is there."""
        key = self._key("snapshot", snapshot.execution_id)
        async with asyncio.timeout(BACKEND_SECONDS):
            saved = await self._client.eval(_SAVE, 1, key, snapshot.number, snapshot.to_json())
        if not saved:
            raise SnapshotError(superseded(snapshot.execution_id))

    async def load(self, execution_id: str) -> snapshot.Snapshot | None:
        """The one kept, or None. Raises `SnapshotError` if it cannot be read."""
        async with asyncio.timeout(BACKEND_SECONDS):
            text = await self._client.hget(self._key("snapshot", execution_id), "json")
        return None if text is None else snapshot.Snapshot.from_json(text)

    async def delete(self, execution_id: str) -> None:
        """Delete it; does nothing if there is none."""
        async with asyncio.timeout(BACKEND_SECONDS):
            await self._client.delete(self._key("snapshot", execution_id))
