"""Queues for large messages: a body over 200 KB is in S3, and the message carries its key.

The object is stored first and the message sent second; the message is deleted first and the object second. So no message names a
missing object, and a crash can only leave an object that no message names; the lifecycle rule for `wire/` deletes it.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hermes import errors, limits
from hermes.aws.coalescing import CoalescedQueues
from hermes.aws.objects import Objects
from hermes.aws.queues import Received

#: A wire message above this goes to S3; SQS bills by 64 KB and emulators stop at 256 KiB.
WIRE_BYTES: Final = 200 * 1024
#: A message that carries a key is shorter than this.
WIRE_POINTER_CHARS: Final = 500
#: A message whose body could not be fetched comes again after this; each further time after four times as long.
WIRE_RETRY_SECONDS: Final = 5
#: A copy takes the place of a message that SQS would park at its next receive: a day of S3's absence.
WIRE_COPIES: Final = 60
WIRE_RETRY_MOST_SECONDS: Final = 900
#: Received messages whose objects are remembered until they are deleted.
WIRE_HELD: Final = 1000

PREFIX = "wire/"
#: Facts in a message besides its key, so that a person can be told if its body is gone.
_NAMES = ("kind", "commandId", "attempt", "nonce")
_NAME_CHARS = 80
_COPIES = "copies"


class LargeQueues(CoalescedQueues):
    """`CoalescedQueues`, with bodies of any size up to `limits.WIRE_BODY_BYTES`."""

    def __init__(self, *, polls: Any, client: Any, objects: Objects, new_id: Callable[[], str]) -> None:
        super().__init__(polls=polls, client=client)
        self._objects = objects
        self._new_id = new_id
        self._keys: collections.OrderedDict[str, str] = collections.OrderedDict()
        """Receipt of a message in our hands → the object that goes with it."""

    async def send(
        self,
        url: str,
        body: str,
        *,
        group: str | None = None,
        deduplication: str | None = None,
        attributes: Mapping[str, str] | None = None,
        urgent: bool = False,
    ) -> str:
        """See `Queues`."""
        raw = body.encode()
        if len(raw) > WIRE_BYTES:
            # A new key for each sending, so that a message that comes twice never deletes the body of the other.
            key = f"{PREFIX}{self._new_id()}"
            await self._objects.put(key, raw, content_type="application/json")
            body = json.dumps({"v": 1, "bodyKey": key, **_named(body)})
        return await super().send(
            url, body, group=group, deduplication=deduplication, attributes=attributes, urgent=urgent
        )

    async def receive(
        self,
        url: str,
        *,
        most: int = limits.BATCH,
        wait_seconds: int = limits.POLL_SECONDS,
        visibility_seconds: int = limits.VISIBILITY_SECONDS,
    ) -> list[Received]:
        """See `Queues`; fetches the bodies. A message whose body cannot be fetched now is received again later."""
        found: list[Received] = []
        for received in await super().receive(
            url, most=most, wait_seconds=wait_seconds, visibility_seconds=visibility_seconds
        ):
            key = _key(received.body)
            if key is None:
                found.append(received)
                continue
            try:
                raw = await self._objects.get(key, most=limits.WIRE_BODY_BYTES)
                found.append(dataclasses.replace(received, body=raw.decode()))
            except (errors.Refused, UnicodeDecodeError):
                found.append(received)  # no reader takes it as it is: it is parked with its key
                continue
            except errors.AwsRefused:
                found.append(received)  # the body is gone: this message alone is parked
                continue
            except errors.Transient:
                await self._later(url, received)
                continue
            self._keys[received.receipt] = key
            if len(self._keys) > WIRE_HELD:
                self._keys.popitem(last=False)
        return found

    async def _later(self, url: str, received: Received) -> None:
        """Let a message come again whose body cannot be fetched now; the others of its batch are handed on all the same."""
        copies = int(received.attributes.get(_COPIES, "0"))
        with contextlib.suppress(errors.HermesError):  # then it comes again when its visibility ends
            if received.receive_count < limits.RECEIVES - 1 or url.endswith(".fifo") or copies >= WIRE_COPIES:
                seconds = WIRE_RETRY_SECONDS * 4 ** (received.receive_count - 1)
                await self.change_visibility(url, [(received.receipt, min(seconds, WIRE_RETRY_MOST_SECONDS))])
                return
            attributes = {"order": repr(received.sent_at), **received.attributes, _COPIES: str(copies + 1)}
            await super().send(url, received.body, attributes=attributes)
            await super().delete(url, [received.receipt])

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        """See `Queues`; then deletes the bodies. If that fails, the lifecycle rule deletes them."""
        await super().delete(url, receipts)
        for receipt in receipts:
            key = self._keys.pop(receipt, None)
            if key is not None:
                await self._objects.delete(key)


def _named(body: str) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    named = {name: found[name] for name in _NAMES if name in found} if isinstance(found, dict) else {}
    return {name: value for name, value in named.items() if len(str(value)) <= _NAME_CHARS}


def _key(body: str) -> str | None:
    """The key that a message carries in place of its body; only keys under `wire/` count."""
    if len(body) > WIRE_POINTER_CHARS or '"bodyKey"' not in body:
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return None
    key = found.get("bodyKey") if isinstance(found, dict) else None
    return key if isinstance(key, str) and key.startswith(PREFIX) else None
