"""The gateway in a process of its own: the whole service, with a tally over its clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from hermes.app import gateway as composition
from hermes.app import launchers as launching
from hermes.aws.clients import Clients
from hermes.config import loading as config
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.launch.local import LocalLauncher
from hermes.launch.port import Launcher
from tests import env
from tests.bench.processes import child
from tests.bench.tally import Tally


def _emit(event: Event) -> None:
    # Said in the same turn of the loop in which the accepting transaction was answered.
    if event.name == "mail.command" and "interrupted" in event.text:
        facts = event.facts
        child.tell(event="committed", session=facts["session_id"], mail=facts["mail_id"], at=time.monotonic())


def _launcher(stop_schedule: dict[str, float] | None) -> Any:
    """The launcher that the configuration names, whose workers stop their agents by this schedule."""

    def made(conf: config.Config, clients: Clients, *, env: Env, environ: Mapping[str, str] | None = None) -> Launcher:
        given = {} if stop_schedule is None else {"HERMES_WORKER_STOP_SCHEDULE": json.dumps(stop_schedule)}
        return launching.launcher(conf, clients, env=env, environ={**(environ or os.environ), **given})

    return made


@contextlib.asynccontextmanager
async def life(settings: dict[str, Any]) -> AsyncIterator[child.Handle]:
    """From start to stop."""
    conf, tally = config.parse(settings["config"]), Tally()
    composition.launcher = _launcher(settings.get("stop_schedule"))

    async def handle(order: dict[str, Any]) -> dict[str, Any]:
        launcher = gateway.launcher
        loaded = isinstance(launcher, LocalLauncher) and launcher.pool.loaded
        return {"cpu": time.process_time(), "at": time.monotonic(), "loaded": loaded, **tally.told()}

    async with composition.gateway(conf, env=env.quiet(emit=_emit)) as gateway:
        tally.over(gateway.records.clients)
        started = asyncio.Event()
        serving = asyncio.create_task(gateway.service.run(asyncio.Event(), started=started))
        await started.wait()
        try:
            yield handle
        finally:
            if isinstance(gateway.launcher, LocalLauncher):
                await gateway.launcher.close(20.0)
            serving.cancel()
            child.leave()


if __name__ == "__main__":
    child.run(life)
