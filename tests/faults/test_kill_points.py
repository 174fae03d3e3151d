"""Processes die at every named point, and nothing is lost or done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes.aws.clients import Clients
from tests.faults import aims, lanes

#: Twice a hundred, so that two test processes can share them; each hundred has every point.
SEEDS, KILLS, LANES = (20261120, 20261121), 100, 4


def test_there_are_points_at_every_step() -> None:
    assert len(aims.points()) >= 60
    assert set(aims.COURSE) <= set(aims.points())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_has_every_point_and_as_many_deaths_as_were_asked_for(seed: int) -> None:
    steps = [step for lane in aims.plans(KILLS, lanes=LANES, seed=seed) for step in lane]

    assert sum(step.kills for step in steps) == KILLS
    ends = {point for step in steps for chain in step.chains for point in chain} | {p for s in steps for p in s.lives}
    assert ends == set(aims.aimed_at())


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", SEEDS)
async def test_gateways_and_workers_die_anywhere(
    tmp_path: Path, endpoint_url: str, aws_clients: Clients, seed: int
) -> None:
    found = await lanes.run(tmp_path, endpoint_url, aws_clients, lanes=LANES, kills=KILLS, seed=seed)

    print(f"seed {seed}: {found.line()}\nat {dict(found.kills)}\nmissed {dict(found.missed)}")
    assert (found.lost, found.twice) == ([], [])
    assert set(aims.aimed_at()) <= set(found.kills), f"nobody died at {set(aims.aimed_at()) - set(found.kills)}"
    assert found.kills.total() >= KILLS
    assert set(found.met) == {"greylisted", "cut", "taken and cut"}
