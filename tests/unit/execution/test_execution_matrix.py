"""Retry × interrupt × persistence: every strategy, stopped at every moment, with and without going on from a snapshot."""

from __future__ import annotations

import asyncio
import enum
from pathlib import Path

import pytest

from hermes.execution import (
    Environment,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    ExecutionStatus,
    FileStore,
    InterruptReason,
    RetryConfig,
    RetryStrategy,
    Snapshot,
    StepContext,
    StepEvent,
)

BASE = 10.0
#: The pauses after the first and the second failure.
PAUSES = {
    RetryStrategy.CONSTANT: (10.0, 10.0),
    RetryStrategy.LINEAR: (10.0, 20.0),
    RetryStrategy.EXPONENTIAL: (10.0, 20.0),
    RetryStrategy.FIBONACCI: (10.0, 10.0),
}


class Moment(enum.Enum):
    """Where the interrupt comes."""

    NEVER = enum.auto()
    BEFORE = enum.auto()
    IN_FIRST_ATTEMPT = enum.auto()
    IN_BACKOFF = enum.auto()
    IN_SECOND_ATTEMPT = enum.auto()
    AFTER = enum.auto()


class Persistence(enum.Enum):
    """What is saved."""

    NONE = enum.auto()
    ON_INTERRUPT = enum.auto()
    EVERY_CHANGE = enum.auto()


class World:
    """A clock that pauses advance, and a step that fails twice and then succeeds, interrupted at one moment."""

    def __init__(self, moment: Moment, directory: Path) -> None:
        self.moment = moment
        self.clock = 1_000.0
        self.pauses: list[float] = []
        self.calls = 0
        self.store = FileStore(directory)
        self.state = ExecutionState()
        self.fired = False

    def settings(self, persistence: Persistence) -> dict[str, object]:
        saved = persistence is not Persistence.NONE
        return {
            "store": self.store if saved else None,
            "autosave": persistence is Persistence.EVERY_CHANGE,
            "env": Environment(now=lambda: self.clock, monotonic=lambda: self.clock, sleep=self.sleep),
        }

    async def sleep(self, seconds: float) -> None:
        if self.moment is Moment.IN_BACKOFF and not self.fired:
            self.clock += 4  # four of ten seconds have passed when the interrupt comes
            self.fire()
            await asyncio.sleep(3600)
        self.pauses.append(round(seconds, 6))
        self.clock += seconds

    def fire(self, save: bool = True) -> None:
        self.fired = True
        self.state.request_interrupt(InterruptReason.PRIORITY_OVERRIDE, "newer", "m2", save_checkpoint=save)

    async def handler(self, context: StepContext) -> dict[str, int]:
        self.calls += 1
        due = {1: Moment.IN_FIRST_ATTEMPT, 2: Moment.IN_SECOND_ATTEMPT}.get(context.attempt)
        if due is self.moment and not self.fired:
            self.fire()
            await asyncio.sleep(3600)
        if context.attempt < 3:
            raise ConnectionError(f"attempt {context.attempt}")
        if self.moment is Moment.AFTER and not self.fired:
            self.fire()
        return {"attempt": context.attempt}

    def step(self, strategy: RetryStrategy) -> ExecutionEvent[dict[str, int]]:
        config = RetryConfig(strategy=strategy, initial_delay=BASE, max_attempts=3)
        return ExecutionEvent(name="push", handler=self.handler, retry=config)


#: moment -> handler calls until the interrupt, failures counted, pauses made before it
EXPECTED = {
    Moment.BEFORE: (0, 0, 0),
    Moment.IN_FIRST_ATTEMPT: (1, 0, 0),
    Moment.IN_BACKOFF: (1, 1, 0),
    Moment.IN_SECOND_ATTEMPT: (2, 1, 1),
    Moment.AFTER: (3, 2, 2),
}


@pytest.mark.parametrize("strategy", list(RetryStrategy))
@pytest.mark.parametrize("persistence", list(Persistence))
@pytest.mark.parametrize("moment", list(Moment))
async def test_matrix(moment: Moment, persistence: Persistence, strategy: RetryStrategy, tmp_path: Path) -> None:
    world = World(moment, tmp_path)
    world.state = state = ExecutionState(state_id="acme", **world.settings(persistence))  # type: ignore[arg-type]
    step = world.step(strategy)

    if moment is Moment.NEVER:
        async with state:
            assert await step.execute(state) == {"attempt": 3}
        assert world.pauses == list(PAUSES[strategy])
        saved = await world.store.load("acme")
        assert (saved is not None) is (persistence is Persistence.EVERY_CHANGE)
        return

    if moment is Moment.BEFORE:
        world.fire()
    with pytest.raises(ExecutionInterrupted):
        async with state:
            await step.execute(state)
    calls, failures, pauses = EXPECTED[moment]
    assert world.calls == calls
    assert world.pauses == list(PAUSES[strategy][:pauses])
    record = next(iter(state.steps))
    assert record.failures == failures
    last = [event for event in state.history if isinstance(event, StepEvent) and event.step][-1]
    assert last.status is (ExecutionStatus.COMPLETED if moment is Moment.AFTER else ExecutionStatus.INTERRUPTED)
    if moment is Moment.IN_BACKOFF:
        assert (last.attempt, last.error) == (1, "ConnectionError: attempt 1")

    saved = await world.store.load("acme")
    if persistence is Persistence.NONE:
        assert saved is None
        return
    assert saved is not None
    assert saved.status is ExecutionStatus.INTERRUPTED
    await _goes_on(world, saved, moment, strategy, persistence)


