"""Row: AWS calls per command at the gateway, busy, the raw mail in S3 already."""

from __future__ import annotations

import collections

from tests.bench.passes import Passes, listed
from tests.bench.table import Figure, Figures


async def measure(passes: Passes) -> Figures:
    """Of all passes together; k is what a receive that brought anything brought."""
    loads = (await passes.load())["hermes"]
    calls: collections.Counter[str] = collections.Counter()
    for load in loads:
        calls.update(load.calls)
    commands = sum(load.commands for load in loads)
    k = sum(load.messages for load in loads) / sum(load.receives for load in loads)
    note = f"9 + 4/k, k = {k:.2f}; {listed(calls, per=commands)}"
    return {"gateway calls per command, busy": Figure(calls.total() / commands, 9 + 4 / k, note=note)}
