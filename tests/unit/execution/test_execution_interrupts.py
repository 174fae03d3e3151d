"""Interrupts of an execution: who wins, who wakes, and what a cancellation from outside is not."""

from __future__ import annotations

import asyncio
import pickle
import signal as os_signal
import threading
from typing import Any

import pytest

from hermes.execution import (
    Environment,
    ExecutionInterrupted,
    ExecutionState,
    ExecutionStatus,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
    StepEvent,
)
from tests.eventually import soon


@pytest.mark.parametrize("reason", list(InterruptReason))
async def test_each_of_the_seven_reasons_stops_a_run(reason: InterruptReason) -> None:
    state = ExecutionState()
    state.request_interrupt(reason, "why", "anna", save_checkpoint=True)
    with pytest.raises(ExecutionInterrupted) as caught:
        await state.check_interrupt()
    signal = caught.value.signal
    assert (signal.reason, signal.message, signal.triggered_by, signal.save_checkpoint) == (reason, "why", "anna", True)
    assert signal.at is not None
    assert caught.value.reason is reason
    assert caught.value.message == "why"
    assert reason.value in str(caught.value)


def test_there_are_seven_reasons() -> None:
    assert len(InterruptReason) == 7


async def test_a_checkpoint_without_an_interrupt_goes_on() -> None:
    state = ExecutionState()
    await state.check_interrupt()
    assert state.interrupt_signal is None


async def test_the_first_reason_wins_and_later_ones_are_kept_in_history() -> None:
    state = ExecutionState()
    assert state.interrupt(InterruptSignal(reason=InterruptReason.TIMEOUT, message="first"))
    assert not state.interrupt(InterruptSignal(reason=InterruptReason.USER_CANCELLED, message="second"))
    state.request_interrupt(InterruptReason.TIMEOUT, "third")
    assert state.interrupt_signal is not None
    assert state.interrupt_signal.message == "first"
    events = [event for event in state.history if isinstance(event, InterruptEvent)]
    assert [(event.signal.message, event.first) for event in events] == [
        ("first", True),
        ("second", False),
        ("third", False),
    ]
    assert state.late_interrupts == 2


async def test_every_later_checkpoint_raises_again() -> None:
    state = ExecutionState()
    state.request_interrupt(InterruptReason.CUSTOM)
    for _ in range(3):
        with pytest.raises(ExecutionInterrupted):
            await state.check_interrupt()
    with pytest.raises(ExecutionInterrupted):
        await state.run(asyncio.sleep(10))
    with pytest.raises(ExecutionInterrupted):
        await state.sleep(10)


async def test_waiters_wake_at_once() -> None:
    state = ExecutionState()
    waiting = [asyncio.create_task(state.wait_interrupted()) for _ in range(100)]
    await asyncio.sleep(0)
    state.request_interrupt(InterruptReason.USER_CANCELLED)
    for _ in range(3):
        await asyncio.sleep(0)
    assert {task.result().reason for task in waiting} == {InterruptReason.USER_CANCELLED}


async def test_a_waiter_that_comes_later_does_not_wait() -> None:
    state = ExecutionState()
    state.request_interrupt(InterruptReason.CUSTOM)
    async with asyncio.timeout(60):
        assert (await state.wait_interrupted()).reason is InterruptReason.CUSTOM


async def test_run_gives_the_result() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert await ExecutionState().run(work()) == 7


async def test_run_cancels_what_it_awaits_and_waits_for_its_cleanup() -> None:
    state = ExecutionState()
    told: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.01)
            told.append("cleaned up")

    asyncio.get_running_loop().call_soon(state.request_interrupt, InterruptReason.USER_CANCELLED, "enough")
    with pytest.raises(ExecutionInterrupted, match="enough"):
        await state.run(work())
    assert told == ["cleaned up"]
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_task_that_is_run_is_cancelled_too() -> None:
    state = ExecutionState()
    task = asyncio.create_task(asyncio.sleep(3600))
    asyncio.get_running_loop().call_soon(state.request_interrupt, InterruptReason.CUSTOM)
    with pytest.raises(ExecutionInterrupted):
        await state.run(task)
    assert task.cancelled()


async def test_what_never_began_is_closed_without_a_warning() -> None:
    state = ExecutionState()
    state.request_interrupt(InterruptReason.CUSTOM)
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with pytest.raises(ExecutionInterrupted):
        await state.run(asyncio.sleep(1))
    with pytest.raises(ExecutionInterrupted):
        await state.run(future)
    assert future.cancelled()


async def test_an_error_of_the_cleanup_becomes_the_cause() -> None:
    state = ExecutionState()

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            raise OSError("disk full")

    asyncio.get_running_loop().call_soon(state.request_interrupt, InterruptReason.RESOURCE_LIMIT)
    with pytest.raises(ExecutionInterrupted) as caught:
        await state.run(work())
    assert isinstance(caught.value.__cause__, OSError)


