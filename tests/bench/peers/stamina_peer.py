"""stamina's retry: `python stamina_peer.py` prints the microseconds of a call that fails twice and then succeeds, no pause between."""

from __future__ import annotations

import asyncio
import json
import statistics
import time

import stamina

RETRIES = 2_000
REPEATS = 7


class Flaky:
    """Fails twice, then gives a result."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self) -> int:
        self.calls += 1
        if self.calls < 3:
            raise ConnectionError("not yet")
        return self.calls


async def main() -> None:
    """The median of several rounds, in processor time."""
    stamina.instrumentation.set_on_retry_hooks([])  # neither logs nor counts: the least that it can cost
    caller = stamina.AsyncRetryingCaller(attempts=3, wait_initial=0, wait_max=0, wait_jitter=0)
    rounds = []
    for _ in range(REPEATS):
        begun = time.process_time()
        for _ in range(RETRIES):
            await caller(ConnectionError, Flaky())
        rounds.append((time.process_time() - begun) / RETRIES * 1e6)
    print(json.dumps({"microseconds": statistics.median(rounds)}))


asyncio.run(main())
