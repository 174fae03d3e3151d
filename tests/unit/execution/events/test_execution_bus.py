"""The event bus: order, bounds, failing and slow subscribers, streams, closing."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from typing import Any

import pytest

from hermes.execution import (
    Event,
    EventBus,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
    NoteEvent,
    Overflow,
)
from hermes.execution.events.history import History
from tests.eventually import settled

SIGNAL = InterruptSignal(reason=InterruptReason.CUSTOM)


def note(detail: object, execution_id: str = "acme") -> NoteEvent:
    return NoteEvent(execution_id=execution_id, at=0, detail=str(detail))


def interrupt(execution_id: str = "acme") -> InterruptEvent:
    return InterruptEvent(state_id=execution_id, at=0, signal=SIGNAL)


class Listener:
    """Collects; can be held."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, event: Event) -> None:
        await self.go.wait()
        self.seen.append(event.detail if isinstance(event, NoteEvent) else event.kind)


async def test_every_subscriber_gets_every_event_in_order() -> None:
    plain: list[str] = []
    slow = Listener()
    async with EventBus() as bus:
        bus.subscribe(lambda event: plain.append(event.detail))  # type: ignore[union-attr]
        bus.subscribe(slow)
        for number in range(100):
            bus.emit(note(number))
    assert plain == slow.seen == [str(number) for number in range(100)]


async def test_a_failing_subscriber_hurts_nobody_and_stays(caplog: pytest.LogCaptureFixture) -> None:
    listener = Listener()

    def bad(event: Event) -> None:
        raise LookupError("no")

    async def worse(event: Event) -> None:
        raise asyncio.CancelledError

    async with EventBus() as bus:
        with caplog.at_level(logging.ERROR):
            failing, cancelling = bus.subscribe(bad), bus.subscribe(worse)
            bus.subscribe(listener)
            for number in range(3):
                await bus.publish(note(number))
            await bus.aclose()
    assert listener.seen == ["0", "1", "2"]
    assert failing.failures == cancelling.failures == 3
    assert isinstance(failing.error, LookupError)
    assert len(caplog.records) == 6


async def test_interrupt_events_are_published_even_if_a_subscriber_fails() -> None:
    listener = Listener()

    def bad(event: Event) -> None:
        raise LookupError("no")

    bus = EventBus()
    bus.subscribe(bad)
    bus.subscribe(listener)
    state = ExecutionState(event_bus=bus)
    state.request_interrupt(InterruptReason.USER_CANCELLED)
    with pytest.raises(ExecutionInterrupted):
        await state.check_interrupt()
    await bus.aclose()
    assert listener.seen == ["interrupt"]


async def test_a_full_queue_drops_the_oldest_and_counts() -> None:
    listener = Listener()
    listener.go.clear()
    async with EventBus(size=3) as bus:
        subscription = bus.subscribe(listener)
        for number in range(10):
            bus.emit(note(number))
        listener.go.set()
    assert listener.seen == ["7", "8", "9"]
    assert subscription.dropped == 7


async def test_an_interrupt_is_the_last_to_be_dropped() -> None:
    listener = Listener()
    async with EventBus(size=2) as bus:
        subscription = bus.subscribe(listener)
        bus.emit(interrupt())
        for number in range(10):
            bus.emit(note(number))
        assert subscription.dropped == 9
    assert listener.seen == ["interrupt", "9"]


async def test_a_blocking_subscriber_makes_publishers_wait_and_loses_nothing() -> None:
    listener = Listener()
    listener.go.clear()
    bus = EventBus()
    subscription = bus.subscribe(listener, size=2, overflow=Overflow.BLOCK)

    async def publish() -> None:
        for number in range(10):
            await bus.publish(note(number))

    publishing = asyncio.create_task(publish())
    await settled()
    assert not publishing.done()
    assert len(subscription) == 3  # its bound, and the one that its publisher waits with
    listener.go.set()
    async with asyncio.timeout(60):
        await publishing
        await bus.aclose()
    assert listener.seen == [str(number) for number in range(10)]
    assert subscription.dropped == 0


async def test_a_blocked_step_is_interruptible() -> None:
    listener = Listener()
    listener.go.clear()
    bus = EventBus()
    bus.subscribe(listener, size=1, overflow=Overflow.BLOCK)
    state = ExecutionState(event_bus=bus)
    task = asyncio.create_task(ExecutionEvent(name="s", handler=lambda context: 1).execute(state))
    await settled()
    assert not task.done()
    state.request_interrupt(InterruptReason.CUSTOM)
    await asyncio.wait({task}, timeout=60)
    assert isinstance(task.exception(), ExecutionInterrupted)
    listener.go.set()
    await bus.aclose()


async def test_a_subscriber_that_publishes_does_not_wait_for_itself() -> None:
    bus = EventBus()
    seen: list[str] = []
    done = asyncio.Event()

    async def echo(event: Event) -> None:
        assert isinstance(event, NoteEvent)
        seen.append(event.detail)
        if event.detail == "begin":
            for name in "abc":
                await bus.publish(note(name))
        if event.detail == "c":
            done.set()

    bus.subscribe(echo, size=1, overflow=Overflow.BLOCK)
    async with asyncio.timeout(60):
        bus.emit(note("begin"))
        await done.wait()
        await bus.aclose()
    assert seen == ["begin", "a", "b", "c"]


async def test_events_from_another_thread_arrive() -> None:
    listener = Listener()
    async with EventBus() as bus:
        bus.subscribe(listener)

        def emit() -> None:
            for number in range(5):
                bus.emit(note(number))

        thread = threading.Thread(target=emit)
        thread.start()
        await asyncio.to_thread(thread.join, 5)
        await asyncio.sleep(0)
    assert listener.seen == ["0", "1", "2", "3", "4"]


