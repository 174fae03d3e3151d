"""Steps: checkpoints, preconditions, retries, and the history they leave."""

from __future__ import annotations

import asyncio
import time
import types
from collections.abc import Callable
from typing import Any

import pytest

from hermes.execution import (
    Environment,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    ExecutionStatus,
    InterruptReason,
    PreconditionFailed,
    RetryConfig,
    RetryLevels,
    StepContext,
    StepEvent,
    calling,
)
from tests.eventually import settled, soon

QUICK = RetryConfig(initial_delay=0, max_attempts=3)


def statuses(state: ExecutionState, step: str) -> list[str]:
    return [event.status.value for event in state.history if isinstance(event, StepEvent) and event.step == step]


async def _one(context: StepContext) -> int:
    await asyncio.sleep(0)
    return 1


async def test_a_step_gives_its_result_and_leaves_its_history() -> None:
    state = ExecutionState()
    assert await ExecutionEvent(name="build", handler=_one, actor="npm").execute(state) == 1
    assert statuses(state, "build") == ["started", "completed"]
    event = state.history[-1]
    assert isinstance(event, StepEvent)
    assert (event.actor, event.attempt, event.max_attempts) == ("npm", 1, 1)
    assert event.elapsed_seconds is not None


async def test_a_plain_handler_will_do() -> None:
    assert await ExecutionEvent(name="plain", handler=lambda context: context.attempt).execute(ExecutionState()) == 1


async def test_a_handler_is_told_its_step_actor_and_attempt() -> None:
    actor = object()
    seen: list[StepContext] = []

    def handler(context: StepContext) -> None:
        seen.append(context)
        if context.attempt < 2:
            raise OSError

    state = ExecutionState()
    await ExecutionEvent(name="s", handler=handler, actor=actor, retry=QUICK).execute(state)
    assert [(one.step, one.attempt) for one in seen] == [("s", 1), ("s", 2)]
    assert all(one.actor is actor and one.state is state for one in seen)


@pytest.mark.parametrize(
    ("actor", "name"),
    [(None, ""), ("git", "git"), (7, "int"), (dict, "dict"), (type("Named", (), {"name": "n"})(), "n")],
)
async def test_actors_of_any_kind_have_a_name(actor: Any, name: str) -> None:
    state = ExecutionState()
    await ExecutionEvent(name="s", handler=_one, actor=actor).execute(state)
    event = state.history[-1]
    assert isinstance(event, StepEvent)
    assert event.actor == name


# ── the four checkpoints ─────────────────────────────────────────────────────────────────────────────────────────────


class Watched:
    """A step whose parts note that they ran, with a checker that stops at its n-th asking."""

    def __init__(self, stop_at: int) -> None:
        self.ran: list[str] = []
        self.asked = 0
        self.stop_at = stop_at
        self.state = ExecutionState()
        self.state.set_interrupt_checker(self.checker)

    def checker(self) -> bool:
        self.asked += 1
        return self.asked == self.stop_at

    def precondition(self, context: StepContext) -> bool:
        self.ran.append("precondition")
        return True

    async def handler(self, context: StepContext) -> int:
        self.ran.append("handler")
        return 1

    async def execute(self) -> int:
        step = ExecutionEvent(name="s", handler=self.handler, preconditions=[self.precondition])
        return await step.execute(self.state)


@pytest.mark.parametrize(
    ("checkpoint", "ran", "history"),
    [
        (1, [], ["interrupted"]),
        (2, [], ["started", "interrupted"]),
        (3, ["precondition"], ["started", "interrupted"]),
        (4, ["precondition", "handler"], ["started", "completed"]),
    ],
)
async def test_each_of_the_four_checkpoints_stops_the_step(checkpoint: int, ran: list[str], history: list[str]) -> None:
    watched = Watched(checkpoint)
    with pytest.raises(ExecutionInterrupted):
        await watched.execute()
    assert watched.ran == ran
    assert [status for status in statuses(watched.state, "s") if status != "cancelling"] == history


async def test_there_are_four_checkpoints() -> None:
    watched = Watched(99)
    assert await watched.execute() == 1
    assert watched.asked == 4


async def test_a_result_is_kept_when_the_last_checkpoint_stops_the_run() -> None:
    watched = Watched(4)
    with pytest.raises(ExecutionInterrupted):
        await watched.execute()
    (record,) = watched.state.steps
    assert record.status is ExecutionStatus.COMPLETED
    assert record.result == 1


