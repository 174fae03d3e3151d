"""Moves strangers' mail out of the owners' queue. SES puts every notification there, so a flood is sorted in parallel and in calls of ten.

A stranger's notification takes no slot: its header alone decides, and it moves to the strangers' queue unread. While receives return only
strangers, more receives run beside the first, and moving comes second: an owner's mail may be behind the flood in the queue.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
from collections.abc import Callable, Coroutine, Sequence
from typing import Final

from hermes import errors, limits
from hermes.aws import queues
from hermes.aws.records.stores import Stores
from hermes.domain import pointer
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.upkeep.visibility_extender import VisibilityExtender

#: Receives beside the first during a flood: with 20 ms for each call, more than the processor of one gateway sorts.
MOST_BESIDE: Final = 16
#: Calls that move ten messages each, once nothing is left to be sorted; meanwhile there is one.
MOST_MOVING: Final = 8
#: Notifications that may wait to be moved. All are moved long before they would be visible again.
MOST_GOING: Final = 10_000
MOST_GOING_BYTES: Final = 32 * 1024 * 1024
#: The part of a message's invisible time that is relied on.
_SURE: Final = 0.8
#: A receive that may wait asks all servers of SQS; where there is a flood, it does not wait.
_LOOK_SECONDS: Final = 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InboundQueue:
    """A queue of pointers, and which of them belong on another queue."""

    url: str
    poll_seconds: int
    strangers: str | None = None
    """SES puts its notifications on the owners' queue itself: one that is not to wait there goes to this queue when it is read."""
    among_owners: Callable[[Sequence[pointer.Pointer]], bool] = lambda pointers: True
    """Whether a notification may wait on this queue."""


class StrangerSorter:
    """Sorts what was received; `waiting` holds owners' mail that came in a receive beside the first, for which no slot was asked."""

    def __init__(
        self,
        *,
        queue: InboundQueue,
        stores: Stores,
        holding: VisibilityExtender,
        found: Callable[[], None],
        env: Env,
    ) -> None:
        self._queue = queue
        self._queues = stores.queues
        self._holding = holding
        self._found = found
        self._env = env
        self._beside: set[asyncio.Task[None]] = set()
        self._movers: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._going: collections.deque[tuple[queues.Received, float]] = collections.deque()
        """Messages to move, and until when, by the clock of the loop, they are certainly invisible to others."""
        self._going_bytes = 0
        self.waiting: collections.deque[queues.Received] = collections.deque()
        """Owners' mail that is kept invisible until it is taken."""

    @property
    def full(self) -> bool:
        """Whether so much waits to be moved that nothing more may be received."""
        return len(self._going) >= MOST_GOING or self._going_bytes >= MOST_GOING_BYTES

    def sort(self, batch: Sequence[queues.Received], most: int) -> list[queues.Received]:
        """The messages that stay, of a receive that asked for `most`; the others are on their way to the strangers' queue."""
        stay, flood = self._apart(batch)
        if flood and len(batch) >= min(most, limits.BATCH):
            self._look_beside()
        self._move()
        return stay

    async def close(self) -> list[queues.Received]:
        """Wait for calls under way; returns messages that they found and that have to be given back."""
        self._stopping = True
        while tasks := [*self._beside, *self._movers]:
            await asyncio.wait(tasks)
        left = list(self.waiting)
        self.waiting.clear()
        for received in left:
            self._holding.release(self._queue.url, received.receipt)
        return left

    def _apart(self, batch: Sequence[queues.Received]) -> tuple[list[queues.Received], bool]:
        """What stays, and whether anything does not."""
        stay: list[queues.Received] = []
        until = asyncio.get_running_loop().time() + self._holding.visibility_seconds * _SURE
        for received in batch:
            if self._is_strangers(received):
                self._going.append((received, until))
                self._going_bytes += len(received.body)
            else:
                stay.append(received)
        return stay, len(stay) < len(batch)

    def _is_strangers(self, received: queues.Received) -> bool:
        """Our own ways in sort mails before they put them here, and a copy that took a mail's place has its order and keeps it."""
        if self._queue.strangers is None or "order" in received.attributes:
            return False
        try:
            pointers = pointer.read(received.body)
        except errors.Unreadable:
            return False
        return pointers[0].ingress == "ses" and not self._queue.among_owners(pointers)

    def _look_beside(self) -> None:
        if len(self._beside) < MOST_BESIDE and not self._stopping:
            self._start(self._beside, self._sort_beside(), "sort")

    async def _sort_beside(self) -> None:
        """Receive until there is no flood, until owners' mail waits for slots, or until too much is on its way."""
        flood = True
        while flood and not (self._stopping or self.waiting or self.full):
            try:
                batch = await self._queues.receive(
                    self._queue.url,
                    most=limits.BATCH,
                    wait_seconds=_LOOK_SECONDS,
                    visibility_seconds=self._holding.visibility_seconds,
                )
            except errors.HermesError as error:
                self._env.emit(Event("poll.failed", self._env.now(), f"inbound: {error.message}", {}))
                break
            stay, flood = self._apart(batch)
            for received in stay:
                self._holding.hold(self._queue.url, received.receipt)
                self.waiting.append(received)
            if stay:
                self._found()
            flood = flood and len(batch) == limits.BATCH
            if flood:
                self._look_beside()
            self._move()

    def _move(self) -> None:
        sorting = self._beside and not (self._stopping or self.full)
        if self._going and len(self._movers) < (1 if sorting else MOST_MOVING):
            self._start(self._movers, self._move_on(), "hand over")

    async def _move_on(self) -> None:
        assert self._queue.strangers is not None
        while self._going:
            self._move()
            taken = [self._going.popleft() for _ in range(min(limits.BATCH, len(self._going)))]
            self._going_bytes -= sum(len(received.body) for received, _ in taken)
            now = asyncio.get_running_loop().time()
            # What waited too long is about to be visible again, and is sorted again then: moved now, it would be there twice.
            some = [received for received, until in taken if now < until]
            try:
                await self._queues.move(self._queue.url, self._queue.strangers, some)
            except errors.HermesError as error:
                # A message that was not moved comes again; of one that was moved and not deleted the second copy is a duplicate.
                self._env.emit(Event("mail.deferred", self._env.now(), f"not handed over: {error.message}", {}))

    @staticmethod
    def _start(tasks: set[asyncio.Task[None]], work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
