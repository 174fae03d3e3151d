"""Takes pointers from the inbound queue and hands them to the EmailProcessor; deletes a message once its mails have an outcome."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from hermes import errors, limits
from hermes.aws import queues
from hermes.aws.records.stores import Stores
from hermes.domain import pointer
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.intake.email_processor import EmailProcessor
from hermes.gateway.intake.stranger_sorter import InboundQueue, StrangerSorter
from hermes.gateway.upkeep.visibility_extender import VisibilityExtender
from hermes.mail.parse import recipients

#: A mail whose author's DNS gives no answer is judged again after each of these; then it is refused.
JUDGE_AGAIN_SECONDS: Final = (15.0, 60.0, 300.0, 900.0)
#: A gateway whose slots were all taken waits this long for more than one free slot: a receive costs the same for one and for ten.
SLOTS_GATHER_SECONDS: Final = 0.02

#: A mail that failed comes again after this many seconds for each receive.
_RETRY_SECONDS = 3
_MAX_PAUSE_SECONDS = 30.0
#: Attributes of a message: failed DNS look-ups for the mail, and the time before which none is tried again.
_JUDGED, _AFTER = "judged", "after"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """How many mails of a queue are handled at once."""

    most: int
    allowed: Callable[[], int]
    """The number that the load of this process allows."""
    beside: Callable[[], int] = lambda: 0
    """How many of these mails wait for DNS, in separate slots."""

    def free(self, under_way: int) -> int:
        """Free slots while this many mails are being handled; 0 or less: none."""
        return min(self.most, self.allowed()) - (under_way - self.beside())


class Inbound:
    """One long poll, and more during a flood of strangers (`StrangerSorter`); as many mails under way as there are slots."""

    def __init__(
        self,
        *,
        stores: Stores,
        processor: EmailProcessor,
        holding: VisibilityExtender,
        queue: InboundQueue,
        slots: Slots,
        other: Callable[[str], Awaitable[bool]] | None = None,
        env: Env,
    ) -> None:
        """`other` takes messages that are no mail; True: it was one."""
        self._queues = stores.queues
        self._dead_letters = stores.dead_letters
        self._processor = processor
        self._holding = holding
        self._url = queue.url
        self._poll_seconds = queue.poll_seconds
        self._slots = slots
        self._other = other
        self._env = env
        self._full = False
        self._changed = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._sorter = StrangerSorter(queue=queue, stores=stores, holding=holding, found=self._start_waiting, env=env)
        self.last_poll = env.clock()
        """When, by the steady clock, the last poll ended, or the last mail while every slot is taken."""
        self.last_turn = self.last_poll
        """The same of a poll that may have failed: later than `last_poll` while SQS does not answer."""

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; then return messages that came too late to the queue, and wait for the mails being handled."""
        pause = 0.5
        while not stop.is_set():
            self._start_waiting()
            free = self._free
            self._full = free <= 0
            if self._full:
                self._changed.clear()
                await queues.pause(self._changed, limits.PRESSURE_LOOK_SECONDS)
                # When one slot is free, more soon are: a receive costs the same for one and for ten.
                await queues.pause(stop, SLOTS_GATHER_SECONDS)
                continue
            try:
                batch = await self._queues.receive(
                    self._url,
                    most=free,
                    wait_seconds=self._poll_seconds,
                    visibility_seconds=self._holding.visibility_seconds,
                )
                pause = 0.5
            except errors.HermesError as error:
                self.last_turn = self._env.clock()
                self._env.emit(Event("poll.failed", self._env.now(), f"inbound: {error.message}", {}))
                await queues.pause(stop, pause)
                pause = min(pause * 2, _MAX_PAUSE_SECONDS)
                continue
            self.last_poll = self.last_turn = self._env.clock()
            if stop.is_set():
                await self._give_back(batch)
                break
            for received in self._sorter.sort(batch, free):
                self._start(received)
        if left := await self._sorter.close():
            await self._give_back(left)
        if self._under_way:
            await asyncio.wait(list(self._under_way))

    @property
    def _free(self) -> int:
        if self._sorter.full:
            return 0
        return self._slots.free(len(self._under_way)) - len(self._sorter.waiting)

    def _start_waiting(self) -> None:
        waiting = self._sorter.waiting
        while waiting and self._slots.free(len(self._under_way)) > 0:
            self._start(waiting.popleft())

    def _start(self, received: queues.Received) -> None:
        task = asyncio.get_running_loop().create_task(self._handle(received), name=f"mail {received.message_id}")
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    async def _give_back(self, batch: list[queues.Received]) -> None:
        try:
            await self._queues.change_visibility(self._url, [(received.receipt, 0) for received in batch])
        except errors.HermesError as error:
            # They come back when their visibility ends; mails being handled are waited for all the same.
            self._env.emit(Event("mail.deferred", self._env.now(), f"not given back: {error.message}", {}))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if self._full:
            self.last_poll = self.last_turn = self._env.clock()
        self._start_waiting()
        self._changed.set()

    async def _handle(self, received: queues.Received) -> None:
        self._holding.hold(self._url, received.receipt)
        try:
            await self._take(received)
        except errors.HermesError as error:
            # Only our call to SQS failed: the message comes again, and the record shows what was done.
            self._env.emit(Event("mail.deferred", self._env.now(), error.message, {"message_id": received.message_id}))
        finally:
            self._holding.release(self._url, received.receipt)

    async def _take(self, received: queues.Received) -> None:
        self._env.crash_point("mail.received")
        if self._other is not None and await self._other(received.body):
            await self._queues.delete(self._url, [received.receipt])
            return
        try:
            pointers = _one_each(pointer.read(received.body))
        except errors.Unreadable as error:
            await self._dead_letters.park(self._url, received, error.message)
            self._env.emit(Event("mail.unreadable", self._env.now(), f"parked: {error.message}", {}))
            return
        judged = int(_stamp(received, _JUDGED))
        if judged and received.receive_count == 1:
            # Once, and no longer than its pause: the time on it is by the clock of whoever put it there.
            pause = JUDGE_AGAIN_SECONDS[min(judged, len(JUDGE_AGAIN_SECONDS)) - 1]
            if (wait := min(_stamp(received, _AFTER) - self._env.now(), pause)) > 0:
                await self._queues.change_visibility(self._url, [(received.receipt, math.ceil(wait))])
                return
        unanswered: list[str] = []
        again: list[tuple[pointer.Pointer, str]] = []
        later: list[tuple[pointer.Pointer, str]] = []
        hopeless: list[tuple[pointer.Pointer, str]] = []
        first_sent = _stamp(received, "order") or received.sent_at
        for one in pointers:
            try:
                await self._processor.handle(one, order=one.order or first_sent)
            except errors.NameServersDown as error:
                later.append((one, error.message))
            except errors.DnsUnavailable as error:
                if judged < len(JUDGE_AGAIN_SECONDS):
                    unanswered.append(error.message)
                else:
                    await self._processor.refuse(one, f"{error.message}; it was asked {judged + 1} times")
            except errors.Permanent as error:
                hopeless.append((one, error.message))
            except errors.DamagedRecord as error:
                # No outage: somebody has to repair the record, and has to be told.
                again.append((one, error.message))
            except errors.Transient as error:
                later.append((one, error.message))
            except Exception as error:  # a mail that breaks the handling must not be lost, nor stop the others
                again.append((one, f"{type(error).__name__}: {error}"))
        if unanswered and not (again or later or hopeless):
            await self._judge_later(received, first_sent, judged, unanswered[0])
            return
        later += [(pointers[0], reason) for reason in unanswered[:1]]
        if received.receive_count >= limits.RECEIVES:
            hopeless, again = hopeless + again, []
            if self._env.now() - first_sent > limits.MAIL_RETRY_SECONDS:
                hopeless, later = hopeless + later, []
        if later and received.receive_count >= limits.RECEIVES:
            await self._start_over(received, first_sent, later[0][1])
        elif again or later:
            await self._again(received, (again + later)[0][1])
        elif hopeless:
            for one, reason in hopeless:
                await self._processor.fail(one, reason)
            await self._dead_letters.park(self._url, received, hopeless[0][1])
        else:
            self._env.crash_point("mail.handled")
            await self._queues.delete(self._url, [received.receipt])
            self._env.crash_point("mail.deleted")

    async def _start_over(self, received: queues.Received, first_sent: float, reason: str) -> None:
        """During an outage a fresh copy with the old order replaces the message, since SQS would park it at the next receive."""
        self._env.emit(
            Event("mail.deferred", self._env.now(), f"tried again: {reason}", {"message_id": received.message_id})
        )
        await self._queues.send(self._url, received.body, attributes={**received.attributes, "order": repr(first_sent)})
        await self._queues.delete(self._url, [received.receipt])

    async def _judge_later(self, received: queues.Received, first_sent: float, judged: int, reason: str) -> None:
        """The author's DNS gave no answer. A copy that counts these tries replaces the message, so that other faults do not use them up."""
        pause = JUDGE_AGAIN_SECONDS[judged]
        self._env.emit(Event("mail.deferred", self._env.now(), f"judged again in {pause:g} s: {reason}", {}))
        stamps = {"order": repr(first_sent), _JUDGED: str(judged + 1), _AFTER: repr(self._env.now() + pause)}
        await self._queues.send(self._url, received.body, attributes={**received.attributes, **stamps})
        await self._queues.delete(self._url, [received.receipt])

    async def _again(self, received: queues.Received, reason: str) -> None:
        self._env.emit(
            Event("mail.deferred", self._env.now(), f"tried again: {reason}", {"message_id": received.message_id})
        )
        wait = _RETRY_SECONDS * received.receive_count
        await self._queues.change_visibility(self._url, [(received.receipt, wait)])


def _one_each(pointers: Sequence[pointer.Pointer]) -> tuple[pointer.Pointer, ...]:
    """The pointers of a message; several recipients that are one mailbox are one mail."""
    of = {one.recipient: one for one in reversed(pointers)}
    return tuple(of[recipient] for recipient in recipients.one_each(one.recipient for one in pointers))


def _stamp(received: queues.Received, name: str) -> float:
    """A time that an earlier handling put on the message; 0 if there is none."""
    try:
        return float(received.attributes.get(name, 0))
    except ValueError:
        return 0.0
