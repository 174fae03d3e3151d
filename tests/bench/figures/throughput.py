"""Row: commands per second with many open at once."""

from __future__ import annotations

import statistics

from tests.bench.passes import Passes
from tests.bench.table import Figure, Figures

TARGET = 1.2


async def measure(passes: Passes) -> Figures:
    """Against the floor with as many open: each pass against the one before it."""
    found = await passes.load()
    turns = zip(found["hermes"], found["floor"], strict=True)
    value = statistics.median(hermes.rate / floor.rate for hermes, floor in turns)
    each = "; ".join(f"{name} {', '.join(f'{load.rate:.1f}' for load in loads)}" for name, loads in found.items())
    row = f"throughput, {passes.scale.open} open, × floor"
    return {row: Figure(value, TARGET, "at least", f"median of the turns; commands/s: {each}")}
