"""The rows of the table, in the order in which they are measured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.bench.figures import (
    beside,
    busy,
    calls,
    cpu,
    crowd,
    execution,
    idle,
    interrupt,
    journal,
    loading,
    pictures,
    pool,
    round_trip,
    start,
    throughput,
    tree,
)
from tests.bench.passes import Passes
from tests.bench.table import Figures

ROWS: dict[str, Callable[[Passes], Awaitable[Figures]]] = {
    "execution": execution.measure,  # first: nothing else stands yet
    "loading": loading.measure,
    "pictures": pictures.measure,
    "round-trip": round_trip.measure,
    "throughput": throughput.measure,
    "cpu": cpu.measure,
    "calls": calls.measure,
    "crowd": crowd.measure,
    "interrupt": interrupt.measure,
    "busy": busy.measure,
    "tree": tree.measure,
    "start": start.measure,
    "pool": pool.measure,
    "journal": journal.measure,
    "beside": beside.measure,
    "idle": idle.measure,
}
