"""Rows: the figures of `hermes.execution`, tenacity's retry beside ours.

They are wall-clock times: on a machine whose load per core (shown at the end) is near 1 or above they measure the other programs too.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
import tracemalloc
from collections.abc import Awaitable, Callable

import tenacity

from hermes.execution import (
    Environment,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    InterruptReason,
    ParallelExecutionManager,
    RetryConfig,
    RetryStrategy,
    StepContext,
)
from tests.bench.passes import Passes
from tests.bench.table import Figure, Figures

CHECKPOINTS = 200_000
WAITERS = 1_000
EXECUTIONS = 10_000
RETRIES = 2_000
REPEATS = 7


async def _nothing() -> None:
    return None


async def checkpoint_microseconds() -> float:
    """A checkpoint without a checker, over an empty await; the median of several rounds."""
    state = ExecutionState()

    async def round_of(call: Callable[[], Awaitable[None]]) -> float:
        begun = time.perf_counter()
        for _ in range(CHECKPOINTS):
            await call()
        return (time.perf_counter() - begun) / CHECKPOINTS * 1e6

    differences = []
    for _ in range(REPEATS):
        empty = await round_of(_nothing)
        differences.append(await round_of(state.check_interrupt) - empty)
    return statistics.median(differences)


async def cancelled_milliseconds() -> float:
    """From the interrupt to the raised `ExecutionInterrupted` of a gather over 1,000 running tasks; the worst of several."""
    worst = 0.0
    for _ in range(REPEATS):
        state = ExecutionState()
        running = asyncio.Event()
        left = WAITERS

        async def work(running: asyncio.Event = running) -> None:
            nonlocal left
            left -= 1
            if not left:
                running.set()
            await asyncio.sleep(3600)

        gathering = asyncio.create_task(ParallelExecutionManager(state=state).gather([work] * WAITERS))
        async with asyncio.timeout(30):
            await running.wait()
        begun = time.perf_counter()
        state.request_interrupt(InterruptReason.USER_CANCELLED)
        await asyncio.wait({gathering})
        worst = max(worst, (time.perf_counter() - begun) * 1e3)
        assert isinstance(gathering.exception(), ExecutionInterrupted)
    return worst


async def _raised(call: Callable[[ExecutionState], Awaitable[object]]) -> float:
    """p99, in milliseconds, from the interrupt to the exception raised in each of 1,000 waiters; the median of several rounds.

    A round in which another program had the processor for a while says nothing about this one.
    """
    rounds: list[float] = []
    for _ in range(REPEATS):
        state = ExecutionState()
        raised: list[float] = []

        async def wait(state: ExecutionState = state, raised: list[float] = raised) -> None:
            try:
                await call(state)
                await state.check_interrupt()
            except ExecutionInterrupted:
                raised.append(time.perf_counter())

        waiting = [asyncio.create_task(wait()) for _ in range(WAITERS)]
        await asyncio.sleep(0.01)
        gc.collect()
        begun = time.perf_counter()
        state.request_interrupt(InterruptReason.USER_CANCELLED)
        await asyncio.wait(waiting)
        assert len(raised) == WAITERS
        rounds.append(sorted(at - begun for at in raised)[int(WAITERS * 0.99)])
    return statistics.median(rounds) * 1e3


async def raised_milliseconds() -> float:
    """Waiters that wait for the interrupt."""
    return await _raised(lambda state: state.wait_interrupted())


async def backoff_milliseconds() -> float:
    """Waiters in the middle of a pause before a retry."""
    return await _raised(lambda state: state.sleep(3600))


async def _execution(number: int) -> None:
    async def step(context: StepContext) -> int:
        await asyncio.sleep(0)
        return context.attempt

    state = ExecutionState(state_id=f"run-{number}")
    state.set_interrupt_checker(lambda: False)
    try:
        async with state:
            state.set_timeout(3600)
            state.set_timeout(3600)
            await ExecutionEvent(name="step", handler=step).execute(state)
            if number % 2:
                state.request_interrupt(InterruptReason.USER_CANCELLED)
                await state.check_interrupt()
    except ExecutionInterrupted:
        assert number % 2


async def left_over() -> tuple[int, int, float]:
    """Tasks, timers, and KiB of memory that are left after 10,000 executions, half of them interrupted."""
    loop, others = asyncio.get_running_loop(), len(asyncio.all_tasks())
    for number in range(500):  # caches fill and free lists grow before the count begins
        await _execution(number)
    await asyncio.sleep(0)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(EXECUTIONS):
        await _execution(number)
    await asyncio.sleep(0)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    timers = [handle for handle in getattr(loop, "_scheduled", []) if not handle.cancelled()]
    return len(asyncio.all_tasks()) - others, len(timers), max(0.0, (after - before) / 1024)


class _Flaky:
    """Fails twice, then gives a result."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, *_: object) -> int:
        self.calls += 1
        if self.calls < 3:
            raise ConnectionError("not yet")
        return self.calls


async def retry_microseconds() -> tuple[float, float]:
    """A call that fails twice and then succeeds, no pause between: our step (history included), and tenacity."""
    config = RetryConfig(strategy=RetryStrategy.CONSTANT, initial_delay=0, max_attempts=3)

    async def ours() -> None:
        state = ExecutionState(state_id="retry", env=Environment(history_limit=100))
        for _ in range(20):
            await ExecutionEvent(name="flaky", handler=_Flaky(), retry=config).execute(state)

    async def theirs() -> None:
        for _ in range(20):
            retrying = tenacity.AsyncRetrying(
                stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_none(), sleep=lambda _: _nothing(), reraise=True
            )
            await retrying(_Flaky())

    async def median(call: Callable[[], Awaitable[None]]) -> float:
        times = []
        for _ in range(REPEATS):
            begun = time.perf_counter()
            for _ in range(RETRIES // 20):
                await call()
            times.append((time.perf_counter() - begun) / RETRIES * 1e6)
        return statistics.median(times)

    return await median(ours), await median(theirs)


async def measure(passes: Passes) -> Figures:
    """All of them; nothing of AWS is in them."""
    ours, theirs = await retry_microseconds()
    figures = {
        "checkpoint over an empty await, µs": Figure(await checkpoint_microseconds(), 0.5),
        "1,000 parallel tasks cancelled, ms": Figure(await cancelled_milliseconds(), 50),
        "interrupt to exception, 1,000 waiters, p99 ms": Figure(await raised_milliseconds(), 5),
        "interrupt to exception, 1,000 backoffs, p99 ms": Figure(await backoff_milliseconds(), 10),
        "retry: two failures and a success, µs": Figure(ours),
        "the same with tenacity, µs": Figure(theirs),
    }
    tasks, timers, memory = await left_over()
    figures["tasks left after 10,000 executions"] = Figure(tasks, 0)
    figures["timers left after 10,000 executions"] = Figure(timers, 0)
    figures["memory left after 10,000 executions, KiB"] = Figure(memory, 64)
    return figures
