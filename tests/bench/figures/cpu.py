"""Rows: the gateway's CPU per command, and its calls, beside the floor's for the same work."""

from __future__ import annotations

import statistics

from tests.bench.passes import Load, Passes
from tests.bench.table import Figure, Figures

TARGET = 1.2


async def measure(passes: Passes) -> Figures:
    """Of the gateway's process alone, all its threads, with many open."""
    found = await passes.load()

    def median(name: str, of: str) -> float:
        return statistics.median(_per_command(load, of) for load in found[name])

    turns = zip(found["hermes"], found["floor"], strict=True)
    value = statistics.median(_per_command(ours, "cpu") / _per_command(floor, "cpu") for ours, floor in turns)
    shown = {
        name: ", ".join(f"{1e3 * _per_command(load, 'cpu'):.1f}" for load in loads) for name, loads in found.items()
    }
    calls, fewer = median("floor", "calls"), median("hermes", "calls")
    return {
        "gateway CPU per command, × floor": Figure(
            value,
            TARGET,
            note=f"median of the turns; ms: {'; '.join(f'{name} {each}' for name, each in shown.items())}",
        ),
        "gateway calls per command, × floor": Figure(fewer / calls, 1.0, "below", f"{fewer:.2f}, floor {calls:.2f}"),
    }


def _per_command(load: Load, of: str) -> float:
    return (load.cpu if of == "cpu" else sum(load.calls.values())) / load.commands