async def test_an_interrupt_cancels_the_handler_at_once() -> None:
    state = ExecutionState()
    cleaned = []

    async def handler(context: StepContext) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned.append(True)

    soon(state.request_interrupt, InterruptReason.USER_CANCELLED, "enough")
    with pytest.raises(ExecutionInterrupted):
        await ExecutionEvent(name="agent", handler=handler, retry=QUICK).execute(state)
    assert cleaned == [True]
    assert statuses(state, "agent") == ["started", "cancelling", "interrupted"]
    event = state.history[-1]
    assert isinstance(event, StepEvent)
    assert (event.reason, event.detail) == (InterruptReason.USER_CANCELLED, "enough")


async def test_an_async_precondition_is_interrupted_too() -> None:
    state = ExecutionState()

    async def never(context: StepContext) -> bool:
        await asyncio.sleep(3600)
        return True

    soon(state.request_interrupt, InterruptReason.TIMEOUT)
    with pytest.raises(ExecutionInterrupted):
        await ExecutionEvent(name="s", handler=_one, preconditions=[never]).execute(state)


async def test_a_cancellation_from_outside_is_recorded_as_one() -> None:
    state = ExecutionState()

    async def handler(context: StepContext) -> None:
        await asyncio.sleep(3600)

    task = asyncio.create_task(ExecutionEvent(name="s", handler=handler, retry=QUICK).execute(state))
    await settled()
    task.cancel()
    await asyncio.wait({task}, timeout=60)
    assert task.cancelled()
    assert statuses(state, "s") == ["started", "cancelled"]
    assert state.interrupt_signal is None
    assert state.steps.active == ()


# ── preconditions ────────────────────────────────────────────────────────────────────────────────────────────────────


async def _holds_not(context: StepContext) -> bool:
    return False


@pytest.mark.parametrize("precondition", [lambda context: False, _holds_not])
async def test_a_precondition_that_does_not_hold_fails_the_step_without_retry(precondition: Any) -> None:
    state = ExecutionState()
    step = ExecutionEvent(name="s", handler=_one, preconditions=[lambda context: True, precondition], retry=QUICK)
    with pytest.raises(PreconditionFailed, match="may not run"):
        await step.execute(state)
    assert statuses(state, "s") == ["started", "failed"]


async def test_a_precondition_that_raises_is_a_failed_attempt() -> None:
    state = ExecutionState()
    calls = 0

    def shaky(context: StepContext) -> bool:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("not now")
        return True

    assert await ExecutionEvent(name="s", handler=_one, preconditions=[shaky], retry=QUICK).execute(state) == 1
    assert statuses(state, "s") == ["started", "failed", "retrying", "started", "completed"]


# ── retries ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def failing(times: int, error: Callable[[], Exception] = OSError) -> Callable[[StepContext], int]:
    left = [times]

    def handler(context: StepContext) -> int:
        if left[0]:
            left[0] -= 1
            raise error()
        return context.attempt

    return handler


async def test_a_step_is_tried_again_and_history_shows_it() -> None:
    state = ExecutionState()
    assert await ExecutionEvent(name="push", handler=failing(2), retry=QUICK).execute(state) == 3
    assert statuses(state, "push") == [
        "started", "failed", "retrying", "started", "failed", "retrying", "started", "completed",
    ]  # fmt: skip
    attempts = [event.attempt for event in state.history if isinstance(event, StepEvent) and event.step]
    assert attempts == [1, 1, 1, 2, 2, 2, 3, 3]


async def test_the_last_error_is_raised_with_a_note_why_it_was_the_last() -> None:
    state = ExecutionState()
    with pytest.raises(OSError) as caught:
        await ExecutionEvent(name="push", handler=failing(9), retry=QUICK).execute(state)
    assert "no attempt left of 3" in caught.value.__notes__[0]
    assert statuses(state, "push").count("failed") == 3


async def test_a_call_s_settings_win_over_the_step_s() -> None:
    step = ExecutionEvent(name="s", handler=failing(1), retry=QUICK)
    with pytest.raises(OSError):
        await step.execute(ExecutionState(), retry=RetryConfig(max_attempts=1))


