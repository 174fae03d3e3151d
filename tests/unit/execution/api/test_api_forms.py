"""Further forms of the API: `async with`, the state's own bus, preconditions that raise, what objects show of themselves."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from typing import Any

import pytest

from hermes.execution import (
    Agent,
    EventBus,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
    ParallelExecutionManager,
    PreconditionFailed,
    RetryConfig,
    Tool,
)

INTERRUPT = InterruptEvent(signal=InterruptSignal(reason=InterruptReason.TIMEOUT), state_id="s")


async def echo(input_data: Any, context: Any, state: ExecutionState) -> Any:
    return input_data


async def forever(input_data: Any, context: Any, state: ExecutionState) -> None:
    await asyncio.Event().wait()


# ── parallel work ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_manager_is_a_block_whose_work_is_gathered_in_it() -> None:
    state = ExecutionState()
    async with state.parallel(max_workers=1) as group:
        group.add(echo(1, "", state))
        group.add(ExecutionEvent(actor=Agent("a", echo))(2, "", state))
        assert await group.gather() == [1, 2]
    assert group.execution_state is state


async def test_the_end_of_a_block_waits_for_what_nobody_gathered() -> None:
    done: list[int] = []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append(1)

    async with ExecutionState().parallel() as group:
        group.add(work(), work())
    assert done == [1, 1]


async def test_an_error_of_a_block_discards_what_has_not_begun() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        task = asyncio.create_task(asyncio.Event().wait())
        with pytest.raises(KeyError):
            await _fails_in_a_block(echo(1, "", ExecutionState()), task)
        gc.collect()
    await asyncio.wait({task}, timeout=60)
    assert task.cancelled()


async def _fails_in_a_block(*work: Any) -> None:
    async with ExecutionState().parallel() as group:
        group.add(*work)
        raise KeyError


async def test_max_workers_is_the_limit() -> None:
    at_once, most = 0, 0

    async def work() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1

    await ParallelExecutionManager(execution_state=ExecutionState(), max_workers=2).gather([work() for _ in range(6)])
    assert most == 2
    with pytest.raises(ValueError, match="at least one"):
        ExecutionState().parallel(max_workers=0)


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_state_has_a_bus_of_its_own_where_none_was_given() -> None:
    state, given = ExecutionState(), EventBus()
    seen: list[Any] = []
    assert state.event_bus is state.event_bus
    state.event_bus.subscribe(seen.append)
    stream = state.event_bus.stream()
    state.request_interrupt()
    with pytest.raises(ExecutionInterrupted):
        await state.check_interrupt()
    assert [type(event) for event in seen] == [InterruptEvent]
    async with asyncio.timeout(60):
        assert [type(event) async for event in stream] == [InterruptEvent]
    assert ExecutionState(event_bus=given).event_bus is given


@pytest.mark.parametrize("plain", [True, False])
async def test_who_awaits_the_publication_finds_it_handled(plain: bool) -> None:
    seen: list[Any] = []

    async def handler(event: Any) -> None:
        seen.append(event)

    bus = EventBus()
    bus.subscribe(seen.append if plain else handler)
    await bus.publish(INTERRUPT)
    assert seen == [INTERRUPT]


async def test_a_bus_carries_what_is_no_event_of_an_execution() -> None:
    bus, foreign = EventBus(), ExecutionEvent(actor=Agent("a", echo))
    seen: list[Any] = []
    streams = [bus.stream(), bus.stream(execution_id="s")]
    bus.subscribe(seen.append)
    await bus.publish(foreign)  # type: ignore[arg-type]
    await bus.publish(INTERRUPT)
    async with asyncio.timeout(60):
        assert [[event async for event in stream] for stream in streams] == [[foreign, INTERRUPT], [INTERRUPT]]
    assert seen == [foreign, INTERRUPT]


# ── actors ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_precondition_that_only_raises_holds_when_it_does_not() -> None:
    def given(input_data: Any, context: Any, state: ExecutionState) -> None:
        if not input_data:
            raise LookupError("nothing to do")

    event = ExecutionEvent(actor=Tool(name="t", handler=echo, preconditions=[given]))
    assert await event("x", {}, ExecutionState()) == "x"
    with pytest.raises(LookupError, match="nothing to do"):
        await event("", {}, ExecutionState())


@pytest.mark.parametrize("answer", [False, 0, ""])
async def test_a_precondition_is_added_to_an_actor_and_says_no(answer: Any) -> None:
    agent = Agent(name="a", description="reads", handler=echo)
    agent.preconditions.append(lambda input_data, context, state: answer)
    assert agent.description == "reads"
    with pytest.raises(PreconditionFailed):
        await ExecutionEvent(actor=agent)("x", {}, ExecutionState())


async def test_an_event_does_what_its_actor_has_when_it_is_called() -> None:
    agent = Agent(name="a", handler=forever)
    event = ExecutionEvent(actor=agent)
    agent.handler = echo
    assert await event("x", {}, ExecutionState()) == "x"
    agent.preconditions = [lambda input_data, context, state: False]
    with pytest.raises(PreconditionFailed):
        await event("x", {}, ExecutionState())


async def test_a_callback_of_one_s_own_changes_nothing_for_a_task() -> None:
    state, ended = ExecutionState(), asyncio.Event()
    task = asyncio.create_task(ExecutionEvent(actor=Agent("a", forever))("", "", state))
    tasks = {task}
    task.add_done_callback(tasks.discard)
    task.add_done_callback(lambda _: ended.set())
    await asyncio.sleep(0)
    state.request_interrupt()
    async with asyncio.timeout(60):
        await ended.wait()
        assert await task is None
    assert not tasks


# ── what objects show of themselves ───────────────────────────────────────────────────────────────────────────────────


def test_states_and_events_show_what_they_are() -> None:
    assert repr(ExecutionState("s")) == "ExecutionState(state_id='s', status='pending')"
    assert repr(ExecutionEvent(actor=Agent("a", echo))) == "ExecutionEvent(name='a', actor=Agent(name='a'))"


def test_a_state_dumps_as_a_model_does() -> None:
    state = ExecutionState("s")
    assert state.model_dump(mode="json") == state.model_dump() == json.loads(state.model_dump_json(indent=2))


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_attempts": "3"},
        {"max_attempts": 2.5},
        {"max_attempts": True},
        {"initial_delay": "1"},
        {"max_delay": None},
        {"jitter": "full"},
        {"multiplier": "2"},
        {"total_seconds": "9"},
    ],
)
def test_a_retry_setting_of_another_type_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be a"):
        RetryConfig(**wrong)
