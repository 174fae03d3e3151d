"""Interrupt checkers as users of the API write them: what they may answer, how loud they fail, how often they are asked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

import pytest

from hermes.execution import (
    Agent,
    CheckerFailed,
    EventBus,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    InterruptReason,
    InterruptSignal,
    NoteEvent,
    RetryConfig,
)
from tests.unit.execution.api.stopped import SIGNAL, stopped


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (True, InterruptReason.USER_CANCELLED),
        (False, None),
        (None, None),
        (SIGNAL, InterruptReason.CUSTOM),
        (b"1", InterruptReason.USER_CANCELLED),
        (1, InterruptReason.USER_CANCELLED),
        ("stop", InterruptReason.USER_CANCELLED),
        (b"", None),
        (0, None),
    ],
)
async def test_a_checker_answers(
    answer: Any, reason: InterruptReason | None, is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def later() -> Any:
        return answer

    state = ExecutionState()
    state.set_interrupt_checker(later if is_async else lambda: answer)
    assert state.interrupt_checker is not None
    if reason is None:
        await state.check_interrupt()
        return
    assert (await stopped(state)).reason is reason
    warned = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warned) == (not isinstance(answer, bool | InterruptSignal))
    if warned:
        assert type(answer).__name__ in warned[0].getMessage()
        assert any(isinstance(event, NoteEvent) for event in state.history)


async def test_a_checker_is_a_field_and_can_be_taken_away() -> None:
    state = ExecutionState()
    state.interrupt_checker = lambda: True
    state.set_interrupt_checker(None)
    assert state.interrupt_checker is None
    await state.check_interrupt()


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_checker_that_fails_is_loud(is_async: bool, caplog: pytest.LogCaptureFixture) -> None:
    bus, seen = EventBus(), list[Any]()
    bus.subscribe(seen.append)

    def ask_redis() -> bool:
        raise ConnectionError("redis is away")

    async def ask_redis_later() -> bool:
        return ask_redis()

    state = ExecutionState(event_bus=bus)
    state.set_interrupt_checker(ask_redis_later if is_async else ask_redis)
    await state.check_interrupt()
    await state.check_interrupt()
    stop = await stopped(state)
    await bus.aclose()
    assert stop.reason is InterruptReason.ERROR_THRESHOLD
    assert "redis is away" in (stop.message or "")
    (logged,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "ask_redis" in logged.getMessage()
    assert [event.kind for event in seen] == ["note", "interrupt"]
    assert "ask_redis" in seen[0].detail


@pytest.mark.parametrize("choice", ["continue", "raise"])
async def test_what_a_failing_checker_does_is_chosen_for_the_state_or_the_checker(choice: str) -> None:
    def fails() -> bool:
        raise ConnectionError

    for of_state, of_checker in ((choice, None), ("interrupt", choice)):
        state = ExecutionState(on_checker_error=of_state)
        state.set_interrupt_checker(fails, on_checker_error=of_checker)
        for _ in range(5):
            with pytest.raises(CheckerFailed) if choice == "raise" else contextlib.nullcontext():
                await state.check_interrupt()
        assert not state.is_interrupted
    with pytest.raises(ValueError, match="perhaps"):
        ExecutionState(on_checker_error="perhaps")


async def test_a_checker_is_asked_every_tenth_of_a_second_during_a_backoff() -> None:
    times: list[float] = []

    def checker() -> bool:
        times.append(time.monotonic())
        return len(times) > 5

    async def fails(input_data: Any, context: Any, state: ExecutionState) -> None:
        raise ConnectionError

    state = ExecutionState()
    agent = Agent("a", fails, retry_config=RetryConfig(initial_delay=3600))
    state.set_interrupt_checker(checker)
    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted):
            await ExecutionEvent(actor=agent)("in", {}, state)
    # three checkpoints came before the pause; in it the checker was asked again and again, not sooner than after 0.1 s
    assert len(times) == 6
    assert times[-1] - times[-2] >= 0.09


async def test_a_checker_may_raise_the_interrupt_itself() -> None:
    def checker() -> bool:
        raise ExecutionInterrupted(InterruptReason.RESOURCE_LIMIT, "the disk is full")

    state = ExecutionState()
    state.set_interrupt_checker(checker)
    stop = await stopped(state)
    assert (stop.reason, stop.message) == (InterruptReason.RESOURCE_LIMIT, "the disk is full")


def test_a_checker_that_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match="without arguments, not bool"):
        ExecutionState().set_interrupt_checker(True)  # type: ignore[arg-type]


async def test_the_local_flag_comes_before_the_checker() -> None:
    state = ExecutionState()
    state.set_interrupt_checker(lambda: pytest.fail("asked"))
    state.request_interrupt(InterruptReason.CUSTOM)
    assert (await stopped(state)).reason is InterruptReason.CUSTOM


async def test_a_signal_that_a_checker_gives_again_interrupts_once() -> None:
    state = ExecutionState()
    assert state.interrupt(SIGNAL)
    assert not state.interrupt(SIGNAL)
