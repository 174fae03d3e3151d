"""A queue that only the operator reads: dead letters and parked results. Listing hides no message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from hermes import limits
from hermes.aws.queues import Queues, Received

#: A look at a dead-letter queue waits this long for more; shorter polls may miss what is there.
SIDE_QUEUE_POLL_SECONDS: Final = 1
#: What is being looked at is hidden this long: a look that is killed keeps nothing for longer.
SIDE_QUEUE_VISIBILITY_SECONDS: Final = 60


class SideQueue:
    """Lists, removes and releases messages. Of a FIFO queue at most ten messages of a group are visible at once."""

    def __init__(self, *, queues: Queues, url: str) -> None:
        self._queues = queues
        self.url = url

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.url.rsplit("/", 1)[-1]

    async def count(self) -> int:
        """The approximate number of messages, as SQS gives it."""
        current = await self._queues.attributes(self.url)
        return int(current.get("ApproximateNumberOfMessages", "0"))

    async def look(self, *, most: int = limits.SIDE_QUEUE_LOOK) -> list[Received]:
        """Up to `most` messages, oldest first; all are visible again when this returns."""
        found: list[Received] = []

        async def keep(received: Received) -> bool:
            found.append(received)
            return False

        await self.each(keep, most=most)
        return sorted(found, key=lambda received: received.sent_at)

    async def each(self, act: Callable[[Received], Awaitable[bool]], *, most: int = limits.SIDE_QUEUE_LOOK) -> None:
        """Pass messages to `act`: True deletes one, False keeps it. Kept messages are visible again at once, also if `act` raises."""
        held: dict[str, Received] = {}
        seen: set[str] = set()
        try:
            while len(seen) < most:
                # A poll of no length asks only some of SQS's servers, and may find nothing where something lies.
                batch = await self._queues.receive(
                    self.url,
                    most=min(limits.BATCH, most - len(seen)),
                    wait_seconds=SIDE_QUEUE_POLL_SECONDS,
                    visibility_seconds=SIDE_QUEUE_VISIBILITY_SECONDS,
                )
                held |= {received.receipt: received for received in batch}
                fresh = [received for received in batch if received.message_id not in seen]
                if not fresh:
                    break
                for received in fresh:
                    seen.add(received.message_id)
                    if await act(received):
                        del held[received.receipt]
                        await self._queues.delete(self.url, [received.receipt])
        finally:
            await self._queues.change_visibility(self.url, [(receipt, 0) for receipt in held])
