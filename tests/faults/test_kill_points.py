"""Processes die at every named point, and nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import collections
import contextlib
from pathlib import Path

import pytest

from hermes.aws.clients import Clients
from tests.faults import siege

LANES, KILLS, SEED = 3, 20, 20261120


def test_there_are_points_at_every_step() -> None:
    assert len(siege.points()) >= 30


@pytest.mark.timeout(300)
async def test_gateways_and_workers_die_anywhere(tmp_path: Path, endpoint_url: str, aws_clients: Clients) -> None:
    async with contextlib.AsyncExitStack() as stack:
        lanes = []
        for number in range(LANES):
            folder = tmp_path / str(number)
            folder.mkdir()
            lanes.append(
                await stack.enter_async_context(siege.siege(folder, endpoint_url, aws_clients, seed=SEED + number))
            )
        found = await asyncio.gather(*(siege.campaign(lane, KILLS) for lane in lanes))

    kills: collections.Counter[str] = sum((lane.kills for lane in lanes), collections.Counter())
    print(f"seeds {SEED}…{SEED + LANES - 1}:", dict(kills), "missed", [dict(lane.missed) for lane in lanes])
    assert [sentence for each in found for sentence in (*each.lost, *each.twice)] == []
    assert kills.total() >= LANES * KILLS
