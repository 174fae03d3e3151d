"""`ExecutionState` as its users know it: fields, requests, timeouts, checkers, generators, events."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import pickle
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from hermes.execution import (
    EventBus,
    ExecutionInterrupted,
    ExecutionState,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
    Snapshot,
)
from tests.unit.execution.api.stopped import SIGNAL, stopped


def test_a_fresh_state_has_the_fields() -> None:
    state = ExecutionState()
    assert isinstance(state.state_id, str)
    assert state.state_id
    assert (state.is_interrupted, state.interrupt_signal, state.interrupt_checker) == (False, None, None)
    assert state.active_generators == set()
    assert isinstance(state.active_generators, set)
    assert ExecutionState("mine").state_id == ExecutionState(state_id="mine").state_id == "mine"
    assert ExecutionState().state_id != state.state_id


def test_the_constructor_takes_no_more_than_eight_arguments() -> None:
    assert len(inspect.signature(ExecutionState).parameters) <= 8


async def test_only_the_id_of_the_fields_is_serialised() -> None:
    state = ExecutionState("s")
    state.set_interrupt_checker(lambda: False)
    task = asyncio.create_task(asyncio.sleep(0))
    state.register_generator(task)
    state.request_interrupt()
    again: ExecutionState = pickle.loads(pickle.dumps(state))
    assert again.state_id == "s"
    assert (again.is_interrupted, again.interrupt_checker, again.active_generators) == (False, None, set())
    assert again.history == state.history
    assert state.model_dump() == {"state_id": "s", "status": "cancelling"}
    await task


@pytest.mark.parametrize("reason", [*InterruptReason, "timeout"])
async def test_a_request_is_carried_to_the_checkpoint(reason: InterruptReason | str) -> None:
    state = ExecutionState()
    state.request_interrupt(reason=reason, message="why", triggered_by="anna", save_checkpoint=False)
    stop = await stopped(state)
    assert (stop.reason, stop.message, stop.signal.triggered_by) == (InterruptReason(reason), "why", "anna")
    assert stop.signal is state.interrupt_signal
    assert state.is_interrupted
    assert stop.signal.save_checkpoint is False


async def test_a_request_has_defaults_and_returns_nothing() -> None:
    state = ExecutionState()
    answer: Any = state.request_interrupt()  # type: ignore[func-returns-value]
    assert answer is None
    stop = await stopped(state)
    assert (stop.reason, stop.message, stop.signal.triggered_by) == (InterruptReason.USER_CANCELLED, None, None)
    assert stop.signal.save_checkpoint is True
    assert InterruptSignal.model_validate(stop.signal.model_dump()) == stop.signal


def CHECK(state: ExecutionState) -> Any:
    return state.check_interrupt()


class Memory:
    """A store that remembers."""

    def __init__(self) -> None:
        self.kept: dict[str, Snapshot] = {}
        self.saves = 0

    async def save(self, snapshot: Snapshot) -> None:
        self.kept[snapshot.execution_id] = snapshot
        self.saves += 1

    async def load(self, execution_id: str) -> Snapshot | None:
        return self.kept.get(execution_id)

    async def delete(self, execution_id: str) -> None:
        self.kept.pop(execution_id, None)


@pytest.mark.parametrize(
    "work",
    [
        CHECK,
        lambda state: state.sleep(3600),
        lambda state: state.run(asyncio.sleep(3600)),
        lambda state: state.parallel().gather([asyncio.sleep(3600)]),
    ],
)
@pytest.mark.parametrize("before", [True, False])
async def test_a_checkpoint_is_saved_wherever_the_interrupt_is_noticed(work: Callable[..., Any], before: bool) -> None:
    store = Memory()
    state = ExecutionState("s", store=store)
    if before:
        state.request_interrupt()
    else:
        asyncio.get_running_loop().call_later(0.01, state.request_interrupt)
    async with asyncio.timeout(60):
        if work is CHECK:
            await state.wait_interrupted()
        with pytest.raises(ExecutionInterrupted):
            await work(state)
    saved = store.kept["s"].interrupted
    assert saved == state.interrupt_signal
    with contextlib.suppress(ExecutionInterrupted):
        await state.check_interrupt()
    assert store.saves == 1  # nothing new has happened


async def test_a_saved_snapshot_is_published() -> None:
    bus, seen = EventBus(), list[Any]()
    bus.subscribe(seen.append)
    state = ExecutionState("s", store=Memory(), event_bus=bus)
    await state.save()
    await bus.aclose()
    (event,) = seen
    assert (event.kind, event.execution_id, event.number, event.error) == ("snapshot", "s", 1, "")
    assert state.history == ()


# ── timeouts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_timeout_interrupts_with_its_message() -> None:
    state = ExecutionState()
    state.set_timeout(timeout_seconds=3600, message="never")
    state.set_timeout(0.01, "Must complete within 5 minutes")
    async with asyncio.timeout(60):
        await state.wait_interrupted()
    stop = await stopped(state)
    assert (stop.reason, stop.message) == (InterruptReason.TIMEOUT, "Must complete within 5 minutes")
    assert sum(isinstance(event, InterruptEvent) for event in state.history) == 1


async def test_a_timeout_without_a_message_says_how_long_it_was() -> None:
    state = ExecutionState()
    state.set_timeout(0)
    async with asyncio.timeout(60):
        assert (await state.wait_interrupted()).message == "timed out after 0 s"


async def test_a_timeout_that_is_cancelled_never_comes() -> None:
    state = ExecutionState()
    state.set_timeout(0)
    state.cancel_timeout()
    state.cancel_timeout()
    await asyncio.sleep(0.01)
    await state.check_interrupt()


@pytest.mark.parametrize(
    "begin",
    [
        lambda state: state.check_interrupt(),
        lambda state: state.sleep(0),
        lambda state: state.run(asyncio.sleep(0)),
        lambda state: state.wait_interrupted(),
        lambda state: state.parallel().gather([asyncio.sleep(0)]),
    ],
)
def test_a_timeout_that_was_set_before_the_loop_starts_with_the_first_await(begin: Callable[..., Any]) -> None:
    state = ExecutionState()
    state.set_timeout(0.01, "late")
    assert state.timeout_remaining == 0.01

    async def main() -> None:
        await begin(state)
        await state.wait_interrupted()

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await main()

    asyncio.run(bounded())
    assert state.interrupt_signal is not None
    assert state.interrupt_signal.message == "late"
    state.set_timeout(3600)
    assert state.cancel_timeout()
    assert not state.cancel_timeout()


# ── generators ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_tasks_and_generators_are_killed() -> None:
    state, closed = ExecutionState(), []

    async def items() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            closed.append("generator")

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            closed.append("task")

    task, generator = asyncio.create_task(work()), items()
    await anext(generator)
    await asyncio.sleep(0)
    state.register_generator(task)
    state.register_generator(generator)  # type: ignore[arg-type]
    assert state.active_generators == {task, generator}
    await state.kill_generators()
    assert task.cancelled()
    assert closed == ["generator", "task"]
    assert state.active_generators == set()


async def test_what_ended_by_itself_is_registered_no_more() -> None:
    state = ExecutionState()
    task = asyncio.create_task(asyncio.sleep(0))
    state.register_generator(task)
    await task
    await asyncio.sleep(0)
    assert state.active_generators == set()
    state.unregister_generator(task)
    assert await state.kill_generators() == 0


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_checkpoint_publishes_the_interrupt_before_it_raises() -> None:
    bus, seen = EventBus(), list[Any]()
    state = ExecutionState("s", event_bus=bus)
    state.request_interrupt()
    bus.subscribe(seen.append)
    for _ in range(2):
        await stopped(state)
    assert [event.kind for event in seen] == ["interrupt"]


async def test_publishing_can_fail_without_effect(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(EventBus):
        def emit(self, event: Any) -> bool:
            raise RuntimeError("no bus today")

    state = ExecutionState(event_bus=Broken(), store=Memory())
    state.request_interrupt()
    await stopped(state)
    assert [event.kind for event in state.history] == ["interrupt"]
    assert "An event was not published." in caplog.text


@pytest.mark.parametrize("await_it", [True, False])
async def test_an_event_can_be_published_with_and_without_waiting(await_it: bool) -> None:
    bus, seen = EventBus(), list[Any]()
    bus.subscribe(seen.append)
    event = InterruptEvent(signal=SIGNAL, state_id="s")
    published = bus.publish(event)
    if await_it:
        await published
    await bus.aclose()
    assert seen == [event]


def test_what_is_published_where_no_loop_runs_waits_for_one() -> None:
    bus, seen = EventBus(), list[Any]()
    bus.subscribe(seen.append)
    state = ExecutionState("s", event_bus=bus)
    state.request_interrupt()
    asyncio.run(stopped(state))
    assert [event.kind for event in seen] == ["interrupt"]
    other = ExecutionState("t", event_bus=bus)  # a bus goes on in the next loop
    other.request_interrupt()
    asyncio.run(stopped(other))
    assert [event.state_id for event in seen] == ["s", "t"]


async def test_a_stream_without_an_id_ends_with_its_own_execution_alone() -> None:
    bus = EventBus()
    mine, other = ExecutionState("mine", event_bus=bus), ExecutionState("other", event_bus=bus)
    stream = bus.stream()
    other.request_interrupt()
    mine.timeline.note("goes on")
    mine.request_interrupt()
    async with asyncio.timeout(60):
        assert [(event.kind, event.execution_id) async for event in stream] == [
            ("interrupt", "other"),
            ("note", "mine"),
            ("interrupt", "mine"),
        ]
    late = bus.stream()  # all are over: the first that publishes is its own
    other.request_interrupt()
    async with asyncio.timeout(60):
        assert [event.execution_id async for event in late] == ["other"]


async def test_a_state_streams_its_own_events() -> None:
    bus = EventBus()
    state, other = ExecutionState(event_bus=bus), ExecutionState(event_bus=bus)
    stream = state.stream()
    other.request_interrupt()
    state.request_interrupt()
    async with asyncio.timeout(60):
        assert [event.execution_id async for event in stream] == [state.state_id]
