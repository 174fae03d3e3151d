"""Rows: what an idle system asks of AWS in an hour; its containers are up, and nothing is owed."""

from __future__ import annotations

import asyncio
import time

from tests.bench.passes import Passes, more
from tests.bench.table import Figure, Figures

_KINDS = ("output", "interrupts")


async def measure(passes: Passes) -> Figures:
    """Over as long as the other rows took, and a minute at least."""
    rest = await passes.rest()
    before = await rest.before()
    await asyncio.sleep(max(0.0, before["at"] + passes.scale.idle_seconds - time.monotonic()))
    told = await rest.now()
    assert told["worker"], "the worker has called nothing: it does not live"
    seconds = told["at"] - before["at"]
    hourly = {
        who: {kind: count * 3600 / seconds for kind, count in more(told[who], before[who]).items()}
        for who in ("gateway", "worker")
    }
    polled = sum(
        count for calls in hourly.values() for kind, count in calls.items() if kind.rpartition(" ")[2] in _KINDS
    )
    figures = {"idle: calls per hour to output and interrupt queues": Figure(polled, 0, note=f"over {seconds:.0f} s")}
    for who, calls in hourly.items():
        kinds = ", ".join(f"{kind} {count:.0f}" for kind, count in sorted(calls.items(), key=lambda one: -one[1]))
        figures[f"idle: calls per hour of one {who}"] = Figure(round(sum(calls.values())), note=kinds)
    return figures
