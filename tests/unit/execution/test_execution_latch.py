"""The latch at the moments that come between: a waiter that has gone, a loop that is closed, a scope that was left."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from hermes.execution import ExecutionInterrupted, ExecutionState, InterruptEvent, InterruptReason, InterruptSignal
from hermes.execution.latch import InterruptLatch

SIGNAL = InterruptSignal(reason=InterruptReason.CUSTOM, message="why")


def from_another_thread(act: Callable[[], object]) -> None:
    """Done when this returns; what it has put on this thread's loop has not run yet."""
    thread = threading.Thread(target=act)
    thread.start()
    thread.join(60)


@pytest.fixture
def abandoned() -> Iterator[Callable[[Coroutine[Any, Any, Any]], None]]:
    """Begins a coroutine in a loop that is closed before it has ended, as of a thread that died."""
    tasks = []

    def begin(work: Coroutine[Any, Any, Any]) -> None:
        loop = asyncio.new_event_loop()
        task = loop.create_task(work)
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        tasks.append(task)
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    yield begin
    tasks.clear()
    gc.collect()


async def test_a_waiter_that_was_cancelled_in_the_same_turn_is_passed_over() -> None:
    latch = InterruptLatch()
    gone, stays = asyncio.create_task(latch.wait()), asyncio.create_task(latch.wait())
    await asyncio.sleep(0)
    gone.cancel()
    assert latch.set(SIGNAL)
    assert await stays is SIGNAL
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert not latch.busy


async def test_a_waiter_that_is_cancelled_before_the_word_of_another_thread_arrives_stays_cancelled() -> None:
    latch = InterruptLatch()
    gone = asyncio.create_task(latch.wait())
    await asyncio.sleep(0)
    from_another_thread(lambda: latch.set(SIGNAL))
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert latch.signal is SIGNAL


async def test_a_signal_that_comes_while_a_waiter_lies_down_is_not_slept_through() -> None:
    def come_now() -> None:
        latch.set(SIGNAL)

    latch = InterruptLatch(on_busy=come_now)
    async with asyncio.timeout(60):
        assert await latch.wait() is SIGNAL
    assert not latch.busy


def test_waiters_and_scopes_of_a_closed_loop_keep_nobody_from_being_woken(
    abandoned: Callable[[Coroutine[Any, Any, Any]], None],
) -> None:
    state = ExecutionState()
    abandoned(state.wait_interrupted())
    abandoned(state.run(asyncio.Event().wait()))

    async def main() -> None:
        waiter = asyncio.create_task(state.wait_interrupted())
        await asyncio.sleep(0)
        state.request_interrupt(InterruptReason.CUSTOM)
        async with asyncio.timeout(60):
            await waiter

    asyncio.run(main())
    assert state.interrupt_signal is not None


async def test_a_scope_that_was_left_before_the_word_of_another_thread_arrives_is_not_cancelled() -> None:
    state = ExecutionState()
    async with state.interruptible() as scope:
        from_another_thread(lambda: state.request_interrupt(InterruptReason.CUSTOM))
    await asyncio.sleep(0)
    assert not scope.fired
    with pytest.raises(ExecutionInterrupted):
        await state.check_interrupt()


async def test_a_cancellation_from_outside_arrives_even_while_ones_own_is_taken_back() -> None:
    state = ExecutionState()

    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        async with state.interruptible():
            state.request_interrupt(InterruptReason.CUSTOM)
            asyncio.get_running_loop().call_soon(task.cancel)

    task = asyncio.create_task(work())
    await asyncio.wait({task}, timeout=60)
    assert task.cancelled()


async def test_a_scope_outside_of_any_task_is_refused_in_words() -> None:
    refused: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def enter() -> None:
        entering = ExecutionState().interruptible().__aenter__()
        try:
            entering.send(None)
        except RuntimeError as error:
            refused.set_result(error)

    asyncio.get_running_loop().call_soon(enter)
    async with asyncio.timeout(60):
        assert "needs a task" in str(await refused)


async def test_the_end_comes_before_the_word_of_another_thread_and_stays_the_end() -> None:
    state = ExecutionState()
    state.start()
    from_another_thread(lambda: state.request_interrupt(InterruptReason.CUSTOM))
    state.finish()
    ended = state.status
    await asyncio.sleep(0)
    assert state.status is ended
    assert any(isinstance(event, InterruptEvent) and event.first for event in state.history)
    state.finish(OSError("later"))
    assert state.status is ended, "it ends once"
