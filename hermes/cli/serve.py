"""`hermes serve`: the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from hermes import errors, logs
from hermes.app import env, gateway
from hermes.cli.options import ConfigOption, look_on_hangup, stop_on_signals
from hermes.config import loading as config
from hermes.gateway.upkeep.announcer import Announcer
from hermes.process import privacy


def serve(config_file: ConfigOption = None) -> None:
    """Run the gateway until SIGTERM or SIGINT."""
    environ = privacy.take()
    settings = config.load(config_file, environ)
    if not settings.projects and not settings.project_sources.shared:
        raise errors.ConfigError("no project is configured: add a [[projects]] section")
    logs.set_up(level=settings.gateway.log_level, form=settings.gateway.log_format)
    asyncio.run(_serve(settings, environ, config.named(config_file, environ)))


async def _serve(settings: config.Config, environ: Mapping[str, str], file: Path | None) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    # The reader of the log may stop reading: its pipe fills up, and the work continues.
    events = Announcer(slow=[logs.event])
    try:
        async with gateway.gateway(settings, env=env.system(emit=events), environ=environ, file=file) as built:
            if built.watch is not None:
                look_on_hangup(built.watch.now)
            await built.service.run(stop)
    finally:
        events.close()
