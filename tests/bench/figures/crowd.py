"""Row: an interrupt while many commands are open."""

from __future__ import annotations

import itertools
import statistics

from tests.bench.passes import Passes
from tests.bench.table import Figure, Figures, share

TARGET = 0.5


async def measure(passes: Passes) -> Figures:
    """From the accepting transaction to the worker's receipt, against the floor under the same load."""
    found = await passes.crowd()
    if not all(delays for turns in found.values() for delays in turns):
        came = {name: [len(delays) for delays in turns] for name, turns in found.items()}
        raise RuntimeError(f"no interrupt arrived in time: {came}")
    last = {name: [share(delays, 0.99) for delays in turns] for name, turns in found.items()}
    # One halt of the machine or the emulator is a whole turn's p99.
    value = statistics.median(hermes / floor for hermes, floor in zip(last["hermes"], last["floor"], strict=True))
    each = "; ".join(f"{name} {', '.join(f'{one * 1e3:.0f}' for one in ends)} ms" for name, ends in last.items())
    half = ", ".join(f"{name} {share([*itertools.chain(*turns)], 0.5) * 1e3:.0f} ms" for name, turns in found.items())
    note = f"median of the turns; p99 {each}; p50 {half}"
    return {f"interrupt, {passes.scale.open} open, p99, × floor": Figure(value, TARGET, note=note)}
