"""Delivers events to many subscribers in order and isolates them from each other.

Underneath is pyee's synchronous emitter: one event reaches every subscription's queue before the next one does. Each
subscription then handles its queue at its own pace, in a task that exists only while the queue is not empty.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Generator
from types import TracebackType
from typing import Any, Final, Protocol

from pyee.base import EventEmitter

from hermes import limits
from hermes.execution import latch
from hermes.execution.events import events
from hermes.execution.events.subscription import EventStream, Overflow, Subscription, execution_of

_EVENT: Final = "event"


class _Execution(Protocol):
    """What the bus knows of the executions that publish on it."""

    state_id: str

    @property
    def is_interrupted(self) -> bool: ...

    @property
    def status(self) -> events.ExecutionStatus: ...


class EventBus:
    """Ordered fan-out with one bounded queue per subscriber.

    `emit` may be called from any thread and never waits; `await publish(event)` waits until every `Overflow.BLOCK` subscriber has room
    again. Handlers are called in the loop: what is published where none runs waits in their queues. `async with` closes the bus at the
    end.
    """

    def __init__(self, *, size: int = limits.EVENT_QUEUE, overflow: Overflow = Overflow.DROP_OLDEST) -> None:
        self._size = size
        self._overflow = overflow
        self._emitter = EventEmitter()
        self._subscriptions: dict[Subscription, None] = {}
        self._executions: weakref.WeakValueDictionary[str, _Execution] = weakref.WeakValueDictionary()
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

        Its exceptions are counted in `Subscription.failures` and logged, and stop nothing.
        """
        subscription = Subscription(
            handler=handler,
            name=name or getattr(handler, "__qualname__", type(handler).__name__),
            size=size or self._size,
            overflow=overflow or self._overflow,
            on_close=self._forget,
        )
        return self._add(subscription)

    def attach(self, execution: _Execution) -> None:
        """An execution will publish on this bus."""
        self._executions[execution.state_id] = execution

    def stream(
        self, *, execution_id: str | None = None, size: int | None = None, overflow: Overflow | None = None
    ) -> EventStream:
        """The events from now on, to be read with `async for`; it ends with its execution's interrupt or end, or with the bus.

        `execution_id` names its execution, and leaves the events of others out. Without, all events come, and its own execution is the
        first on this bus that is not over, or the first that publishes: others end without effect on the stream. Close it
        (`async with`, `aclose`) when leaving early.
        """
        subscription = Subscription(
            handler=None,
            name=f"stream of {execution_id or 'all'}",
            size=size or self._size,
            overflow=overflow or self._overflow,
            on_close=self._forget,
            accepts=None if execution_id is None else lambda event: execution_of(event) == execution_id,
        )
        return EventStream(self._add(subscription), execution_id=execution_id or self._first_execution())

    def _first_execution(self) -> str | None:
        for execution in list(self._executions.values()):
            if not execution.is_interrupted and not execution.status.terminal:
                return execution.state_id
        return None

    def _add(self, subscription: Subscription) -> Subscription:
        if self.closed:
            raise RuntimeError("the bus is closed")
        self._bind()
        self._subscriptions[subscription] = None
        self._emitter.add_listener(_EVENT, subscription.offer)
        return subscription

    def _bind(self) -> asyncio.AbstractEventLoop | None:
        """The bus's loop: the first that is met, or the running one when that is closed."""
        running = latch.running_loop()
        if self._loop is None or self._loop.is_closed():
            self._loop = running
        return running

    def _forget(self, subscription: Subscription) -> None:
        if self._subscriptions.pop(subscription, self) is not self:
            self._emitter.remove_listener(_EVENT, subscription.offer)

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Who listens."""
        return tuple(self._subscriptions)

    def emit(self, event: events.Event) -> bool:
        """Put the event into every queue; False if nobody listens. Never waits, never raises for a subscriber's sake.

        A full `BLOCK` queue takes it all the same (its bound is kept by `publish`); after `aclose` it is counted in `late`.
        """
        if self.closed:
            self.late += 1
            return False
        if not self._subscriptions:
            return False
        running = self._bind()
        if self._loop is running or self._loop is None:
            self._emitter.emit(_EVENT, event)
        else:
            self._loop.call_soon_threadsafe(self._emitter.emit, _EVENT, event)
        return True

    def publish(self, event: events.Event) -> Awaitable[None]:
        """Emit the event now. To await what it returns gives handlers a turn, and waits until no `BLOCK` subscriber is over its bound."""
        self.emit(event)
        return _Room(self)

    def resume(self) -> None:
        """Let handlers begin with what was published where no loop ran."""
        for subscription in self._subscriptions:
            subscription.resume()

    @property
    def heard(self) -> bool:
        """Somebody listens."""
        return bool(self._subscriptions) and not self.closed

    @property
    def waiting(self) -> bool:
        """A handler has an event before it."""
        return any(subscription.waiting for subscription in self._subscriptions)

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


class _Room:
    """Awaited, it lets handlers see the event and waits for room; left alone, nothing is left behind."""

    __slots__ = ("_bus",)

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus

    def __await__(self) -> Generator[Any, Any, None]:
        return self._seen().__await__()

    async def _seen(self) -> None:
        if self._bus.waiting:
            await asyncio.sleep(0)
        await self._bus.room()
