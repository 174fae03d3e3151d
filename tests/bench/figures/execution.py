"""Rows: the figures of `hermes.execution`, those of tenacity, stamina and anyio beside them.

They are processor times of this process, which does nothing else and waits for nothing: a machine that is otherwise idle takes as long, and
on a busy one other programs do not count.
"""

from __future__ import annotations

import asyncio
import gc
import io
import statistics
import time
import tracemalloc
from collections.abc import Awaitable, Callable

from hermes.execution import (
    Environment,
    EventPrinter,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    ExecutionStatus,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
    ParallelExecutionManager,
    RetryConfig,
    RetryStrategy,
    StepContext,
    StepEvent,
)
from tests.bench.figures.loading import milliseconds
from tests.bench.passes import Passes
from tests.bench.processes import runtime_peers
from tests.bench.processes.runtime_peers import Flaky, nothing
from tests.bench.table import Figure, Figures

CHECKPOINTS = 200_000
WAITERS = 1_000
EXECUTIONS = 10_000
RETRIES = 2_000
PRINTED = 2_000
REPEATS = 7


async def checkpoint_microseconds(checkpoint: Callable[[], Awaitable[None]]) -> float:
    """A checkpoint over an empty await; the median of several rounds."""

    async def round_of(call: Callable[[], Awaitable[None]]) -> float:
        begun = time.process_time()
        for _ in range(CHECKPOINTS):
            await call()
        return (time.process_time() - begun) / CHECKPOINTS * 1e6

    differences = []
    for _ in range(REPEATS):
        empty = await round_of(nothing)
        differences.append(await round_of(checkpoint) - empty)
    return statistics.median(differences)


async def cancelled_milliseconds() -> float:
    """From the interrupt to the raised `ExecutionInterrupted` of a gather over 1,000 running tasks; the median of several."""
    rounds = []
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
        begun = time.process_time()
        state.request_interrupt(InterruptReason.USER_CANCELLED)
        await asyncio.wait({gathering})
        rounds.append((time.process_time() - begun) * 1e3)
        assert isinstance(gathering.exception(), ExecutionInterrupted)
    return statistics.median(rounds)


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
                raised.append(time.process_time())

        waiting = [asyncio.create_task(wait()) for _ in range(WAITERS)]
        await asyncio.sleep(0.01)
        gc.collect()
        begun = time.process_time()
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
    for number in range(EXECUTIONS // 2):  # caches fill and free lists grow before the count begins
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


async def retry_microseconds() -> tuple[float, float]:
    """A call that fails twice and then succeeds, no pause between: our step (history included), and tenacity."""
    config = RetryConfig(strategy=RetryStrategy.CONSTANT, initial_delay=0, max_attempts=3)

    async def ours() -> None:
        state = ExecutionState("retry", env=Environment(history_limit=100))
        for _ in range(20):
            await ExecutionEvent(name="flaky", handler=Flaky(), retry=config).execute(state)

    async def theirs() -> None:
        for _ in range(20):
            await runtime_peers.tenacity_retry()

    async def median(call: Callable[[], Awaitable[None]]) -> float:
        times = []
        for _ in range(REPEATS):
            begun = time.process_time()
            for _ in range(RETRIES // 20):
                await call()
            times.append((time.process_time() - begun) / RETRIES * 1e6)
        return statistics.median(times)

    return await median(ours), await median(theirs)


class _Screen(io.StringIO):
    """A file that is a terminal, or none."""

    encoding = "utf-8"

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def printer_microseconds(*, terminal: bool) -> float:
    """Printing one event of a run, interrupts included; the median of several rounds."""
    printer = EventPrinter(file=_Screen(terminal=terminal))
    steps = [
        StepEvent(
            execution_id="e",
            at=time.time(),
            status=status,
            step="push",
            actor="git",
            attempt=1,
            max_attempts=3,
            detail="why",
        )
        for status in ExecutionStatus
    ]
    stop = InterruptEvent(state_id="e", signal=InterruptSignal(reason=InterruptReason.TIMEOUT, message="late"))
    happened = [*steps, stop]
    rounds = []
    for _ in range(REPEATS):
        begun = time.process_time()
        for _ in range(PRINTED // len(happened)):
            for event in happened:
                printer(event)
        rounds.append((time.process_time() - begun) / (PRINTED // len(happened)) / len(happened) * 1e6)
    return statistics.median(rounds)


async def measure(passes: Passes) -> Figures:
    """All of them; nothing of AWS is in them."""
    ours, theirs = await retry_microseconds()
    stamina = await runtime_peers.stamina_microseconds()
    anyio_cancelled = await runtime_peers.anyio_cancelled_milliseconds()
    state = ExecutionState()
    figures = {
        "checkpoint over an empty await, µs": Figure(await checkpoint_microseconds(state.check_interrupt), 0.3),
        "the same with anyio, µs": Figure(await checkpoint_microseconds(runtime_peers.anyio_checkpoint)),
        "1,000 parallel tasks cancelled, ms": Figure(await cancelled_milliseconds(), 25),
        "the same with anyio's cancel scope, ms": Figure(anyio_cancelled),
        "interrupt to exception, 1,000 waiters, p99 ms": Figure(await raised_milliseconds(), 5),
        "interrupt to exception, 1,000 backoffs, p99 ms": Figure(await backoff_milliseconds(), 10),
        "retry: two failures and a success, µs": Figure(ours, theirs, note="target: tenacity's"),
        "the same with tenacity, µs": Figure(theirs),
        "an event printed on a terminal, µs": Figure(printer_microseconds(terminal=True), 50),
        "an event printed to a file, µs": Figure(printer_microseconds(terminal=False), 50),
        "import hermes.execution, ms": Figure(milliseconds("import hermes.execution"), 60),
        "and its states and steps, beyond asyncio and pydantic, ms": Figure(
            milliseconds(
                "from hermes.execution import ExecutionEvent, ExecutionState",
                "import asyncio, logging; from pydantic import BaseModel, TypeAdapter",
            )
        ),
    }
    if stamina is not None:
        figures["the same retry with stamina, µs"] = Figure(stamina)
    tasks, timers, memory = await left_over()
    figures["tasks left after 10,000 executions"] = Figure(tasks, 0)
    figures["timers left after 10,000 executions"] = Figure(timers, 0)
    figures["memory left after 10,000 executions, KiB"] = Figure(memory, 64)
    return figures
