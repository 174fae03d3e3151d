"""A deployment with the default timings that has done its work: what it still asks of AWS is what an idle one asks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from hermes.config import sections
from hermes.gateway.results import output_poller
from hermes.local import project
from tests.bench.ground import SITE, Ground
from tests.bench.people import People
from tests.bench.processes import child

#: Whoever sent a command polls for its answer so long, and what has ended is forgotten by the next sweep.
_SETTLED_SECONDS = output_poller.HANDOVER_SECONDS + 2 * sections.SWEEP_SECONDS


class Rest:
    """Gateway and worker at rest."""

    def __init__(self, process: child.Child) -> None:
        self._process = process
        self._settling = asyncio.create_task(self._settle(), name="settle")

    async def before(self) -> dict[str, Any]:
        """Calls by kind and the time, when it had come to rest."""
        return await self._settling

    async def now(self) -> dict[str, Any]:
        """The same at this moment."""
        return await self._process.ask()

    async def close(self) -> None:
        """Wait for nothing more."""
        self._settling.cancel()
        await asyncio.gather(self._settling, return_exceptions=True)

    async def _settle(self) -> dict[str, Any]:
        await asyncio.sleep(_SETTLED_SECONDS)
        return await self._process.ask()


@contextlib.asynccontextmanager
async def rest(ground: Ground) -> AsyncIterator[Rest]:
    """One command is carried out by a real worker; from then on nothing happens."""
    repository = ground.folder / "idle.git"
    await asyncio.to_thread(project.create, repository)
    given = ground.settings("idle")
    given["projects"][0] |= {"repository": str(repository), "agent": {"kind": "command", "argv": ["/bin/true"]}}
    records = await ground.records(given)
    async with child.start("quiet", ground.folder / "idle.log", config=given) as process:
        people = People(records=records, sink=ground.sink, persons=["anna@people.test"], site=SITE)
        await people.prepare(1)
        await people.exchange()
        made = Rest(process)
        try:
            yield made
        finally:
            await made.close()
