"""Many things at once: order, limit, errors, interrupts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from hermes.execution import (
    ErrorPolicy,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    InterruptReason,
    NoteEvent,
    ParallelExecutionManager,
    StepContext,
    StepEvent,
    parallel,
)
from tests.eventually import settled, soon


async def _number(n: int, seconds: float = 0.0) -> int:
    await asyncio.sleep(seconds)
    return n


async def _fails(seconds: float = 0.0) -> int:
    await asyncio.sleep(seconds)
    raise LookupError("no")


def _manager(limit: int | None = None) -> tuple[ExecutionState, ParallelExecutionManager]:
    state = ExecutionState()
    return state, ParallelExecutionManager(state=state, limit=limit)


async def test_results_come_in_the_order_of_the_work() -> None:
    _, manager = _manager()
    assert await manager.gather([_number(n, 0.02 - n * 0.002) for n in range(10)]) == list(range(10))
    assert await manager.gather([]) == []


async def test_steps_functions_and_awaitables_may_be_mixed() -> None:
    async def handler(context: StepContext) -> int:
        return 1

    _, manager = _manager()
    work: list[Awaitable[int] | Callable[[], Awaitable[int]] | ExecutionEvent[int]] = [
        ExecutionEvent(name="s", handler=handler),
        lambda: _number(2),
        _number(3),
        asyncio.create_task(_number(4)),
    ]
    assert await manager.gather(work) == [1, 2, 3, 4]


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_no_more_than_the_limit_run_at_once(limit: int) -> None:
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    _, manager = _manager(limit)
    await manager.gather([work] * 20)
    assert most == min(limit, 20)
    await manager.gather([work] * 20, limit=2)


async def test_nothing_begins_when_the_execution_is_interrupted_already() -> None:
    state, manager = _manager()
    state.request_interrupt(InterruptReason.CUSTOM)
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)

    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    pieces: list[Awaitable[None] | Callable[[], Awaitable[None]]] = [work(), work, future]
    with pytest.raises(ExecutionInterrupted):
        await manager.gather(pieces)
    assert begun == []
    assert future.cancelled()


async def test_an_interrupt_cancels_what_runs_and_begins_no_more() -> None:
    state, manager = _manager(limit=3)
    begun: list[int] = []
    cleaned: list[int] = []

    async def work(n: int) -> None:
        begun.append(n)
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.005)
            cleaned.append(n)

    soon(state.request_interrupt, InterruptReason.USER_CANCELLED)
    with pytest.raises(ExecutionInterrupted):
        await manager.gather([work(n) for n in range(10)])
    assert begun == cleaned == [0, 1, 2]
    assert len(asyncio.all_tasks()) == 1


async def test_one_that_interrupts_and_ends_lets_no_other_begin() -> None:
    state, manager = _manager(limit=1)

    async def last() -> int:
        state.request_interrupt(InterruptReason.CUSTOM)
        return 1

    pieces: list[Awaitable[int] | Callable[[], Awaitable[int]]] = [last, _number(2), _number(3)]
    with pytest.raises(ExecutionInterrupted):
        await manager.gather(pieces)
    await asyncio.sleep(0)


async def test_an_interrupt_of_another_thread_between_two_lets_the_second_not_begin() -> None:
    state = ExecutionState()
    state.request_interrupt(InterruptReason.CUSTOM)  # as if it had come after the check at the beginning
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)

    with pytest.raises(ExecutionInterrupted):
        await parallel._Crew(state, [work], 1, ErrorPolicy.FAIL_FAST).run()
    assert begun == []


async def test_the_checker_is_asked_while_work_runs() -> None:
    state = ExecutionState(checker_interval=0.002)
    asked = 0

    def checker() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    state.set_interrupt_checker(checker)
    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted):
            await ParallelExecutionManager(state=state).gather([_number(1, 3600)] * 1 + [_number(2, 3600)])


async def test_a_thousand_tasks_are_cancelled_at_once() -> None:
    took = []
    for _ in range(3):
        state, manager = _manager()
        task = asyncio.create_task(manager.gather([_number(n, 3600) for n in range(1000)]))
        await settled()
        begun = time.process_time()  # all of it is work of this process; what others do on the machine is not ours
        state.request_interrupt(InterruptReason.USER_CANCELLED)
        await asyncio.wait({task}, timeout=60)
        took.append(time.process_time() - begun)
        assert isinstance(task.exception(), ExecutionInterrupted)
    assert min(took) < 0.5


async def test_steps_that_are_cancelled_by_the_interrupt_are_recorded_as_interrupted() -> None:
    state, manager = _manager()

    async def slow(context: StepContext) -> None:
        await asyncio.sleep(3600)

    soon(state.request_interrupt, InterruptReason.TIMEOUT, "late")
    with pytest.raises(ExecutionInterrupted):
        await manager.gather([ExecutionEvent(name=f"s{n}", handler=slow) for n in range(5)])
    last = {event.step: event for event in state.history if isinstance(event, StepEvent) and event.step}
    assert {(event.status.value, event.detail) for event in last.values()} == {("interrupted", "late")}


async def test_a_cancellation_from_outside_cancels_all_and_stays_one() -> None:
    state, manager = _manager()
    tasks = [asyncio.create_task(_number(n, 3600)) for n in range(5)]
    gathering = asyncio.create_task(manager.gather(tasks))
    await settled()
    gathering.cancel()
    await asyncio.wait({gathering}, timeout=60)
    assert gathering.cancelled()
    assert all(task.cancelled() for task in tasks)
    assert state.interrupt_signal is None


async def test_a_second_cancellation_reaches_a_slow_cleanup() -> None:
    _, manager = _manager()
    stopped: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            try:
                await asyncio.sleep(3600)
            finally:
                stopped.append("cleanup")

    gathering = asyncio.create_task(manager.gather([work]))
    await settled()
    gathering.cancel()
    await settled()
    gathering.cancel()
    await asyncio.wait({gathering}, timeout=60)
    assert gathering.cancelled()
    assert stopped == ["cleanup"]


# ── errors ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_fail_fast_cancels_the_rest_and_raises() -> None:
    _, manager = _manager()
    slow = asyncio.create_task(_number(1, 3600))
    with pytest.raises(LookupError):
        await manager.gather([slow, _fails(), _number(3)])
    assert slow.cancelled()


async def test_finish_lets_what_runs_end_and_raises_the_first_error() -> None:
    _, manager = _manager(limit=2)
    ended: list[int] = []

    async def work(n: int) -> int:
        await asyncio.sleep(0.01)
        ended.append(n)
        return n

    with pytest.raises(LookupError):
        await manager.gather([_fails(), work(1), work(2), work(3)], errors=ErrorPolicy.FINISH)
    assert ended == [1]


async def test_collect_puts_errors_in_their_place() -> None:
    _, manager = _manager()
    child = asyncio.create_task(_number(9, 3600))
    asyncio.get_running_loop().call_soon(child.cancel)
    results = await manager.gather([_number(1), _fails(), _number(3), child], errors=ErrorPolicy.COLLECT)
    assert (results[0], results[2]) == (1, 3)
    assert isinstance(results[1], LookupError)
    assert isinstance(results[3], asyncio.CancelledError)


async def test_an_interrupt_is_nobody_s_result() -> None:
    state, manager = _manager()

    async def stops() -> int:
        state.request_interrupt(InterruptReason.CUSTOM)
        await state.check_interrupt()
        return 1

    with pytest.raises(ExecutionInterrupted):
        await manager.gather([stops(), _number(2, 3600)], errors=ErrorPolicy.COLLECT)


async def test_an_interrupt_of_another_execution_is_an_error_like_others() -> None:
    other = ExecutionState()
    other.request_interrupt(InterruptReason.CUSTOM)
    _, manager = _manager()
    results = await manager.gather([other.check_interrupt()], errors=ErrorPolicy.COLLECT)
    assert isinstance(results[0], ExecutionInterrupted)


async def test_an_error_during_cancellation_is_noted() -> None:
    state, manager = _manager()

    async def work() -> int:
        try:
            return await _number(1, 3600)
        finally:
            raise OSError("disk full")

    with pytest.raises(LookupError):
        await manager.gather([work(), _fails(0.01)])
    assert any(isinstance(event, NoteEvent) and "disk full" in event.detail for event in state.history)


async def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError):
        ParallelExecutionManager(state=ExecutionState(), limit=0)
    _, manager = _manager()
    with pytest.raises(ValueError):
        await manager.gather([], limit=0)
