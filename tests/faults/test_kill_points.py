"""Processes die at every named point, and nothing is lost or done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes.aws.clients import Clients
from tests.faults import lanes, siege

LANES, KILLS, SEED = 4, 100, 20261120


def test_there_are_points_at_every_step() -> None:
    assert len(siege.points()) >= 30


@pytest.mark.timeout(300)
async def test_gateways_and_workers_die_anywhere(tmp_path: Path, endpoint_url: str, aws_clients: Clients) -> None:
    found = await lanes.run(tmp_path, endpoint_url, aws_clients, lanes=LANES, kills=KILLS, seed=SEED)

    print(f"seed {SEED}: {found.line()}\nat {dict(found.kills)}\nmissed {dict(found.missed)}")
    assert (found.lost, found.twice) == ([], [])
    assert found.kills.total() >= KILLS
    assert len(found.kills) >= 25
