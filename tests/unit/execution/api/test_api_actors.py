"""Agents, tools, events that are called, parallel work and retries, as users of the API write them."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hermes.execution import (
    LLM,
    Actor,
    Agent,
    EventBus,
    EventPrinter,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    ExecutionStatus,
    InterruptReason,
    ParallelExecutionManager,
    PreconditionFailed,
    RetryConfig,
    RetryLevel,
    RetryLevels,
    RetryStrategy,
    StepEvent,
    Tool,
)
from tests.eventually import soon

QUICK = RetryConfig(max_attempts=3, initial_delay=0)


async def echo(input_data: Any, context: Any, state: ExecutionState) -> Any:
    return input_data, context, state


@pytest.mark.parametrize("kind", [Agent, Tool, LLM, Actor])
async def test_an_actor_s_handler_gets_input_context_and_state(kind: type[Actor]) -> None:
    actor, state = kind(name="a", handler=echo), ExecutionState()
    assert (actor.name, actor.handler, actor.preconditions, actor.retry_config) == ("a", echo, [], None)
    assert await ExecutionEvent(actor=actor)("in", {"k": 1}, state) == ("in", {"k": 1}, state)
    assert await ExecutionEvent(actor)(input_data=1, context=2, state=state) == (1, 2, state)
    assert [event.actor for event in state.history if isinstance(event, StepEvent) and event.step] == ["a"] * 4


async def test_a_handler_may_be_a_method_of_a_subclass() -> None:
    class Doubler(Agent):
        def handler(self, input_data: int, context: Any, state: ExecutionState) -> int:
            return 2 * input_data

    assert await ExecutionEvent(actor=Doubler("d"))(21, None, ExecutionState()) == 42
    assert repr(Doubler("d")) == "Doubler(name='d')"


class Own:
    """An actor of the user's own, with the attributes of one."""

    name = "own"
    retry_config = RetryConfig(max_attempts=2, initial_delay=0)

    def __init__(self) -> None:
        self.calls = 0

    def handler(self, input_data: int, context: Any, state: ExecutionState) -> int:
        self.calls += 1
        if self.calls == 1:
            raise ConnectionError
        return input_data


async def test_an_actor_may_be_an_object_of_ones_own() -> None:
    assert await ExecutionEvent(actor=Own())(7, None, ExecutionState()) == 7
    with pytest.raises(TypeError, match="needs a handler"):
        ExecutionEvent(actor=Own)


async def test_a_stream_that_a_handler_returns_is_closed_with_the_execution() -> None:
    async def tokens(input_data: str, context: Any, state: ExecutionState) -> AsyncIterator[str]:
        for word in input_data.split():
            yield word

    async with ExecutionState() as state:
        stream = await ExecutionEvent(actor=LLM("model", tokens))("one two", None, state)
        assert await anext(stream) == "one"
        assert state.active_generators == {stream}
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


class Callable3:
    async def __call__(self, input_data: Any, context: Any, state: Any) -> Any:
        return input_data


@pytest.mark.parametrize(
    "handler",
    [
        lambda input_data, context, state: input_data,
        lambda data: data,
        lambda input_data, state: input_data,
        lambda one, two: one,
        lambda *given: given[0],
        lambda a, b, c, d=1: a,
        functools.partial(lambda extra, a, b, c: a, None),
        functools.partial(lambda extra, *given: given[0], None),
        Callable3(),
        Callable3().__call__,
    ],
)
async def test_a_handler_takes_all_three_or_those_that_it_names(handler: Any) -> None:
    assert await ExecutionEvent(actor=Agent("a", handler))(3, 2, ExecutionState()) == 3


async def test_builtins_without_a_signature_get_all_three() -> None:
    made = await ExecutionEvent(actor=Agent("a", lambda: 7))(1, 2, ExecutionState())
    assert made == 7
    with pytest.raises(
        TypeError
    ):  # min(input, context, state) compares what cannot be compared: it was called with three
        await ExecutionEvent(actor=Agent("a", min))(1, 2, ExecutionState())


@pytest.mark.parametrize(
    "condition",
    [
        lambda input_data, context, state: input_data == 1 and context == 2 and not state.is_interrupted,
        lambda state: not state.is_interrupted,
        lambda s: not s.is_interrupted,
        lambda anything: not anything.is_interrupted,
        lambda input_data: input_data == 1,
        lambda context: context == 2,
        lambda: True,
    ],
)
async def test_preconditions_decide_whether_the_handler_runs(condition: Any) -> None:
    async def no(input_data: Any, context: Any, state: Any) -> bool:
        return False

    ran: list[int] = []
    fine = Agent("a", lambda: ran.append(1), preconditions=[condition])
    await ExecutionEvent(actor=fine)(1, 2, ExecutionState())
    assert ran == [1]
    with pytest.raises(PreconditionFailed, match="no does not hold"):
        await ExecutionEvent(actor=fine, preconditions=[no])(1, 2, ExecutionState())
    with pytest.raises(PreconditionFailed, match="no does not hold"):
        await ExecutionEvent(actor=Agent("b", fine.handler, preconditions=[condition, no]))(1, 2, ExecutionState())
    assert ran == [1]


