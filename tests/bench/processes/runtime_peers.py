"""What others take for what `hermes.execution` does: tenacity's and stamina's retries, anyio's cancel scopes."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable

import anyio
import anyio.lowlevel
import tenacity

from tests.bench.processes import child

REPEATS = 7
TASKS = 1_000


async def nothing() -> None:
    """An empty await."""


class Flaky:
    """Fails twice, then gives a result."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, *_: object) -> int:
        self.calls += 1
        if self.calls < 3:
            raise ConnectionError("not yet")
        return self.calls


async def tenacity_retry() -> None:
    """A call that fails twice and then succeeds, no pause between."""
    retrying = tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_none(), sleep=lambda _: nothing(), reraise=True
    )
    await retrying(Flaky())


async def stamina_microseconds() -> float | None:
    """The same with stamina, in the peers' environment; None where that is not installed."""
    python = child.ROOT / os.environ.get("BENCH_PEERS", ".venv-peers") / "bin" / "python"
    if not python.exists():
        print(f"  (stamina is not installed in {python.parents[1].name}: `make peers` does that)")
        return None
    process = await asyncio.create_subprocess_exec(
        str(python),
        str(child.ROOT / "tests" / "bench" / "peers" / "stamina_peer.py"),
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )
    said, _ = await process.communicate()
    return float(json.loads(said)["microseconds"])


async def anyio_cancelled_milliseconds() -> float:
    """From `cancel` of a task group's scope to its end, over 1,000 tasks that wait; the median of several."""
    rounds = []
    for _ in range(REPEATS):
        async with anyio.create_task_group() as group:
            for _ in range(TASKS):
                group.start_soon(anyio.sleep, 3600)
            await anyio.sleep(0.01)
            begun = time.process_time()
            group.cancel_scope.cancel()
        rounds.append((time.process_time() - begun) * 1e3)
    return statistics.median(rounds)


anyio_checkpoint: Callable[[], Awaitable[None]] = anyio.lowlevel.checkpoint_if_cancelled
"""anyio's checkpoint that does not yield, as ours does not."""
