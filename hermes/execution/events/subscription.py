"""One subscriber of a bus: its bounded queue, read by a handler or a stream."""

from __future__ import annotations

import asyncio
import enum
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType

from hermes.execution import latch
from hermes.execution.events import events

_log = logging.getLogger(__name__)


class Overflow(enum.StrEnum):
    """The effect of one more event on a full queue."""

    BLOCK = "block"
    """`EventBus.publish` waits until there is room; nothing is lost."""
    DROP_OLDEST = "drop_oldest"
    """The oldest event is dropped and counted; interrupts are the last to go."""


class Subscription:
    """A queue of events and, unless a stream reads it, the handler that gets them one by one."""

    def __init__(
        self,
        *,
        handler: Callable[[events.Event], Awaitable[None] | None] | None,
        name: str,
        size: int,
        overflow: Overflow,
        on_close: Callable[[Subscription], None],
        accepts: Callable[[events.Event], bool] | None = None,
    ) -> None:
        if size < 1:
            raise ValueError("a queue needs room for at least one event")
        self.name = name
        self._handler = handler
        self._size = size
        self._overflow = overflow
        self._on_close = on_close
        self._accepts = accepts
        self._queue: deque[events.Event] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._changed: dict[asyncio.Future[None], None] = {}
        self._finished = False
        #: events lost to a full queue, or to a close that could not wait
        self.dropped = 0
        #: times that the handler raised
        self.failures = 0
        #: what it raised last
        self.error: BaseException | None = None

    def __len__(self) -> int:
        return len(self._queue)

    def offer(self, event: events.Event) -> None:
        """Queue the event. Never raises: pyee would not go on to the next subscriber."""
        if self._finished or (self._accepts is not None and not self._accepts(event)):
            return
        if self._overflow is Overflow.DROP_OLDEST and len(self._queue) >= self._size:
            self._drop_oldest()
        self._queue.append(event)
        self.resume()

    def resume(self) -> None:
        """Let the queue be read, if a loop runs."""
        if self._handler is None:
            self._wake()
        elif self._pump is None and self._queue and latch.running_loop() is not None:
            self._pump = asyncio.get_running_loop().create_task(self._work(), name=f"hermes event bus: {self.name}")

    @property
    def waiting(self) -> bool:
        """The handler has an event before it."""
        return self._handler is not None and bool(self._queue)

    def _drop_oldest(self) -> None:
        oldest = next((at for at, event in enumerate(self._queue) if not isinstance(event, events.InterruptEvent)), 0)
        del self._queue[oldest]
        self.dropped += 1

    async def _work(self) -> None:
        try:
            while self._queue:
                event = self._queue.popleft()
                self._wake()
                await self._handle(event)
        finally:
            self._pump = None
            self._wake()

    async def _handle(self, event: events.Event) -> None:
        assert self._handler is not None
        try:
            waiting = self._handler(event)
            if inspect.isawaitable(waiting):
                await waiting
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            self._failed(error)  # the handler's own: nobody has cancelled us
        except Exception as error:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        self.failures += 1
        self.error = error
        _log.error(
            "A subscriber of the event bus failed.",
            exc_info=error,
            extra={"action": "bus.subscriber_failed", "subscriber": self.name},
        )

    @property
    def crowded(self) -> bool:
        """A `BLOCK` queue holds more than its bound."""
        return self._overflow is Overflow.BLOCK and len(self._queue) > self._size

    async def room(self) -> None:
        """Wait while the queue is over its bound; its own handler never waits for it."""
        while self.crowded and not self._finished and asyncio.current_task() is not self._pump:
            await self._change()

    async def next(self) -> events.Event | None:
        """The next event, for a stream; None when there is none to come."""
        while not self._queue:
            if self._finished:
                return None
            await self._change()
        event = self._queue.popleft()
        self._wake()
        return event

    @property
    def pump(self) -> asyncio.Task[None] | None:
        """The task that handles the queue while it is not empty."""
        return self._pump

    def finish(self) -> None:
        """Take no more events."""
        self._finished = True
        self._wake()

    async def aclose(self) -> None:
        """Stop listening; a running handler is cancelled, and unhandled events count as dropped."""
        self.finish()
        self._on_close(self)
        pump = self._pump
        if pump is not None and pump is not asyncio.current_task():
            pump.cancel()
            await asyncio.wait({pump})
            self._pump = None  # one that was cancelled before its first step has not said so itself
        if self._handler is not None:
            self.dropped += len(self._queue)
            self._queue.clear()

    async def _change(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._changed[waiter] = None
        try:
            await waiter
        finally:
            self._changed.pop(waiter, None)

    def _wake(self) -> None:
        waiters, self._changed = self._changed, {}
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


def execution_of(event: object) -> str | None:
    """The execution that the event is of; None for what a user has published that is no event of an execution."""
    return getattr(event, "execution_id", None)


class EventStream:
    """Events to be read with `async for`; the last one is its execution's interrupt or end.

    `execution_id` is its execution; None: that of the first event.
    """

    def __init__(self, subscription: Subscription, *, execution_id: str | None = None) -> None:
        self._subscription = subscription
        self._execution_id = execution_id
        self._over = False

    @property
    def dropped(self) -> int:
        """Events that a slow reader has lost."""
        return self._subscription.dropped

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> events.Event:
        event = None if self._over else await self._subscription.next()
        if event is None:
            await self.aclose()
            raise StopAsyncIteration
        self._execution_id = self._execution_id or execution_of(event)
        ends = isinstance(event, events.InterruptEvent) or (
            isinstance(event, events.StepEvent) and event.ends_execution
        )
        if ends and execution_of(event) == self._execution_id:
            await self.aclose()
        return event

    async def __aenter__(self) -> EventStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop reading."""
        self._over = True
        await self._subscription.aclose()
