"""External interrupt checkers: six forms, bad ones, slow ones, many askers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hermes.execution import (
    CheckerErrors,
    CheckerFailed,
    Environment,
    ExecutionInterrupted,
    ExecutionState,
    InterruptReason,
    InterruptSignal,
    NoteEvent,
)
from tests.eventually import settled, soon

SIGNAL = InterruptSignal(reason=InterruptReason.PRIORITY_OVERRIDE, message="a newer mail", triggered_by="m2")


async def _stopped_by(checker: Callable[[], Any]) -> InterruptSignal:
    state = ExecutionState()
    state.set_interrupt_checker(checker)
    with pytest.raises(ExecutionInterrupted) as caught:
        await state.check_interrupt()
    return caught.value.signal


async def _goes_on(checker: Callable[[], Any]) -> None:
    state = ExecutionState()
    state.set_interrupt_checker(checker)
    await state.check_interrupt()
    assert state.interrupt_signal is None


async def test_a_plain_checker_answers_with_a_bool() -> None:
    def no() -> bool:
        return False

    def yes() -> bool:
        return True

    await _goes_on(no)
    assert (await _stopped_by(yes)).reason is InterruptReason.USER_CANCELLED


async def test_an_async_checker_answers_with_a_bool() -> None:
    async def no() -> bool:
        await asyncio.sleep(0)
        return False

    async def yes() -> bool:
        await asyncio.sleep(0)
        return True

    await _goes_on(no)
    assert (await _stopped_by(yes)).reason is InterruptReason.USER_CANCELLED


async def test_a_plain_checker_answers_with_a_signal() -> None:
    def checker() -> InterruptSignal:
        return SIGNAL

    found = await _stopped_by(checker)
    assert (found.reason, found.message, found.triggered_by) == (SIGNAL.reason, SIGNAL.message, SIGNAL.triggered_by)


async def test_an_async_checker_answers_with_a_signal() -> None:
    async def checker() -> InterruptSignal:
        await asyncio.sleep(0)
        return SIGNAL

    assert (await _stopped_by(checker)).message == "a newer mail"


async def test_a_plain_checker_answers_with_a_signal_or_none() -> None:
    answers: list[InterruptSignal | None] = [None, SIGNAL]

    def checker() -> InterruptSignal | None:
        return answers.pop(0)

    state = ExecutionState()
    state.set_interrupt_checker(checker)
    await state.check_interrupt()
    with pytest.raises(ExecutionInterrupted, match="a newer mail"):
        await state.check_interrupt()


async def test_an_async_checker_answers_with_a_signal_or_none() -> None:
    answers: list[InterruptSignal | None] = [None, SIGNAL]

    async def checker() -> InterruptSignal | None:
        await asyncio.sleep(0)
        return answers.pop(0)

    state = ExecutionState()
    state.set_interrupt_checker(checker)
    await state.check_interrupt()
    with pytest.raises(ExecutionInterrupted, match="a newer mail"):
        await state.check_interrupt()


async def test_a_plain_yes_stands_for_the_reason_that_was_set() -> None:
    state = ExecutionState()
    state.set_interrupt_checker(lambda: True, reason=InterruptReason.RESOURCE_LIMIT)
    with pytest.raises(ExecutionInterrupted) as caught:
        await state.check_interrupt()
    assert caught.value.reason is InterruptReason.RESOURCE_LIMIT


async def test_an_object_with_an_async_call_is_a_checker() -> None:
    class Checker:
        async def __call__(self) -> bool:
            return True

    await _stopped_by(Checker())


async def test_a_checker_can_be_taken_away() -> None:
    state = ExecutionState()
    state.set_interrupt_checker(lambda: True)
    state.set_interrupt_checker(None)
    await state.check_interrupt()


# ── bad checkers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _raises() -> bool:
    raise ConnectionError("redis is away")


async def _raises_async() -> bool:
    raise ConnectionError("redis is away")


def _nonsense() -> Any:
    return ValueError("returned, not raised")


def _cancels() -> bool:
    raise asyncio.CancelledError


BAD = [_raises, _raises_async, _nonsense, _cancels]


@pytest.mark.parametrize("checker", BAD)
async def test_a_bad_checker_lets_the_run_go_on_and_is_noted_once(checker: Callable[[], Any]) -> None:
    state = ExecutionState(on_checker_error="continue")
    state.set_interrupt_checker(checker)
    for _ in range(5):
        await state.check_interrupt()
    notes = [event for event in state.history if isinstance(event, NoteEvent)]
    assert len(notes) == 1
    assert f"interrupt checker {checker.__name__} failed" in notes[0].detail


@pytest.mark.parametrize("checker", BAD)
async def test_a_bad_checker_interrupts_at_its_limit(checker: Callable[[], Any]) -> None:
    state = ExecutionState()
    state.set_interrupt_checker(checker, on_checker_error=CheckerErrors.INTERRUPT, error_limit=3)
    await state.check_interrupt()
    await state.check_interrupt()
    with pytest.raises(ExecutionInterrupted) as caught:
        await state.check_interrupt()
    assert caught.value.reason is InterruptReason.ERROR_THRESHOLD


@pytest.mark.parametrize("checker", BAD)
async def test_a_bad_checker_raises_if_it_shall(checker: Callable[[], Any]) -> None:
    state = ExecutionState()
    state.set_interrupt_checker(checker, on_checker_error=CheckerErrors.RAISE)
    with pytest.raises(CheckerFailed) as caught:
        await state.check_interrupt()
    assert caught.value.__cause__ is not None
    assert state.interrupt_signal is None


async def test_failures_count_only_in_a_row() -> None:
    answers: list[bool | Exception] = [OSError(), OSError(), False, OSError(), OSError()]

    def checker() -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    state = ExecutionState()
    state.set_interrupt_checker(checker, on_checker_error=CheckerErrors.INTERRUPT, error_limit=3)
    for _ in range(5):
        await state.check_interrupt()


async def test_a_checker_that_hangs_has_failed_after_its_time() -> None:
    async def hangs() -> bool:
        await asyncio.sleep(3600)
        return True

    state = ExecutionState()
    state.set_interrupt_checker(hangs, timeout_seconds=0.01)
    async with asyncio.timeout(60):
        await state.check_interrupt()
    assert any(isinstance(event, NoteEvent) and "no answer within 0.01 s" in event.detail for event in state.history)


async def test_a_local_interrupt_does_not_wait_for_a_checker_that_hangs() -> None:
    async def hangs() -> bool:
        await asyncio.sleep(3600)
        return True

    state = ExecutionState()
    state.set_interrupt_checker(hangs, timeout_seconds=3600)
    soon(state.request_interrupt, InterruptReason.TIMEOUT)
    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted) as caught:
            await state.check_interrupt()
    assert caught.value.reason is InterruptReason.TIMEOUT


async def test_a_cancellation_from_outside_during_a_check_stays_one() -> None:
    async def hangs() -> bool:
        await asyncio.sleep(3600)
        return True

    state = ExecutionState()
    state.set_interrupt_checker(hangs)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await state.check_interrupt()


# ── how often it is asked ────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_holds_for_the_time_that_was_set() -> None:
    clock, asked = [100.0], 0

    def checker() -> bool:
        nonlocal asked
        asked += 1
        return False

    state = ExecutionState(env=Environment(monotonic=lambda: clock[0]))
    state.set_interrupt_checker(checker, cache_seconds=2)
    for _ in range(10):
        await state.check_interrupt()
    assert asked == 1
    clock[0] += 1.9
    await state.check_interrupt()
    assert asked == 1
    clock[0] += 0.2
    await state.check_interrupt()
    assert asked == 2


async def test_without_a_cache_every_checkpoint_asks() -> None:
    asked = 0

    def checker() -> bool:
        nonlocal asked
        asked += 1
        return False

    state = ExecutionState()
    state.set_interrupt_checker(checker)
    for _ in range(10):
        await state.check_interrupt()
    assert asked == 10


async def test_those_who_come_while_it_is_asked_share_the_answer() -> None:
    asked = 0
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def checker() -> bool:
        nonlocal asked
        asked += 1
        return await answer

    state = ExecutionState()
    state.set_interrupt_checker(checker)
    asking = [asyncio.create_task(state.check_interrupt()) for _ in range(100)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    answer.set_result(True)
    async with asyncio.timeout(60):
        results = await asyncio.gather(*asking, return_exceptions=True)
    assert asked == 1
    assert all(isinstance(result, ExecutionInterrupted) for result in results)


async def test_the_others_get_an_answer_when_the_first_asker_is_cancelled() -> None:
    asked = 0

    async def checker() -> bool:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return False

    state = ExecutionState()
    state.set_interrupt_checker(checker)
    first, *others = [asyncio.create_task(state.check_interrupt()) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.wait_for(asyncio.gather(*others), 60) == [None] * 4
    assert first.cancelled()
    assert asked == 2


async def test_the_others_get_an_answer_when_one_of_them_is_cancelled() -> None:
    answers = asyncio.Event()

    async def checker() -> bool:
        return not await answers.wait()

    state = ExecutionState()
    state.set_interrupt_checker(checker)
    first, second, third = [asyncio.create_task(state.check_interrupt()) for _ in range(3)]
    await settled()
    second.cancel()
    answers.set()
    assert await asyncio.wait_for(asyncio.gather(*[first, third]), 60) == [None, None]
    assert second.cancelled()


async def test_nobody_is_asked_when_nothing_runs_any_more() -> None:
    state = ExecutionState(checker_interval=0.001)
    state.set_interrupt_checker(lambda: False)
    await state.sleep(0.01)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("kind", ["plain", "async"])
async def test_the_checker_is_asked_while_something_runs(kind: str) -> None:
    stop = False

    async def async_checker() -> bool:
        return stop

    checker: Callable[[], bool | Awaitable[bool]] = (lambda: stop) if kind == "plain" else async_checker
    state = ExecutionState(checker_interval=0.005)
    state.set_interrupt_checker(checker)

    async def work() -> None:
        nonlocal stop
        await asyncio.sleep(0.02)
        stop = True
        await asyncio.sleep(3600)

    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted):
            await state.run(work())
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


async def test_the_checker_is_asked_while_somebody_waits_and_then_no_more() -> None:
    asked = 0

    def checker() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    state = ExecutionState(checker_interval=0.001)
    state.set_interrupt_checker(checker)
    async with asyncio.timeout(60):
        await state.wait_interrupted()
    await asyncio.sleep(0.02)
    assert asked == 4


async def test_a_checker_set_during_a_run_is_asked() -> None:
    state = ExecutionState(checker_interval=0.001)
    asyncio.get_running_loop().call_later(0.005, lambda: state.set_interrupt_checker(lambda: True))
    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted):
            await state.sleep(3600)


async def test_a_checker_that_raises_between_checkpoints_leaves_the_run_alone() -> None:
    state = ExecutionState(checker_interval=0.001)
    state.set_interrupt_checker(_raises, on_checker_error=CheckerErrors.RAISE)
    await state.sleep(0.02)
    with pytest.raises(CheckerFailed):
        await state.check_interrupt()


@pytest.mark.parametrize("wrong", [{"cache_seconds": -1}, {"timeout_seconds": 0}, {"error_limit": 0}])
async def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ExecutionState().set_interrupt_checker(lambda: False, **wrong)