async def test_the_keyword_form_is_the_same_object() -> None:
    async def handler(input_data: Any, context: Any, state: Any) -> Any:
        return input_data

    event = ExecutionEvent(name="s", handler=handler)
    assert await event.execute(ExecutionState(), input_data=1) == await event(1, None, ExecutionState()) == 1
    assert await ExecutionEvent(name="s", handler=lambda: 5)(1, 2, ExecutionState()) == 5
    assert await ExecutionEvent(name="s", handler=lambda *given: len(given)).execute(ExecutionState()) == 3


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Agent(""), "needs a name"),
        (lambda: Agent("a"), "needs a handler"),
        (lambda: ExecutionEvent(handler=echo), "needs a name"),
        (lambda: ExecutionEvent(actor="git"), "needs a handler"),
        (lambda: ParallelExecutionManager(), "execution_state"),
    ],
)
def test_what_is_missing_is_named(wrong: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        wrong()


async def test_an_event_needs_its_state() -> None:
    with pytest.raises(TypeError, match="input_data, context, state"):
        await ExecutionEvent(actor=Agent("a", echo))("in", {})


# ── interrupts ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def slow(input_data: Any, context: Any, state: ExecutionState) -> str:
    await asyncio.sleep(3600)
    return "done"


async def test_an_event_raises_its_interrupt_to_the_code_that_awaits_it() -> None:
    state = ExecutionState()
    state.set_timeout(0.01, "Must complete within 5 minutes")
    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted, match="within 5 minutes") as caught:
            await ExecutionEvent(actor=Agent("a", slow))("in", "", state)
    assert caught.value.reason is InterruptReason.TIMEOUT


async def test_an_event_that_is_a_task_of_its_own_ends_quietly_and_the_state_says_why() -> None:
    state, event = ExecutionState(), ExecutionEvent(actor=Agent("a", slow))
    task = asyncio.create_task(event("in", "", state))
    inside = asyncio.create_task(_awaits(event, state))
    await asyncio.sleep(0)
    state.request_interrupt(message="User clicked stop button")
    async with asyncio.timeout(60):
        assert await task is None
        with pytest.raises(ExecutionInterrupted):
            await inside
        with pytest.raises(ExecutionInterrupted):
            await asyncio.create_task(event.execute(state))
    assert state.interrupt_signal is not None
    assert state.interrupt_signal.message == "User clicked stop button"


@pytest.mark.parametrize(
    "waits",
    [
        lambda call: asyncio.wait_for(call, 60),
        lambda call: asyncio.gather(call),
        lambda call: _in_a_group(call),
        lambda call: asyncio.shield(call),
    ],
)
async def test_an_event_raises_to_whatever_runs_it_as_a_task(waits: Any) -> None:
    state: ExecutionState = ExecutionState()
    state.set_timeout(0.01)
    with pytest.raises(ExecutionInterrupted):
        await waits(ExecutionEvent(actor=Agent("a", slow))("in", "", state))


async def _in_a_group(call: Any) -> Any:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(call)
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


def test_an_event_raises_out_of_a_run_whose_timeout_was_set_before() -> None:
    state: ExecutionState = ExecutionState()
    state.set_timeout(0.01, "late")
    with pytest.raises(ExecutionInterrupted, match="late"):
        asyncio.run(ExecutionEvent(actor=Agent("a", slow))("in", "", state))


async def _awaits(event: ExecutionEvent[Any], state: ExecutionState) -> Any:
    return await event("in", "", state)


async def test_an_interrupt_of_another_execution_is_an_error_of_the_handler() -> None:
    async def raises(input_data: Any, context: Any, state: ExecutionState) -> None:
        raise ExecutionInterrupted(InterruptReason.CUSTOM, "of somebody else")

    task = asyncio.create_task(ExecutionEvent(actor=Agent("a", raises))("in", "", ExecutionState()))
    with pytest.raises(ExecutionInterrupted):
        await task


async def test_an_interrupt_in_a_backoff_has_the_attempt_and_the_error_before_it() -> None:
    async def fails(input_data: Any, context: Any, state: ExecutionState) -> None:
        raise ConnectionError("hung up")

    state = ExecutionState()
    soon(state.request_interrupt)
    tool = Agent("api", fails, retry_config=RetryConfig(max_attempts=5, initial_delay=3600))
    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted):
            await ExecutionEvent(actor=tool)("in", {}, state)
    events = [event for event in state.history if isinstance(event, StepEvent) and event.step]
    wanted = ["started", "failed", "retrying", "cancelling", "interrupted"]
    assert [event.status for event in events] == wanted
    assert events[-1].attempt == 1
    assert events[-1].error == "ConnectionError: hung up"
    assert "hung up" in events[-1].detail


