"""Looks at what SQS itself set aside (received five times without an end): gives it a reason, and tells whoever waits for it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence

from hermes import errors, limits
from hermes.aws import queues
from hermes.aws.queues import Received
from hermes.aws.side_queue import SideQueue
from hermes.domain import pointer
from hermes.domain.env import Env
from hermes.domain.events import Event

_REASON = f"received {limits.RECEIVES} times without an end"
#: A count that did not change is looked behind all the same after so many looks: one letter may have taken another's place.
_LOOKS = 30


class DeadLetterWatch:
    """One look a minute at the number of dead letters; at the letters themselves only when it has changed."""

    def __init__(
        self,
        *,
        queues: queues.Queues,
        shelves: Sequence[SideQueue],
        fail: Callable[[pointer.Pointer, str], Awaitable[None]],
        unreadable: Callable[[str], Awaitable[None]],
        undelivered: Callable[[str], Awaitable[None]],
        every_seconds: float,
        env: Env,
    ) -> None:
        self._queues = queues
        self._shelves = shelves
        self._fail = fail
        self._unreadable = unreadable
        self._undelivered = undelivered
        self._every = every_seconds
        self._env = env
        self._counts: dict[str, tuple[int, int]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`."""
        while not await queues.pause(stop, self._every * (0.75 + 0.5 * self._env.jitter())):
            try:
                await self.look()
            except errors.HermesError as error:
                self._env.emit(Event("sweep.failed", self._env.now(), f"dead letters: {error.message}", {}))

    async def look(self) -> None:
        """One look."""
        for shelf in self._shelves:
            count = await shelf.count()
            before, looks = self._counts.get(shelf.name, (0, 0))
            if count and (count != before or looks >= _LOOKS):
                await shelf.each(functools.partial(self._label, shelf))
                looks = 0
            self._counts[shelf.name] = (count, looks + 1)

    async def _label(self, shelf: SideQueue, received: Received) -> bool:
        """Set a labelled copy in its place, then tell: so each letter is told of once, even if telling kills the process as handling did.

        A command is told of by its record.
        """
        fifo = shelf.url.endswith(".fifo")
        labelled = "reason" in received.attributes
        if not labelled:
            await self._queues.send(
                shelf.url,
                received.body,
                group=received.group or "none" if fifo else None,
                deduplication=f"labelled:{received.message_id}" if fifo else None,
                attributes={"order": repr(received.sent_at), **received.attributes, "reason": _REASON},
            )
            await self._queues.delete(shelf.url, [received.receipt])
            facts = {"queue": shelf.name}
            self._env.emit(
                Event("message.dead_lettered", self._env.now(), f"a message was set aside: {_REASON}", facts)
            )
        if fifo:
            await self._undelivered(received.body)  # also where a worker has set it aside, with a label
        elif not labelled:
            await self._tell(received.body)
        return not labelled

    async def _tell(self, body: str) -> None:
        """Of a mail or a final report."""
        try:
            mails = pointer.read(body)
        except errors.Unreadable:
            await self._unreadable(body)
            return
        for mail in mails:
            await self._fail(mail, _REASON)