# ── streams ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _read(stream: Any) -> list[Event]:
    async with asyncio.timeout(60), stream:
        return [event async for event in stream]


async def test_a_stream_ends_with_an_interrupt() -> None:
    bus = EventBus()
    reading = asyncio.create_task(_read(bus.stream()))
    await asyncio.sleep(0)
    for event in (note(1), note(2), interrupt(), note(3)):
        bus.emit(event)
    assert [event.kind for event in await reading] == ["note", "note", "interrupt"]
    assert bus.subscriptions == ()


async def test_a_stream_of_one_execution_leaves_the_others_out() -> None:
    bus = EventBus()
    reading = asyncio.create_task(_read(bus.stream(execution_id="acme")))
    await asyncio.sleep(0)
    for event in (note(1, "other"), interrupt("other"), note(2), interrupt()):
        bus.emit(event)
    assert await reading == [note(2), interrupt()]


async def test_a_stream_ends_with_its_execution() -> None:
    bus = EventBus()
    stream = bus.stream()
    async with ExecutionState(event_bus=bus) as state:
        await ExecutionEvent(name="s", handler=lambda context: 1).execute(state)
    assert [getattr(event, "status", None) for event in await _read(stream)] == [
        "started",
        "started",
        "completed",
        "completed",
    ]


async def test_a_stream_ends_with_the_bus_after_what_it_holds() -> None:
    bus = EventBus()
    stream = bus.stream()
    bus.emit(note(1))
    await bus.aclose()
    assert await _read(stream) == [note(1)]


async def test_a_slow_stream_loses_the_oldest_and_never_the_interrupt() -> None:
    bus = EventBus()
    stream = bus.stream(size=3)
    bus.emit(interrupt())
    for number in range(10):
        bus.emit(note(number))
    assert stream.dropped == 8
    assert await _read(stream) == [interrupt()]


async def test_a_stream_that_is_closed_early_listens_no_more() -> None:
    bus = EventBus()
    async with bus.stream() as stream:
        bus.emit(note(1))
        assert await anext(stream) == note(1)
    assert bus.subscriptions == ()
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_reader_that_is_cancelled_leaves_the_stream_usable() -> None:
    bus = EventBus()
    stream = bus.stream()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(stream)
    bus.emit(note(1))
    assert await anext(stream) == note(1)
    await stream.aclose()


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_closing_drains_what_is_queued() -> None:
    listener = Listener()
    listener.go.clear()
    bus = EventBus()
    bus.subscribe(listener)
    for number in range(5):
        bus.emit(note(number))
    closing = asyncio.create_task(bus.aclose())
    await settled()
    assert not closing.done()
    listener.go.set()
    async with asyncio.timeout(60):
        await closing
    assert listener.seen == ["0", "1", "2", "3", "4"]
    assert len(asyncio.all_tasks()) == 1


async def test_closing_does_not_wait_longer_than_it_may() -> None:
    listener = Listener()
    listener.go.clear()
    bus = EventBus()
    subscription = bus.subscribe(listener)
    for number in range(5):
        bus.emit(note(number))
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await bus.aclose(drain_seconds=0.01)
    assert listener.seen == []
    assert subscription.dropped == 4  # the fifth was at work
    assert len(asyncio.all_tasks()) == 1


async def test_what_comes_after_the_close_is_counted_and_raises_nothing() -> None:
    bus = EventBus()
    await bus.aclose()
    state = ExecutionState(event_bus=bus)
    state.request_interrupt(InterruptReason.CUSTOM)
    async with EventBus() as used:
        used.subscribe(Listener())
    used.emit(note(1))
    assert used.late == 1
    with pytest.raises(RuntimeError):
        used.subscribe(Listener())


async def test_a_subscription_can_be_closed_alone() -> None:
    listener = Listener()
    async with EventBus() as bus:
        subscription = bus.subscribe(listener)
        await bus.publish(note(1))
        await settled()
        await subscription.aclose()
        await bus.publish(note(2))
    assert listener.seen == ["1"]


async def test_an_idle_bus_has_no_task_and_can_be_forgotten() -> None:
    bus = EventBus()
    bus.subscribe(Listener())
    bus.emit(note(1))
    await settled()
    assert len(asyncio.all_tasks()) == 1
    del bus
    gc.collect()


async def test_a_queue_needs_room() -> None:
    with pytest.raises(ValueError):
        EventBus(size=-1).subscribe(Listener())


def test_what_is_emitted_for_a_loop_that_is_closed_raises_nothing() -> None:
    bus = EventBus()
    listener = Listener()

    async def main() -> None:
        bus.subscribe(listener)
        bus.emit(note(1))
        await settled()

    asyncio.run(main())
    bus.emit(note(2))
    assert listener.seen == ["1"]


async def test_a_reader_that_is_cancelled_in_the_same_turn_loses_no_event() -> None:
    bus = EventBus()
    stream = bus.stream()
    reader = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    reader.cancel()
    bus.emit(note(1))
    with pytest.raises(asyncio.CancelledError):
        await reader
    async with asyncio.timeout(60):
        assert await anext(stream) == note(1)
    await stream.aclose()


async def test_without_a_bus_nothing_is_waited_for() -> None:
    state = ExecutionState()
    assert not state.timeline.crowded
    await state.timeline.room()


@pytest.mark.parametrize("limit", [1, 0, -1])
def test_a_history_has_room_for_its_beginning_and_its_end(limit: int) -> None:
    with pytest.raises(ValueError, match="at least one more"):
        History(limit=limit)


def test_the_smallest_history_keeps_the_first_and_the_newest() -> None:
    assert list(History([note(number) for number in range(5)], limit=2)) == [note(0), note(4)]
