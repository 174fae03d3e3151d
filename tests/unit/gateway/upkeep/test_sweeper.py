"""The order and the bounds of a sweep: interrupts first, some at a time, never for long; while nothing is open, one shard a look."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hermes import limits
from hermes.aws.records.commands import SHARDS, Timer
from hermes.config.sections import TimingSettings
from hermes.gateway.upkeep import sweeper as upkeep_sweeper
from hermes.gateway.upkeep.sweeper import DueRows, Sweeper
from tests import env
from tests.eventually import eventually


class Rows:
    """The `due` index of commands or replies."""

    def __init__(self, rows: Sequence[Any] = ()) -> None:
        self.rows = list(rows)
        self.shards: list[tuple[str, ...]] = []

    async def due(self, *, before: float, shards: Sequence[str]) -> list[Any]:
        self.shards.append(tuple(shards))
        return list(self.rows)


class Played(Sweeper):
    """A sweeper that notes what it would redo."""

    def __init__(
        self,
        rows: Rows,
        *,
        now: float = 1000.0,
        owns: Callable[[str], bool] = lambda key: True,
        busy: bool = True,
    ) -> None:
        self.redone: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

        async def nothing(*_: Any) -> None: ...

        stub: Any = types.SimpleNamespace(sweep=nothing, redo=nothing, look=nothing)
        super().__init__(
            stores=types.SimpleNamespace(commands=rows, outbox=Rows(), sessions=stub),  # type: ignore[arg-type]
            due=DueRows(
                commands=types.SimpleNamespace(  # type: ignore[arg-type]
                    redo=self._redo,
                    is_due=lambda timer: timer.due <= now,
                    is_overdue=lambda timer: now - timer.due > limits.OVERDUE_SECONDS,
                ),
                replies=stub,
                approvals=stub,
            ),
            containers=stub,
            unreadable=types.SimpleNamespace(left=lambda noun, row_id: False),  # type: ignore[arg-type]
            pending=types.SimpleNamespace(owns=owns, busy=busy, check_silent=nothing),  # type: ignore[arg-type]
            timing=TimingSettings(sweep=0.05),
            env=env.quiet(now=lambda: now, jitter=lambda: 0.5),
        )

    async def _redo(self, command_id: str) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.redone.append(command_id)
        self.at_once -= 1


def timers(count: int, state: str = "accepted", *, due: float = 900.0, key: str = "k") -> list[Timer]:
    return [Timer(f"{state}{n}", key, due + n / 1000, state) for n in range(count)]


async def test_an_unanswered_interrupt_waits_for_no_thousand_of_others() -> None:
    sweeper = Played(Rows([*timers(1000), *timers(2, "interrupting", due=999.0)]))

    assert await sweeper.sweep()

    assert sweeper.redone[:2] == ["interrupting0", "interrupting1"]
    assert len(sweeper.redone) == 1002
    assert sweeper.most_at_once == upkeep_sweeper.SWEEP_AT_ONCE


async def test_a_sweep_ends_in_time_and_leaves_the_rest_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep_sweeper, "SWEEP_MOST_SECONDS", 0.0)
    sweeper = Played(Rows(timers(1000)))

    assert await sweeper.sweep()

    assert len(sweeper.redone) == upkeep_sweeper.SWEEP_AT_ONCE


async def test_what_another_replica_owns_is_left_to_it_until_it_is_overdue() -> None:
    fresh, late = (
        timers(2, due=999.0, key="theirs"),
        timers(1, "running", due=1000.0 - limits.OVERDUE_SECONDS - 1, key="theirs"),
    )
    sweeper = Played(Rows([*fresh, *late]), owns=lambda key: key != "theirs")

    await sweeper.sweep()

    assert sweeper.redone == ["running0"]


@pytest.mark.parametrize(("busy", "each"), [(True, SHARDS), (False, SHARDS[:1])])
async def test_while_nothing_is_open_a_look_reads_one_shard_and_the_looks_together_all(
    busy: bool, each: tuple[str, ...]
) -> None:
    rows, stop = Rows(), asyncio.Event()
    sweeper = Played(rows, busy=busy)
    running = asyncio.create_task(sweeper.run(stop))

    await eventually(lambda: len(rows.shards) > len(SHARDS))
    stop.set()
    await running

    assert rows.shards[0] == SHARDS, "after a start everything may be due"
    assert [len(shards) for shards in rows.shards[1:]] == [len(each)] * (len(rows.shards) - 1)
    assert {shard for shards in rows.shards[1 : len(SHARDS) + 1] for shard in shards} == set(SHARDS)


@pytest.mark.parametrize(("at", "swept"), [(1299.0, 0), (1300.0, 1)])
async def test_the_first_look_for_orphans_comes_within_the_first_turn_by_chance(at: float, swept: int) -> None:
    stop, times = asyncio.Event(), iter([1000.0])
    sweeper = Played(Rows())
    looked: list[bool] = []

    async def sweep(*_: Any) -> bool:
        stop.set()
        return False

    async def orphans() -> None:
        looked.append(True)

    sweeper._env = env.quiet(clock=lambda: next(times, at), jitter=lambda: 0.5)
    sweeper._timing = TimingSettings(sweep=0.05, orphans=600.0)
    sweeper.sweep = sweep  # type: ignore[method-assign, assignment]
    sweeper._containers = types.SimpleNamespace(sweep=orphans)  # type: ignore[assignment]
    await sweeper.run(stop)

    assert len(looked) == swept
