"""The long attack: `python -m tests.faults.torture --kills 1000 --schedules 10000 --seed 1`; the same seed attacks in the same order.

The schedules run in a process of their own beside the kills. The last line sums up; the exit status is 0 if nothing was lost or done twice.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from hermes.aws import clients
from hermes.local.emulator import Emulator
from tests.faults import lanes
from tests.faults.siege import ROOT


async def main() -> int:
    """Attack as told on the command line."""
    asked = argparse.ArgumentParser(prog="python -m tests.faults.torture", description=__doc__)
    asked.add_argument("--kills", type=int, default=1000)
    asked.add_argument("--schedules", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--lanes", type=int, default=4)
    told = asked.parse_args()
    begun = time.monotonic()
    print(f"seed={told.seed}; again with ARGS='--seed {told.seed}'", flush=True)
    (code, schedules), found = await asyncio.gather(_schedules(told.schedules, told.seed), _kills(told))
    print(f"at {dict(found.kills)}\nmissed {dict(found.missed)}")
    for sentence in (*found.lost, *found.twice):
        print(sentence)
    failed = code != 0
    print(
        f"kills={found.kills.total()} schedules={schedules} lost={len(found.lost)} twice={len(found.twice)} "
        f"model={'broken' if failed else 'held'} mails={found.mails} commands={found.commands} copies={found.copies} "
        f"seed={told.seed} seconds={time.monotonic() - begun:.0f}"
    )
    return int(bool(found.lost or found.twice or failed))


async def _kills(told: argparse.Namespace) -> lanes.Outcome:
    with tempfile.TemporaryDirectory(prefix="hermes-torture-") as name:
        folder = Path(name)
        async with (
            Emulator(state=folder / "aws", environment=os.environ) as emulator,
            clients.connect(
                region="eu-central-1", endpoint_url=emulator.endpoint_url, access_key="test", secret_key="test"
            ) as made,
        ):
            url = emulator.endpoint_url
            return await lanes.run(folder, url, made, lanes=told.lanes, kills=told.kills, seed=told.seed)


async def _schedules(count: int, seed: int) -> tuple[int, int]:
    """Exit status, and how many were played."""
    if count == 0:
        return 0, 0
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}", "tests/faults/test_model.py",
        cwd=ROOT, env={**os.environ, "FAULTS_SCHEDULES": str(count)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    text = said.decode("utf-8", "replace")
    code = process.returncode or 0
    if code:
        print(text)
    return code, sum(map(int, re.findall(r"schedules=(\d+)", text)))


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
