"""The bench: its table's logic, and its smallest row, measured with everything that the large ones use."""

from __future__ import annotations

import collections
import contextlib
import json
import math
import types
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bench import ground, rows, table
from tests.bench.figures import calls, cpu, round_trip
from tests.bench.ground import Side
from tests.bench.passes import Load, NothingMeasured, Passes, Scale
from tests.bench.table import Bound, Figure
from tests.integration import stand


@pytest.mark.parametrize(
    ("bound", "below", "same", "above"),
    [
        ("at most", True, True, False),
        ("at least", False, True, True),
        ("below", True, False, False),
        ("above", False, False, True),
    ],
)
def test_a_target_is_met_on_its_side_of_the_bound(bound: Bound, below: bool, same: bool, above: bool) -> None:
    assert [Figure(value, 2.0, bound).ok for value in (1.0, 2.0, 3.0)] == [below, same, above]


def test_a_row_without_a_target_is_no_miss() -> None:
    figures = {"shown": Figure(9.0), "met": Figure(1.0, 2.0), "not met": Figure(3.0, 2.0)}
    assert table.summary(figures) == "1 of 2 targets met; missed: not met"
    assert "MISSED" in table.line("not met", figures["not met"])
    assert "MISSED" not in table.line("shown", figures["shown"])


def test_the_table_is_written_as_json(tmp_path: Path) -> None:
    table.write(tmp_path / "bench.json", {"a, × floor": Figure(1.5, 1.25), "b": Figure(7.0)})
    assert json.loads((tmp_path / "bench.json").read_text(encoding="utf-8")) == {
        "a, × floor": {"value": 1.5, "target": 1.25, "ok": False},
        "b": {"value": 7.0, "target": None, "ok": True},
    }


@pytest.mark.parametrize(("part", "value"), [(0.0, 1.0), (0.5, 5.0), (0.95, 10.0), (0.99, 10.0), (1.0, 10.0)])
def test_a_percentile_is_a_value_that_was_measured(part: float, value: float) -> None:
    assert table.share([float(number) for number in range(10, 0, -1)], part) == value


def _load(commands: int) -> Load:
    return Load(commands=commands, seconds=1.0, cpu=0.1, calls={"sqs SendMessage": 1}, messages=1, receives=1)


class Turns(Passes):
    """Passes whose turns show what a test says."""

    def __init__(self, *shown: int) -> None:
        super().__init__(None, Scale(passes=1))  # type: ignore[arg-type]
        self._shown = iter(shown)
        self.made: list[str] = []

    @contextlib.asynccontextmanager
    async def _turn(self, which: str) -> AsyncIterator[list[Side]]:
        self.made.append(which)
        yield [types.SimpleNamespace(name=name) for name in ("floor", "hermes")]  # type: ignore[misc]

    async def _under_load(self, side: Side) -> Load:
        return _load(next(self._shown))


async def test_a_turn_that_measured_nothing_is_made_again() -> None:
    turns = Turns(5, 0, 7, 8)
    found = await turns.load()
    assert {name: [load.commands for load in loads] for name, loads in found.items()} == {"floor": [7], "hermes": [8]}
    assert len(set(turns.made)) == 2


async def test_a_machine_that_never_finishes_anything_is_reported_not_divided_by() -> None:
    turns = Turns(*[0] * 100)
    with pytest.raises(NothingMeasured, match="turn 0, 3 times"):
        await cpu.measure(turns)
    assert not Figure(math.nan, 0.0).ok


async def test_the_calls_that_are_allowed_depend_on_what_a_receive_brings() -> None:
    class Measured:
        async def load(self) -> dict[str, list[Load]]:
            one = Load(
                commands=10, seconds=1.0, cpu=0.1, calls={"sqs SendMessage input": 105}, messages=40, receives=10
            )
            return {"floor": [], "hermes": [one, one]}

    (figure,) = (await calls.measure(Measured())).values()  # type: ignore[arg-type]
    assert (figure.value, figure.target, figure.ok) == (10.5, 10.0, False)


async def test_a_small_row_is_measured_and_the_floor_makes_hermes_own_calls(
    tmp_path: Path, ministack: stand.Endpoint
) -> None:
    async with ground.ground(tmp_path, ministack.url) as stands:
        passes = Passes(stands, Scale(rounds=1, containers=1))
        sides = await passes.sides()
        before = {side.name: collections.Counter((await side.gateway.ask())["calls"]) for side in sides}
        figures = await round_trip.measure(passes)
        assert set(figures) == {"round trip alone, p50, × floor", "round trip alone, p99, × floor"}
        assert all(figure.value > 0 for figure in figures.values())
        after = {side.name: collections.Counter((await side.gateway.ask())["calls"]) for side in sides}
        # The warming up is left out: its commands come together, and may share calls.
        made = {name: calls - before[name] for name, calls in after.items()}
        for once in ("dynamodb UpdateItem containers", "sqs SendMessage input", "s3 GetObject"):
            assert made["floor"][once] == made["hermes"][once] == 1
        assert made["floor"]["dynamodb TransactWriteItems"] == made["hermes"]["dynamodb TransactWriteItems"] == 2
        # Reads may share a call, or go alone.
        alike = {kind for kind in after["floor"] if "Get" not in kind}
        assert alike <= set(after["hermes"])
    assert "round-trip" in rows.ROWS
