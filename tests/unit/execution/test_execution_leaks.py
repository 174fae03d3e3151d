"""Nothing is left: thousands of executions, and no task, timer or memory of them."""

from __future__ import annotations

import asyncio
import gc
import sys
import tracemalloc
from typing import Any

import pytest

from hermes.execution import (
    EventBus,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    InterruptReason,
    ParallelExecutionManager,
    RetryConfig,
    StepContext,
)

#: Half of them a round. Of a list for each, the smallest thing that a leak would be, more than `_BYTES` would be left.
EXECUTIONS = 3000
_BYTES = 96 * 1024


async def _one(number: int, bus: EventBus) -> None:
    failed = False

    async def handler(context: StepContext) -> int:
        nonlocal failed
        if not failed:
            failed = True
            raise OSError
        await asyncio.sleep(0)
        return context.attempt

    state = ExecutionState(state_id=f"run-{number}", event_bus=bus)
    state.set_interrupt_checker(lambda: False)
    try:
        async with state:
            state.set_timeout(3600)
            state.set_timeout(3600)
            step = ExecutionEvent(name="step", handler=handler, retry=RetryConfig(initial_delay=0))
            await ParallelExecutionManager(state=state).gather([step])
            if number % 2:
                asyncio.get_running_loop().call_soon(state.request_interrupt, InterruptReason.USER_CANCELLED)
                await state.sleep(3600)
    except ExecutionInterrupted:
        assert number % 2


def _scheduled(loop: Any) -> list[asyncio.TimerHandle]:
    return [handle for handle in loop._scheduled if not handle.cancelled()]


async def _memory(bus: EventBus) -> int:
    """How many bytes more there are after so many executions."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(EXECUTIONS // 2):
            await _one(number, bus)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


@pytest.mark.timeout(300)
async def test_nothing_is_left_after_thousands_of_executions() -> None:
    loop = asyncio.get_running_loop()
    before_timers = len(_scheduled(loop))
    async with EventBus() as bus:
        bus.subscribe(lambda event: None)
        for number in range(300):
            await _one(number, bus)
        await asyncio.sleep(0)
        gc.collect()
        states = sum(isinstance(thing, ExecutionState) for thing in gc.get_objects())
        # What others keep for once, as caches do, is kept in the first round; a leak is in each.
        left = min([await _memory(bus) for _ in range(3)])
        assert len(asyncio.all_tasks()) == 1
        assert len(_scheduled(loop)) == before_timers
        assert sum(isinstance(thing, ExecutionState) for thing in gc.get_objects()) == states
        # What coverage notes of each line is memory too.
        assert left < _BYTES or sys.gettrace() is not None
