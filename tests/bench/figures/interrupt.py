"""Rows: an interrupt from the accepting transaction to the agent of a real worker, beside the bare hop over a queue."""

from __future__ import annotations

import asyncio
import time

from hermes.aws import provision, schema
from tests.bench.passes import Passes
from tests.bench.processes import child
from tests.bench.table import Figure, Figures, share

P50, P99, WORST_SECONDS = 1.5, 2.0, 2.0


async def measure(passes: Passes) -> Figures:
    """One at a time, bare hop and interrupt by turns."""
    real = await passes.real()
    given = passes.ground.settings("hop")
    records = await passes.ground.records(given)
    url, _ = await provision.ensure_queue(records.queues, "hop-bare", schema.queue(dead_arn=records.places.dead_arn))
    hops: list[float] = []
    delays: list[float] = []
    arrived: asyncio.Queue[float] = asyncio.Queue()
    async with child.start("hop", passes.ground.folder / "hop.log", config=given, url=url) as receiver:
        receiver.on_event = lambda said: arrived.put_nowait(said["at"])

        async def hop() -> float:
            begun = time.monotonic()
            await records.clients.sqs.send_message(QueueUrl=url, MessageBody=str(begun))
            async with asyncio.timeout(20):
                return await arrived.get() - begun

        await hop()
        running = await real.ask("anna@people.test", "Wait")
        await real.said("begun", running)
        for _ in range(passes.scale.interrupts):
            hops.append(await hop())
            newer = await real.ask("anna@people.test", "Wait", answers=running)
            committed, heard = await asyncio.gather(real.said("committed", newer), real.said("heard", running))
            delays.append(heard["at"] - committed["at"])
            await real.said("begun", newer)
            running = newer
    figures: Figures = {}
    for name, part, target in (("p50", 0.5, P50), ("p99", 0.99, P99)):
        bare, ours = share(hops, part), share(delays, part)
        note = f"{ours * 1e3:.0f} ms, bare hop {bare * 1e3:.0f} ms; {len(delays)} each, by turns, real worker"
        figures[f"interrupt to the agent, {name}, × bare hop"] = Figure(ours / bare, target, note=note)
    figures["interrupt to the agent, worst, s"] = Figure(max(delays), WORST_SECONDS)
    return figures
