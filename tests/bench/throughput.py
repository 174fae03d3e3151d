"""Row: commands per second with many open at once."""

from __future__ import annotations

import statistics

from tests.bench.passes import Passes
from tests.bench.table import Figure, Figures

TARGET = 1.2


async def measure(passes: Passes) -> Figures:
    """Against the floor with as many open."""
    found = await passes.load()
    floor, hermes = (statistics.median(load.rate for load in found[name]) for name in ("floor", "hermes"))
    each = "; ".join(f"{name} {', '.join(f'{load.rate:.1f}' for load in loads)}" for name, loads in found.items())
    row = f"throughput, {passes.scale.open} open, × floor"
    return {row: Figure(hermes / floor, TARGET, "at least", f"commands/s by pass: {each}")}
