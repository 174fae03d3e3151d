"""A third of all AWS calls goes wrong for a while: afterwards everything is drained within a minute, and nothing was lost or done twice."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from hermes.aws.clients import Clients
from tests.eventually import eventually
from tests.faults import siege

STORM_SECONDS, SHARE, MAILS, SEED = 10.0, 0.3, 8, 4711


@pytest.mark.timeout(150)
async def test_a_storm_is_drained_within_a_minute(tmp_path: Path, endpoint_url: str, aws_clients: Clients) -> None:
    async with siege.siege(tmp_path, endpoint_url, aws_clients, seed=SEED) as attacked:
        since = time.time() + 1
        order = {"since": since, "until": since + STORM_SECONDS, "share": SHARE, "seed": SEED}
        (attacked.marks / "storm").write_text(json.dumps(order), encoding="utf-8")
        living = await attacked.gateway()
        await eventually(lambda: time.time() > since)
        for _ in range(MAILS):
            await attacked.deliver(attacked.scenario(""), living)
        await eventually(lambda: time.time() > since + STORM_SECONDS, seconds=60)
        assert not living.dead.done()
        await attacked.rest(living, seconds=60)
        found = await attacked.check()
        met = set((attacked.marks / "met").read_text(encoding="utf-8").split("\n")) - {""}

    print(f"seed {SEED}: {found.mails} mails, {found.commands} commands, {found.copies} copies")
    assert (found.lost, found.twice) == ((), ())
    assert met == {"error", "throttled", "lost", "slow", "expired", "not renewed"}
