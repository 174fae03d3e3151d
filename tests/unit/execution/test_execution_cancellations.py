"""Interrupts beside cancellations from outside: each arrives as what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from hermes.execution import (
    ExecutionInterrupted,
    ExecutionState,
    InterruptReason,
)
from tests.eventually import soon


async def test_a_cancellation_from_outside_is_never_taken_for_an_interrupt() -> None:
    state = ExecutionState()
    task = asyncio.create_task(state.run(asyncio.sleep(3600)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task}, timeout=60)
    assert task.cancelled()
    assert state.interrupt_signal is None


async def test_a_cancelled_error_that_the_work_raises_itself_is_no_interrupt() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await ExecutionState().run(work())


@pytest.mark.parametrize("interrupt_first", [True, False])
async def test_a_cancellation_from_outside_beside_an_interrupt_arrives(interrupt_first: bool) -> None:
    state = ExecutionState()
    task = asyncio.create_task(state.run(asyncio.sleep(3600)))
    await asyncio.sleep(0)
    acts: list[Callable[[], object]] = [lambda: state.request_interrupt(InterruptReason.CUSTOM), task.cancel]
    for act in acts if interrupt_first else reversed(acts):
        act()
    await asyncio.wait({task}, timeout=60)
    assert task.cancelled()


async def test_a_cleanup_that_runs_for_an_outside_cancellation_is_not_disturbed_by_an_interrupt() -> None:
    state = ExecutionState()
    cleaning, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            cleaning.set()
            await asyncio.sleep(0.02)
            done.set()

    task = asyncio.create_task(state.run(work()))
    await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(60):
        await cleaning.wait()
    state.request_interrupt(InterruptReason.SYSTEM_SHUTDOWN)
    await asyncio.wait({task}, timeout=60)
    assert task.cancelled()
    assert done.is_set()


async def test_a_timeout_around_a_run_is_a_timeout() -> None:
    state = ExecutionState()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await state.run(asyncio.sleep(3600))
    assert state.interrupt_signal is None


async def test_a_timeout_inside_a_run_stays_inside() -> None:
    async def work() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(3600)
        except TimeoutError:
            return "timed out inside"
        return ""

    assert await ExecutionState().run(work()) == "timed out inside"


async def test_an_interrupt_passes_through_a_timeout_and_a_task_group() -> None:
    state = ExecutionState()
    children: list[asyncio.Task[None]] = []

    async def work() -> None:
        async with asyncio.timeout(3600), asyncio.TaskGroup() as group:
            children.extend(group.create_task(asyncio.sleep(3600)) for _ in range(3))

    soon(state.request_interrupt, InterruptReason.USER_CANCELLED)
    with pytest.raises(ExecutionInterrupted):
        await state.run(work())
    assert all(child.cancelled() for child in children)
    await asyncio.sleep(0)  # a cancellation that was not taken back would come out here


async def test_an_interrupt_by_the_run_itself_leaves_no_cancellation_pending() -> None:
    state = ExecutionState()

    async def quick() -> int:
        state.request_interrupt(InterruptReason.CUSTOM)
        return 1  # ends before the cancellation can be delivered

    with pytest.raises(ExecutionInterrupted):
        await state.run(quick())
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_a_checkpoint_right_after_ones_own_interrupt_leaves_no_cancellation_pending() -> None:
    state = ExecutionState()

    async def quick() -> None:
        state.request_interrupt(InterruptReason.CUSTOM)
        await state.check_interrupt()

    with pytest.raises(ExecutionInterrupted):
        await state.run(quick())
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_nested_scopes_raise_one_interrupt_and_its_catcher_may_clean_up() -> None:
    state = ExecutionState()
    told: list[str] = []

    async def work() -> None:
        async with state.interruptible():
            try:
                async with state.interruptible():
                    await asyncio.sleep(3600)
            except ExecutionInterrupted:
                await asyncio.sleep(0.01)
                told.append("saved")
                raise

    soon(state.request_interrupt, InterruptReason.CUSTOM)
    with pytest.raises(ExecutionInterrupted):
        await work()
    assert told == ["saved"]


async def test_scopes_of_two_states_nest() -> None:
    outer, inner = ExecutionState(), ExecutionState()

    async def work() -> str:
        try:
            await inner.run(asyncio.sleep(3600))
        except ExecutionInterrupted as stop:
            return f"inner {stop.reason.value}"
        return ""

    soon(inner.request_interrupt, InterruptReason.CUSTOM)
    assert await outer.run(work()) == "inner custom"
    soon(outer.request_interrupt, InterruptReason.TIMEOUT)
    with pytest.raises(ExecutionInterrupted) as caught:
        await outer.run(ExecutionState().run(asyncio.sleep(3600)))
    assert caught.value.reason is InterruptReason.TIMEOUT


async def test_a_scope_that_was_left_is_not_cancelled() -> None:
    state = ExecutionState()
    async with state.interruptible() as scope:
        pass
    state.request_interrupt(InterruptReason.CUSTOM)
    await asyncio.sleep(0)
    assert not scope.fired
