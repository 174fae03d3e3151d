"""Handles what SQS itself moved to a dead-letter queue (after five receives): labels it with a reason and tells the person who waits."""

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
#: After so many looks the dead letters are read even if their number is unchanged: one may have replaced another.
_LOOKS = 30


class DeadLetterWatch:
    """Reads the number of dead letters once a minute, and the letters themselves when it has changed."""

    def __init__(
        self,
        *,
        queues: queues.Queues,
        side_queues: Sequence[SideQueue],
        fail: Callable[[pointer.Pointer, str], Awaitable[None]],
        unreadable: Callable[[str], Awaitable[None]],
        undelivered: Callable[[str], Awaitable[None]],
        every_seconds: float,
        env: Env,
    ) -> None:
        self._queues = queues
        self._side_queues = side_queues
        self._fail = fail
        self._unreadable = unreadable
        self._undelivered = undelivered
        self._every = every_seconds
        self._env = env
        self._counts: dict[str, tuple[int, int]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop`."""
        while not await queues.pause(stop, self._every * (0.75 + 0.5 * self._env.jitter())):
            try:
                await self.look()
            except errors.HermesError as error:
                self._env.emit(Event("sweep.failed", self._env.now(), f"dead letters: {error.message}", {}))

    async def look(self) -> None:
        """One look."""
        for side_queue in self._side_queues:
            count = await side_queue.count()
            before, looks = self._counts.get(side_queue.name, (0, 0))
            if count and (count != before or looks >= _LOOKS):
                await side_queue.each(functools.partial(self._label, side_queue))
                looks = 0
            self._counts[side_queue.name] = (count, looks + 1)

    async def _label(self, side_queue: SideQueue, received: Received) -> bool:
        """Replace it with a labelled copy, then tell the person: so they are told once, even if telling kills the process as handling did.

        A command's reply is told by its record.
        """
        fifo = side_queue.url.endswith(".fifo")
        labelled = "reason" in received.attributes
        if not labelled:
            await self._queues.send(
                side_queue.url,
                received.body,
                group=received.group or "none" if fifo else None,
                deduplication=f"labelled:{received.message_id}" if fifo else None,
                attributes={"order": repr(received.sent_at), **received.attributes, "reason": _REASON},
            )
            await self._queues.delete(side_queue.url, [received.receipt])
            facts = {"queue": side_queue.name}
            self._env.emit(
                Event("message.dead_lettered", self._env.now(), f"a message was set aside: {_REASON}", facts)
            )
        if fifo:
            await self._undelivered(received.body)  # also if a worker has parked it, with a label
        elif not labelled:
            await self._tell(received.body)
        return not labelled

    async def _tell(self, body: str) -> None:
        """Tell the person of a mail or a final report."""
        try:
            mails = pointer.read(body)
        except errors.Unreadable:
            await self._unreadable(body)
            return
        for mail in mails:
            await self._fail(mail, _REASON)
