"""The timer of an execution: replaced, cancelled, never twice."""

from __future__ import annotations

import asyncio
import gc
import math
import weakref
from typing import Any

import pytest

from hermes.execution import ExecutionInterrupted, ExecutionState, InterruptEvent, InterruptReason
from hermes.execution.timer import RunTimer


async def test_a_timeout_interrupts_with_its_message() -> None:
    state = ExecutionState()
    state.set_timeout(0.01, "half an hour is over")
    with pytest.raises(ExecutionInterrupted) as caught:
        await state.run(asyncio.sleep(3600))
    assert caught.value.reason is InterruptReason.TIMEOUT
    assert caught.value.signal.message == "half an hour is over"
    assert state.timeout_remaining is None


async def test_a_replaced_timer_never_fires() -> None:
    state = ExecutionState()
    for _ in range(100):
        state.set_timeout(0.005, "replaced")
    state.set_timeout(0.02, "the last")
    async with asyncio.timeout(60):
        assert (await state.wait_interrupted()).message == "the last"
    await asyncio.sleep(0.02)
    assert len([event for event in state.history if isinstance(event, InterruptEvent)]) == 1


async def test_replaced_timers_do_not_pile_up() -> None:
    loop: Any = asyncio.get_running_loop()
    state = ExecutionState()
    before = len([handle for handle in loop._scheduled if not handle.cancelled()])
    for _ in range(100):
        state.set_timeout(3600)
    assert len([handle for handle in loop._scheduled if not handle.cancelled()]) == before + 1


async def test_a_replaced_timer_that_is_already_due_never_fires() -> None:
    fired: list[str] = []
    timer = RunTimer(fired.append)
    timer.set(0, "old")
    stale = timer._token
    timer.set(3600, "new")
    timer.come(stale, "old")
    assert fired == []
    timer.come(timer._token, "new")
    timer.come(timer._token, "new")
    assert fired == ["new"]
    timer.cancel()


async def test_a_timer_fires_once() -> None:
    fired: list[str] = []
    timer = RunTimer(fired.append)
    timer.set(0, "now")
    token = timer._token
    await asyncio.sleep(0.01)
    timer.come(token, "now")
    assert fired == ["now"]


async def test_a_cancelled_timer_never_fires() -> None:
    state = ExecutionState()
    state.set_timeout(0.005)
    assert state.timeout_remaining is not None
    assert state.cancel_timeout()
    assert not state.cancel_timeout()
    await asyncio.sleep(0.02)
    assert state.interrupt_signal is None


async def test_an_interrupt_takes_the_timer_back() -> None:
    state = ExecutionState()
    state.set_timeout(3600)
    state.request_interrupt(InterruptReason.USER_CANCELLED)
    assert state.timeout_remaining is None


async def test_the_end_takes_the_timer_back() -> None:
    async with ExecutionState() as state:
        state.set_timeout(3600)
    assert state.timeout_remaining is None


async def test_a_timer_does_not_keep_a_forgotten_state() -> None:
    state = ExecutionState()
    state.set_timeout(3600)
    alive = weakref.ref(state)
    del state
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf])
async def test_a_timeout_is_a_number_of_seconds(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        ExecutionState().set_timeout(seconds)


async def test_a_timer_that_nobody_holds_any_more_calls_nobody() -> None:
    called: list[str] = []
    timer = RunTimer(called.append)
    timer.set(0, "too late")
    assert timer.remaining == 0
    del timer
    gc.collect()
    await asyncio.sleep(0.01)
    assert called == []


@pytest.mark.parametrize("seconds", [0, -1.0])
async def test_a_checker_is_asked_again_after_some_time(seconds: float) -> None:
    with pytest.raises(ValueError, match="checker_interval must be a number of seconds"):
        ExecutionState(checker_interval=seconds)
