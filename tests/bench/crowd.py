"""Row: an interrupt while many commands are open."""

from __future__ import annotations

from tests.bench.passes import Passes
from tests.bench.table import Figure, Figures, share

TARGET = 0.5


async def measure(passes: Passes) -> Figures:
    """From the accepting transaction to the worker's receipt, against the floor under the same load."""
    found = await passes.crowd()
    if not all(found.values()):
        raise RuntimeError(f"no interrupt arrived in time: { ({name: len(delays) for name, delays in found.items()}) }")
    floor, hermes = share(found["floor"], 0.99), share(found["hermes"], 0.99)
    half = " and ".join(f"{name} {share(delays, 0.5) * 1e3:.0f} ms of {len(delays)}" for name, delays in found.items())
    note = f"{hermes * 1e3:.0f} ms, floor {floor * 1e3:.0f} ms; p50 {half}"
    return {f"interrupt, {passes.scale.open} open, p99, × floor": Figure(hermes / floor, TARGET, note=note)}
