"""The gateway in a process of its own: the whole service, with a tally over its clients."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from hermes import config, wiring
from hermes.domain.events import Event
from hermes.launch.local import LocalLauncher
from tests.bench import child
from tests.bench.tally import Tally


def _emit(event: Event) -> None:
    # Said in the same turn of the loop in which the accepting transaction was answered.
    if event.name == "mail.command" and "interrupted" in event.text:
        child.tell(event="committed", session=event.facts["session_id"], at=time.monotonic())


@contextlib.asynccontextmanager
async def life(settings: dict[str, Any]) -> AsyncIterator[child.Handle]:
    """From start to stop."""
    conf, tally = config.parse(settings["config"]), Tally()

    async def handle(order: dict[str, Any]) -> dict[str, Any]:
        return {"cpu": time.process_time(), "at": time.monotonic(), **tally.told()}

    async with wiring.gateway(conf, emit=_emit) as gateway:
        tally.over(gateway.records.clients)
        stop, started = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(gateway.service.run(stop, started=started))
        await started.wait()
        try:
            yield handle
        finally:
            stop.set()
            await serving
            if isinstance(gateway.launcher, LocalLauncher):
                await gateway.launcher.close(20.0)


if __name__ == "__main__":
    child.run(life)