async def test_the_state_s_settings_apply_by_actor_type() -> None:
    state = ExecutionState(retry_config=RetryLevels(by_actor={"git": QUICK}))
    assert await ExecutionEvent(name="push", handler=failing(2), actor="git").execute(state) == 3
    with pytest.raises(OSError):
        await ExecutionEvent(name="agent", handler=failing(1), actor="claude").execute(state)


async def test_pauses_go_through_the_sleep_that_was_handed_in() -> None:
    clock, pauses = [1000.0], []

    async def sleep(seconds: float) -> None:
        pauses.append(round(seconds, 6))
        clock[0] += seconds

    state = ExecutionState(env=Environment(now=lambda: clock[0], monotonic=lambda: clock[0], sleep=sleep))
    config = RetryConfig(initial_delay=1, max_attempts=5)
    assert await ExecutionEvent(name="s", handler=failing(4), retry=config).execute(state) == 5
    assert pauses == [1, 2, 4, 8]


async def test_the_time_budget_counts_attempts_and_pauses() -> None:
    clock = [1000.0]

    async def sleep(seconds: float) -> None:
        clock[0] += seconds

    def handler(context: StepContext) -> None:
        clock[0] += 10
        raise OSError

    state = ExecutionState(env=Environment(now=lambda: clock[0], monotonic=lambda: clock[0], sleep=sleep))
    config = RetryConfig(initial_delay=1, max_attempts=99, total_seconds=36)
    with pytest.raises(OSError) as caught:
        await ExecutionEvent(name="s", handler=handler, retry=config).execute(state)
    assert "no time left" in caught.value.__notes__[0]
    assert statuses(state, "s").count("started") == 3


async def test_a_backoff_wakes_on_an_interrupt_in_less_than_ten_milliseconds() -> None:
    async def once() -> float:
        state = ExecutionState()
        step = ExecutionEvent(name="s", handler=failing(9), retry=RetryConfig(initial_delay=3600, max_delay=3600))
        task = asyncio.create_task(step.execute(state))
        await settled()
        assert state.steps.active[0].status is ExecutionStatus.RETRYING
        begun = time.perf_counter()
        state.request_interrupt(InterruptReason.USER_CANCELLED)
        await asyncio.wait({task}, timeout=60)
        took = time.perf_counter() - begun
        assert isinstance(task.exception(), ExecutionInterrupted)
        assert statuses(state, "s") == ["started", "failed", "retrying", "cancelling", "interrupted"]
        return took

    for _ in range(25):  # on a busy machine not each of them has the processor at once
        if await once() < 0.01:
            return
    pytest.fail("none of 25 woke in time")


async def test_the_interrupt_of_another_execution_is_not_retried() -> None:
    inner = ExecutionState()
    inner.request_interrupt(InterruptReason.CUSTOM)
    calls = 0

    async def handler(context: StepContext) -> None:
        nonlocal calls
        calls += 1
        await inner.check_interrupt()

    state = ExecutionState()
    with pytest.raises(ExecutionInterrupted):
        await ExecutionEvent(name="s", handler=handler, retry=QUICK).execute(state)
    assert calls == 1
    assert statuses(state, "s")[-1] == "interrupted"


async def test_a_name_used_twice_gets_a_number() -> None:
    state = ExecutionState()
    for _ in range(2):
        await ExecutionEvent(name="build", handler=_one).execute(state)
    assert [record.key for record in state.steps] == ["build", "build#2"]


async def test_steps_nest() -> None:
    state = ExecutionState()

    async def outer(context: StepContext) -> int:
        return await ExecutionEvent(name="inner", handler=slow).execute(state)

    async def slow(context: StepContext) -> int:
        await asyncio.sleep(3600)
        return 1

    soon(state.request_interrupt, InterruptReason.CUSTOM)
    with pytest.raises(ExecutionInterrupted):
        await ExecutionEvent(name="outer", handler=outer).execute(state)
    assert statuses(state, "inner")[-1] == statuses(state, "outer")[-1] == "interrupted"


def test_a_step_needs_a_name() -> None:
    with pytest.raises(ValueError):
        ExecutionEvent(name="", handler=_one)


def test_an_actor_of_two_parameters_gets_input_data_and_context() -> None:
    given: Any = types.SimpleNamespace(input_data="data", context="context", state="state")

    assert calling.of_actor(lambda one, two: (one, two)).call(given) == ("data", "context")
    assert calling.of_actor(lambda one, two, three: (one, two, three)).call(given) == ("data", "context", "state")
