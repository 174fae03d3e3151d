"""The long attack: `python -m tests.faults.torture --kills 1000 --schedules 10000 --seed 1`; the same seed attacks in the same order.

With `--emulator-kills 100` the embedded AWS is killed too, at random moments while the gateways and workers die, and started again over
what its journal holds.

The schedules run in processes of their own beside the kills, and one that fails is printed at once. The last line
sums up; the exit status is 0 if nothing was lost or done twice.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

from hermes.aws import clients
from hermes.local import signature
from hermes.local.emulator import Emulator
from tests.faults import aims, lanes
from tests.faults.siege import ROOT

_TELL_SECONDS = 60.0
#: Between two deaths of the emulator: long enough that gateways begin something, too short to be done with it.
_EMULATOR_PAUSE_SECONDS = (0.3, 3.0)


async def main() -> int:
    """Attack as told on the command line."""
    asked = argparse.ArgumentParser(prog="python -m tests.faults.torture", description=__doc__)
    asked.add_argument("--kills", type=int, default=1000)
    asked.add_argument("--schedules", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--lanes", type=int, default=8, help="campaigns of kills beside each other")
    asked.add_argument("--emulator-kills", type=int, default=0, help="deaths of the embedded AWS beside the others")
    cores = os.cpu_count() or 1
    asked.add_argument("--processes", type=int, default=cores, help="processes that play schedules (default: cores)")
    told = asked.parse_args()
    begun = time.monotonic()
    print(f"seed={told.seed}; again with ARGS='--seed {told.seed}'", flush=True)
    (code, schedules), (found, emulator_kills) = await asyncio.gather(_schedules(told), _kills(told))
    seconds = time.monotonic() - begun
    print(f"at {dict(found.kills)}\nmissed {dict(found.missed)}")
    for sentence in (*found.lost, *found.twice):
        print(sentence)
    failed = code != 0
    print(
        f"kills={found.kills.total()} emulator_kills={emulator_kills} schedules={schedules} "
        f"lost={len(found.lost)} twice={len(found.twice)} "
        f"model={'broken' if failed else 'held'} mails={found.mails} commands={found.commands} copies={found.copies} "
        f"seed={told.seed} seconds={seconds:.0f}"
    )
    return int(bool(found.lost or found.twice or failed))


async def _kills(told: argparse.Namespace) -> tuple[lanes.Outcome, int]:
    """What became of the mails, and how often the emulator died."""
    with tempfile.TemporaryDirectory(prefix="hermes-torture-") as name:
        folder = Path(name)
        async with (
            Emulator(state=folder / "aws", environment=os.environ, key=signature.Key("test", "test")) as emulator,
            clients.connect(
                region="eu-central-1", endpoint_url=emulator.endpoint_url, access_key="test", secret_key="test"
            ) as made,
        ):
            url = emulator.endpoint_url
            plans = aims.plans(told.kills, lanes=told.lanes, seed=told.seed)
            deaths: list[float] = []
            killing = asyncio.create_task(_kill(emulator, told.emulator_kills, random.Random(told.seed), deaths))

            async def no_more() -> None:
                """The checker itself is not to be disturbed."""
                if not killing.done():
                    killing.cancel()
                    await asyncio.wait([killing])
                if not killing.cancelled():
                    killing.result()

            found = await lanes.run(
                folder, url, made, plans=plans, seed=told.seed, tell_seconds=_TELL_SECONDS, before_rest=no_more
            )
            return found, len(deaths)


async def _kill(emulator: Emulator, count: int, chosen: random.Random, deaths: list[float]) -> None:
    """So many deaths of the emulator; after each it comes back at the same address, over its journal."""
    for _ in range(count):
        await asyncio.sleep(chosen.uniform(*_EMULATOR_PAUSE_SECONDS))
        assert emulator.pid is not None
        os.kill(emulator.pid, signal.SIGKILL)
        await emulator.wait()
        deaths.append(time.monotonic())
        coming = asyncio.create_task(emulator.start())
        try:
            await asyncio.shield(coming)
        except asyncio.CancelledError:
            await coming
            raise


async def _schedules(told: argparse.Namespace) -> tuple[int, int]:
    """Exit status, and how many were played; process n has the seed plus n."""
    share = -(-told.schedules // told.processes)
    played = await asyncio.gather(
        *(_played(share, told.seed + number) for number in range(told.processes if share else 0))
    )
    return max((code for code, _ in played), default=0), sum(count for _, count in played)


async def _played(count: int, seed: int) -> tuple[int, int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}",
        "tests/faults/schedules/test_model.py",
        cwd=ROOT, env={**os.environ, "FAULTS_SCHEDULES": str(count), "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    played = 0
    async for line in process.stdout:
        text = line.decode("utf-8", "replace").rstrip()
        found = re.search(r"schedules=(\d+)", text)
        played += int(found[1]) if found else 0
        if text.strip(".") and not found:
            print(f"schedules {seed}: {text}", flush=True)
    return await process.wait(), played


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
