"""Row: one command at a time, from the pointer on the inbound queue to the reply at the mail server."""

from __future__ import annotations

from tests.bench.passes import Passes
from tests.bench.table import Figure, Figures, share

TARGET = 1.25


async def measure(passes: Passes) -> Figures:
    """Against the floor, at p50 and p99."""
    found = await passes.alone()
    figures: Figures = {}
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        floor, hermes = share(found["floor"], part), share(found["hermes"], part)
        note = f"{hermes * 1e3:.0f} ms, floor {floor * 1e3:.0f} ms; {len(found['hermes'])} each, by turns"
        figures[f"round trip alone, {name}, × floor"] = Figure(hermes / floor, TARGET, note=note)
    return figures
