"""Delivers events to many subscribers in order and isolates them from each other.

Underneath is pyee's synchronous emitter: one event reaches every subscription's queue before the next one does. Each
subscription then handles its queue at its own pace, in a task that exists only while the queue is not empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final

from pyee.base import EventEmitter

from hermes import limits
from hermes.execution import latch
from hermes.execution.events import events
from hermes.execution.events.subscription import EventStream, Overflow, Subscription

_EVENT: Final = "event"


class EventBus:
    """Ordered fan-out with one bounded queue per subscriber.

    `emit` may be called from any thread and never waits; `publish` waits until every `Overflow.BLOCK` subscriber has room again.
    `async with` closes the bus at the end.
    """

    def __init__(self, *, size: int = limits.EVENT_QUEUE, overflow: Overflow = Overflow.DROP_OLDEST) -> None:
        self._size = size
        self._overflow = overflow
        self._emitter = EventEmitter()
        self._subscriptions: dict[Subscription, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False
        #: events that came after `aclose` and went nowhere
        self.late = 0

    async def __aenter__(self) -> EventBus:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def subscribe(
        self,
        handler: Callable[[events.Event], Awaitable[None] | None],
        *,
        name: str = "",
        size: int | None = None,
        overflow: Overflow | None = None,
    ) -> Subscription:
        """Call the handler (plain or async) with every event from now on, one after the other.

        Its exceptions are counted in `Subscription.failures` and logged, and stop nothing. Needs a running loop.
        """
        subscription = Subscription(
            handler=handler,
            name=name or getattr(handler, "__qualname__", type(handler).__name__),
            size=size or self._size,
            overflow=overflow or self._overflow,
            on_close=self._forget,
        )
        return self._add(subscription)

    def stream(
        self, *, execution_id: str | None = None, size: int | None = None, overflow: Overflow | None = None
    ) -> EventStream:
        """The events from now on, to be read with `async for`; it ends with an interrupt, with the execution, or with the bus.

        `execution_id` leaves the events of other executions out. Close it (`async with`, `aclose`) when leaving early.
        """
        subscription = Subscription(
            handler=None,
            name=f"stream of {execution_id or 'all'}",
            size=size or self._size,
            overflow=overflow or self._overflow,
            on_close=self._forget,
            accepts=None if execution_id is None else lambda event: event.execution_id == execution_id,
        )
        return EventStream(self._add(subscription))

    def _add(self, subscription: Subscription) -> Subscription:
        if self.closed:
            raise RuntimeError("the bus is closed")
        self._loop = asyncio.get_running_loop()
        self._subscriptions[subscription] = None
        self._emitter.add_listener(_EVENT, subscription.offer)
        return subscription

    def _forget(self, subscription: Subscription) -> None:
        if self._subscriptions.pop(subscription, self) is not self:
            self._emitter.remove_listener(_EVENT, subscription.offer)

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Who listens."""
        return tuple(self._subscriptions)

    def emit(self, event: events.Event) -> None:
        """Put the event into every queue; never waits, never raises for a subscriber's sake.

        A full `BLOCK` queue takes it all the same (its bound is kept by `publish`); after `aclose` it is counted in `late`.
        """
        loop = self._loop
        if loop is None or self.closed:
            self.late += self.closed
        elif loop is latch.running_loop():
            self._emitter.emit(_EVENT, event)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(self._emitter.emit, _EVENT, event)

    async def publish(self, event: events.Event) -> None:
        """Emit the event, then wait until no `BLOCK` subscriber is over its bound."""
        self.emit(event)
        await self.room()

    @property
    def crowded(self) -> bool:
        """Some `BLOCK` subscriber is over its bound: `room` would wait."""
        return any(subscription.crowded for subscription in self._subscriptions)

    async def room(self) -> None:
        """Wait until no `BLOCK` subscriber is over its bound (a subscriber that itself publishes does not wait for itself)."""
        for subscription in tuple(self._subscriptions):
            await subscription.room()

    async def aclose(self, drain_seconds: float = limits.EVENT_DRAIN_SECONDS) -> None:
        """Accept no more events, let the handlers finish their queues, and end the streams after their queued events.

        Handlers that need longer than `drain_seconds` in all are cancelled; what they leave counts as dropped.
        """
        self.closed = True
        subscriptions = tuple(self._subscriptions)
        for subscription in subscriptions:
            subscription.finish()
        at_work = {subscription.pump for subscription in subscriptions} - {None, asyncio.current_task()}
        try:
            if at_work:
                await asyncio.wait({pump for pump in at_work if pump is not None}, timeout=drain_seconds)
        finally:
            for subscription in subscriptions:
                await subscription.aclose()