async def test_an_error_without_an_interrupt_passes() -> None:
    async def work() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        await ExecutionState().run(work())


async def test_who_takes_no_notice_of_being_cancelled_is_interrupted_all_the_same() -> None:
    state = ExecutionState()

    async def stubborn() -> int:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return 3
        return 4

    asyncio.get_running_loop().call_soon(state.request_interrupt, InterruptReason.CUSTOM)
    with pytest.raises(ExecutionInterrupted):
        await state.run(stubborn())


# ── threads and signals ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_interrupt_from_another_thread_wakes_a_run() -> None:
    asyncio.get_running_loop().set_debug(True)  # then whatever touches the loop from a wrong thread raises
    state = ExecutionState()
    waiter = asyncio.create_task(state.wait_interrupted())
    firsts: list[bool] = []

    asleep = threading.Event()

    def ask() -> None:
        asleep.wait(60)
        firsts.append(state.interrupt(InterruptSignal(reason=InterruptReason.USER_CANCELLED)))

    threads = [threading.Thread(target=ask) for _ in range(8)]

    async def work() -> None:
        for thread in threads:
            thread.start()
        soon(asleep.set)  # the task sleeps by then
        await asyncio.sleep(3600)

    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted):
            await state.run(work())
        for thread in threads:
            await asyncio.to_thread(thread.join, 60)
        await waiter
    assert sorted(firsts) == [False] * 7 + [True]
    await asyncio.sleep(0)
    assert len([event for event in state.history if isinstance(event, InterruptEvent)]) == 8


async def test_a_signal_handler_may_interrupt() -> None:
    state = ExecutionState()
    before = os_signal.signal(os_signal.SIGUSR1, lambda *_: state.request_interrupt(InterruptReason.SYSTEM_SHUTDOWN))
    try:
        asyncio.get_running_loop().call_later(0.01, os_signal.raise_signal, os_signal.SIGUSR1)
        async with asyncio.timeout(60):
            with pytest.raises(ExecutionInterrupted):
                await state.run(asyncio.sleep(3600))
    finally:
        os_signal.signal(os_signal.SIGUSR1, before)


def test_a_state_may_be_interrupted_before_any_loop_runs() -> None:
    state = ExecutionState()
    state.request_interrupt(InterruptReason.CUSTOM)

    async def main() -> None:
        with pytest.raises(ExecutionInterrupted):
            await state.check_interrupt()

    asyncio.run(main())


# ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _whole(state: ExecutionState) -> list[ExecutionStatus]:
    return [event.status for event in state.history if isinstance(event, StepEvent) and not event.step]


async def test_a_run_begins_and_completes() -> None:
    async with ExecutionState() as state:
        assert state.status is ExecutionStatus.STARTED
    assert _whole(state) == [ExecutionStatus.STARTED, ExecutionStatus.COMPLETED]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("no"), ExecutionStatus.FAILED),
        (asyncio.CancelledError(), ExecutionStatus.CANCELLED),
        (ExecutionInterrupted(InterruptReason.CUSTOM), ExecutionStatus.INTERRUPTED),
    ],
)
async def test_a_run_ends_as_its_error_says(error: BaseException, status: ExecutionStatus) -> None:
    state = ExecutionState()
    with pytest.raises(type(error)):
        async with state:
            raise error
    assert state.status is status


async def test_a_run_that_caught_its_interrupt_is_still_interrupted() -> None:
    async with ExecutionState() as state:
        state.request_interrupt(InterruptReason.PRIORITY_OVERRIDE)
        assert state.status is ExecutionStatus.CANCELLING
    assert _whole(state)[-1] is ExecutionStatus.INTERRUPTED


async def test_an_interrupt_after_the_end_changes_nothing() -> None:
    async with ExecutionState() as state:
        pass
    assert not state.interrupt(InterruptSignal(reason=InterruptReason.USER_CANCELLED))
    assert state.interrupt_signal is None
    assert state.status is ExecutionStatus.COMPLETED
    assert isinstance(state.history[-1], InterruptEvent)


async def test_history_is_bounded_and_keeps_its_beginning() -> None:
    state = ExecutionState(env=Environment(history_limit=10))
    state.start()
    for number in range(50):
        state.timeline.note(str(number))
    assert len(state.history) == 10
    assert isinstance(state.history[0], StepEvent)
    assert state.timeline.history.dropped == 41


def test_an_interrupt_can_be_pickled() -> None:
    signal = InterruptSignal(reason=InterruptReason.TIMEOUT, message="late", triggered_by="anna")
    stop: Any = pickle.loads(pickle.dumps(ExecutionInterrupted.of(signal)))
    assert stop.signal == signal
    assert str(stop) == "The execution was interrupted (timeout: late)."