async def _goes_on(
    world: World, saved: Snapshot, moment: Moment, strategy: RetryStrategy, persistence: Persistence
) -> None:
    before = world.pauses[:]
    calls = world.calls
    world.clock += 1  # the restart takes a second
    world.state = state = ExecutionState.restore(saved, **world.settings(persistence))
    async with state:
        assert await world.step(strategy).execute(state) == {"attempt": 3}
    again = world.pauses[len(before) :]
    first, second = PAUSES[strategy]
    if moment is Moment.AFTER:
        assert world.calls == calls  # the result was kept: nothing runs twice
        assert again == []
    elif moment is Moment.IN_BACKOFF:
        assert world.calls == calls + 2  # the failed attempt stays counted
        assert again == [first - 4 - 1, second]  # the pause goes on where it was
    elif moment is Moment.IN_SECOND_ATTEMPT:
        assert world.calls == calls + 2  # the interrupted attempt was not a failure
        assert again == [second]
    else:
        assert world.calls == calls + 3
        assert again == [first, second]
    history = [event.status for event in state.history if isinstance(event, StepEvent)]
    assert ExecutionStatus.INTERRUPTED in history  # of the earlier process
    assert history[-1] is ExecutionStatus.COMPLETED


@pytest.mark.parametrize("strategy", list(RetryStrategy))
async def test_a_pause_that_is_over_when_the_process_comes_back_is_not_waited_for(
    strategy: RetryStrategy, tmp_path: Path
) -> None:
    world = World(Moment.IN_BACKOFF, tmp_path)
    world.state = state = ExecutionState(state_id="acme", **world.settings(Persistence.ON_INTERRUPT))  # type: ignore[arg-type]
    with pytest.raises(ExecutionInterrupted):
        await world.step(strategy).execute(state)
    saved = await world.store.load("acme")
    assert saved is not None
    world.clock += 3600
    world.state = state = ExecutionState.restore(saved, **world.settings(Persistence.NONE))
    assert await world.step(strategy).execute(state) == {"attempt": 3}
    assert world.pauses == [PAUSES[strategy][1]]


async def test_the_time_budget_survives_persistence(tmp_path: Path) -> None:
    world = World(Moment.IN_BACKOFF, tmp_path)
    config = RetryConfig(initial_delay=BASE, max_attempts=9, total_seconds=25)
    world.state = state = ExecutionState(state_id="acme", **world.settings(Persistence.ON_INTERRUPT))  # type: ignore[arg-type]
    step = ExecutionEvent(name="push", handler=world.handler, retry=config)
    with pytest.raises(ExecutionInterrupted):
        await step.execute(state)
    saved = await world.store.load("acme")
    assert saved is not None
    assert saved.steps[0].spent_seconds == 4
    world.state = state = ExecutionState.restore(saved, **world.settings(Persistence.NONE))
    # 4 s spent and 6 s of rest are 10; the next pause of 20 s would end at 30
    with pytest.raises(ConnectionError) as caught:
        await step.execute(state)
    assert "no time left of 25" in caught.value.__notes__[0]


async def test_attempts_survive_a_process_that_is_killed_in_the_middle(tmp_path: Path) -> None:
    world = World(Moment.NEVER, tmp_path)
    world.state = state = ExecutionState(state_id="acme", **world.settings(Persistence.EVERY_CHANGE))  # type: ignore[arg-type]

    async def killed(context: StepContext) -> dict[str, int]:
        if context.attempt == 2:
            found = await world.store.load("acme")  # what a killed process would have left
            assert found is not None
            left.append(found)
        return await world.handler(context)

    left: list[Snapshot] = []
    config = RetryConfig(initial_delay=BASE, max_attempts=3)
    await ExecutionEvent(name="push", handler=killed, retry=config).execute(state)
    (saved,) = left
    assert (saved.steps[0].status, saved.steps[0].failures) == (ExecutionStatus.STARTED, 1)
    world.calls = 0
    state = ExecutionState.restore(saved, **world.settings(Persistence.NONE))
    assert await world.step(RetryStrategy.CONSTANT).execute(state) == {"attempt": 3}
    assert world.calls == 2
