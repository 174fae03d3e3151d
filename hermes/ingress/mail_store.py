"""Stores every received mail: raw bytes to S3, then one pointer per recipient mailbox to the inbound queue."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from hermes import errors, limits
from hermes.aws.objects import Objects
from hermes.aws.queues import Queues
from hermes.domain import wire
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.pointer import Pointer
from hermes.ingress.spool import Body
from hermes.mail.parse import recipients as recipients_of

#: Storing one mail with its pointers; shorter than the 10 min that a sending server waits for our 250 (RFC 5321, 4.5.3.2.6).
DEPOSIT_SECONDS: Final = 60.0
#: Mails that are being stored at once; at 120 ms each, as S3 and SQS take together, more than a gateway handles.
DEPOSITS: Final = 8
#: Of them, those of large mails: they take seconds each, and small ones are not to wait for them.
LARGE_DEPOSITS: Final = 2

_TYPE = "message/rfc822"
Sort = Callable[[bytes, Pointer], Awaitable[bool]]
"""Whether a mail with this beginning waits among the owners' mails."""


class MailStore:
    """Stores mails. When `deposit` returns, Hermes is responsible for the mail; when it raises, the sender still is."""

    def __init__(
        self,
        *,
        objects: Objects,
        queues: Queues,
        inbound: str,
        strangers: str | None = None,
        among_owners: Sort | None = None,
        seconds: float = DEPOSIT_SECONDS,
        env: Env,
    ) -> None:
        """`inbound` is the URL of the inbound queue; `strangers` that of the queue for mails that are not to wait among the owners'."""
        self._objects = objects
        self._queues = queues
        self._inbound = inbound
        self._strangers = strangers
        self._among_owners = among_owners
        self._seconds = seconds
        self._env = env
        self._slots = asyncio.Semaphore(DEPOSITS - LARGE_DEPOSITS)
        self._large = asyncio.Semaphore(LARGE_DEPOSITS)

    async def deposit(
        self,
        raw: bytes | Body,
        *,
        recipients: Sequence[str],
        sender: str | None,
        ingress: str,
        client_address: str | None = None,
        trusted: bool = False,
        whole_size: int | None = None,
        arrived_at: float | None = None,
    ) -> str:
        """Store a mail; returns its S3 key. A `Body` stays the caller's, to be read until this returns.

        `whole_size` is that of the mail where `raw` is only its header, because the mail is larger than Hermes takes.
        `arrived_at`: the mail lay in a mailbox since then, and that is its place in the order of mails; None: it came now.

        Raises `errors.Refused` (too_large), `errors.Transient` or `errors.AwsRefused` when it is not stored for all recipients: the
        sender then sends it again to all of them, and who had it already sees the second copy collapse into the first.
        """
        if len(raw) > limits.MAIL_BYTES:
            raise errors.Refused(errors.Refusal.TOO_LARGE, f"{len(raw)} bytes")
        received_at = self._env.now()
        day = datetime.datetime.fromtimestamp(received_at, datetime.UTC)
        key = f"mails/{day:%Y/%m/%d}/{int(received_at * 1000):013d}-{self._env.new_id()}.eml"
        large = isinstance(raw, Body) and not raw.in_memory
        pointers = [
            Pointer(
                key=key,
                recipient=recipient,
                sender=sender,
                ingress=ingress,
                received_at=received_at if arrived_at is None else arrived_at,
                order=arrived_at,
                trusted=trusted,
                client_address=client_address,
                size=len(raw) if whole_size is None else whole_size,
            )
            for recipient in recipients_of.one_each(recipients)
        ]
        try:
            # Those that wait are still their senders': a burst of mails is not to make everything else wait for its turn.
            async with asyncio.timeout(self._seconds), self._large if large else self._slots:
                await self._put(key, raw)
                self._env.crash_point("deposit.kept")
                for pointer in pointers:
                    queue = await self._queue(raw, pointer)
                    await self._queues.send(queue, wire.scrub(pointer.model_dump_json()))
                self._env.crash_point("deposit.told")
        except TimeoutError as error:
            raise errors.AwsTimeout(f"the mail was not stored in {self._seconds:g} s") from error
        facts = {"key": key, "ingress": ingress, "bytes": len(raw), "recipients": len(pointers)}
        self._env.emit(Event("mail.received", received_at, f"Mail received by {ingress}", facts))
        return key

    async def _queue(self, raw: bytes | Body, pointer: Pointer) -> str:
        if self._strangers is None or self._among_owners is None:
            return self._inbound
        most = limits.HEADER_BYTES + 4
        beginning = raw[:most] if isinstance(raw, bytes) else raw.head(most)
        return self._inbound if await self._among_owners(beginning, pointer) else self._strangers

    async def _put(self, key: str, raw: bytes | Body) -> None:
        if isinstance(raw, bytes):
            await self._objects.put(key, raw, content_type=_TYPE)
        elif raw.in_memory:
            await self._objects.put(key, raw.head(len(raw)), content_type=_TYPE)
        else:
            with raw.reader() as stream:
                await self._objects.put_stream(key, stream, crc32=raw.crc32, content_type=_TYPE)

    async def notify(self, body: str, *, ingress: str) -> None:
        """Put a notification that names a mail stored elsewhere on the inbound queue, as it is. Raises as `deposit` does."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._queues.send(self._inbound, wire.scrub(body))
        except TimeoutError as error:
            raise errors.AwsTimeout(f"the notification was not stored in {self._seconds:g} s") from error
        facts = {"ingress": ingress}
        self._env.emit(Event("mail.received", self._env.now(), f"Mail received by {ingress}", facts))
