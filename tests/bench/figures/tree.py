"""Row: the processes of a superseded agent that does not obey, from the accepting transaction until the last is gone."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.bench.passes import Passes
from tests.bench.real import STOP_SCHEDULE, Real
from tests.bench.table import Figure, Figures, share

TARGET_SECONDS = 5.0
#: Threads of one person at a time: as many as a worker serves at once.
_BESIDE = 4
_LOOK_SECONDS = 0.01


async def measure(passes: Passes) -> Figures:
    """The agent and both its children, of which one has left its group."""
    real = await passes.real()
    seconds: list[float] = []
    while len(seconds) < passes.scale.trees:
        seconds += await asyncio.gather(*(_superseded(real) for _ in range(_BESIDE)))
    stop_schedule = ", ".join(f"{name} {after:g} s" for name, after in STOP_SCHEDULE.items())
    note = f"p50 {share(seconds, 0.5):.2f} s, worst {max(seconds):.2f} s of {len(seconds)}; {_BESIDE} at a time; {stop_schedule}"
    return {"superseded process tree gone, p95, s": Figure(share(seconds, 0.95), TARGET_SECONDS, note=note)}


async def _superseded(real: Real) -> float:
    deaf = await real.ask("ben@people.test", "Deaf")
    pids = (await real.said("begun", deaf))["pids"]
    newer = await real.ask("ben@people.test", "Change", answers=deaf)
    committed = await real.said("committed", newer)
    async with asyncio.timeout(60):
        while any(_lives(pid) for pid in pids):  # noqa: ASYNC110 - a process that was somebody else's announces nothing
            await asyncio.sleep(_LOOK_SECONDS)
    return time.monotonic() - float(committed["at"])


def _lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")