# ── parallel ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_added_and_given_work_is_gathered_in_order() -> None:
    state = ExecutionState()

    async def give(value: int) -> int:
        return value

    manager = ParallelExecutionManager(execution_state=state)
    manager.add(give(1), lambda: give(2))
    manager.add(ExecutionEvent(actor=Agent("a", echo))(3, None, state))
    results: list[Any] = await manager.gather([give(4)])
    assert [*results[:2], results[2][0], results[3]] == [1, 2, 3, 4]
    assert await manager.gather() == []
    assert await state.parallel(limit=1).gather([give(5)]) == [5]


async def test_an_interrupt_that_comes_with_the_last_result_is_raised_after_the_work() -> None:
    state, ended = ExecutionState(), list[int]()

    async def last() -> None:
        ended.append(1)
        state.request_interrupt()

    with pytest.raises(ExecutionInterrupted):
        await ParallelExecutionManager(state).gather([last()])
    assert ended == [1]


# ── retries ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def failing(times: int) -> Any:
    left = [times]

    async def handler(input_data: Any, context: Any, state: Any) -> int:
        left[0] -= 1
        if left[0] >= 0:
            raise ConnectionError("not yet")
        return 1

    return handler


def test_settings_are_positional_or_named_and_coerce() -> None:
    config = RetryConfig(5, 10.0, 30.0, 3.0, "linear", True)  # type: ignore[arg-type]
    assert (config.max_attempts, config.initial_delay, config.max_delay) == (5, 10, 30)
    assert (config.multiplier, config.strategy, config.jitter) == (3, RetryStrategy.LINEAR, 1)
    lists = RetryConfig(allow=[OSError], deny=ConnectionError)  # type: ignore[arg-type]
    assert lists.decide(FileNotFoundError(), failures=1).retry
    assert not lists.decide(ConnectionError(), failures=1).retry  # deny wins
    assert not lists.decide(ValueError(), failures=1).retry


async def test_an_actor_s_own_settings_are_nearer_than_those_of_its_type() -> None:
    agent = Agent("a", failing(2), retry_config=QUICK)
    once = RetryConfig(max_attempts=1)
    assert await ExecutionEvent(actor=agent)(0, 0, ExecutionState(retry_config=once)) == 1
    with pytest.raises(ConnectionError):
        await ExecutionEvent(actor=Agent("a", failing(1), retry_config=QUICK), retry_config=once)(
            0, 0, ExecutionState()
        )
    with pytest.raises(ConnectionError):
        await ExecutionEvent(actor=Agent("a", failing(1), retry_config=QUICK))(
            0, 0, ExecutionState(), retry_config=once
        )
    state = ExecutionState(retry_config=RetryLevels(by_actor={Agent: QUICK}, state=once))
    assert await ExecutionEvent(actor=Agent("b", failing(2)))(0, 0, state) == 1
    assert state.choose_retry(actor=Agent("b", echo)).level is RetryLevel.ACTOR_TYPE
    by_name = ExecutionState(retry_config=RetryLevels(by_actor={"c": QUICK}))
    assert await ExecutionEvent(actor=Agent("c", failing(2)))(0, 0, by_name) == 1
    assert await ExecutionEvent(actor=LLM("d", failing(2)))(0, 0, ExecutionState(retry_config=QUICK)) == 1


async def test_the_settings_of_a_state_can_be_set_later() -> None:
    state = ExecutionState()
    state.retry_config = QUICK
    assert state.retry_config == RetryLevels(state=QUICK)
    assert await ExecutionEvent(actor=Agent("a", failing(2)))(0, 0, state) == 1
    state.retry_config = None
    with pytest.raises(ConnectionError):
        await ExecutionEvent(actor=Agent("b", failing(1)))(0, 0, state)


# ── printing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_printer_is_called_with_events_and_subscribes(capsys: pytest.CaptureFixture[str]) -> None:
    bus, printer = EventBus(), EventPrinter()
    bus.subscribe(printer)
    state = ExecutionState(event_bus=bus)
    await ExecutionEvent(actor=Agent("a", echo))(1, 2, state)
    await bus.aclose()
    printer(ExecutionEvent(actor=Agent("b", echo)))
    shown = capsys.readouterr().out
    assert "a: started [a]" in shown
    assert f"a: {ExecutionStatus.COMPLETED.value} [a]" in shown
    assert "b [b]" in shown
    with pytest.raises(TypeError, match="events of an execution"):
        printer("an event")
