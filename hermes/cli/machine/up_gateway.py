"""The gateway's process under `hermes up`: `python -m hermes.cli.part hermes.cli.machine.up_gateway CONFIG FD`, settings on standard input.

It reports on the descriptor FD that it takes mail. When its standard input ends, its parent is gone, and it stops in order.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from hermes import errors, logs
from hermes.app import env, gateway, up
from hermes.cli import exits, plain
from hermes.cli.options import look_on_hangup, stop_on_signals
from hermes.config import loading
from hermes.gateway.upkeep.announcer import Announcer
from hermes.local import gateway_process
from hermes.process import privacy


def main() -> None:
    """Run until SIGTERM, or until the parent is gone."""
    # Until somebody looks at changes, and where nobody does, a hangup is nothing.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    environ = privacy.take()
    overlay = gateway_process.given(sys.stdin.buffer)
    file, ready = Path(sys.argv[1]) if sys.argv[1] else None, int(sys.argv[2])
    try:
        config = loading.load(file, {**environ, **overlay})
        logs.set_up(level=config.gateway.log_level, form=config.gateway.log_format)
        asyncio.run(_serve(config, environ, ready, file))
    except errors.HermesError as error:
        exits.leave(error)


async def _serve(config: loading.Config, environ: dict[str, str], ready: int, file: Path | None) -> None:
    stop, started = asyncio.Event(), asyncio.Event()
    stop_on_signals(stop)
    events = Announcer(slow=[logs.event])
    told = asyncio.create_task(_tell(started, ready), name="ready")
    try:
        async with gateway.connect(config) as clients:
            await up.provisioned(config, clients)
        async with gateway.gateway(config, env=env.system(emit=events), environ=environ, file=file) as built:
            if built.watch is not None:
                look_on_hangup(built.watch.now)
            shown = asyncio.create_task(_show(built, started), name="page")
            try:
                await built.service.run(stop, started=started)
            finally:
                shown.cancel()
    finally:
        told.cancel()
        events.close()


async def _show(built: gateway.Gateway, started: asyncio.Event) -> None:
    """Print the address of the page; a gateway works without."""
    await started.wait()
    try:
        link = await up.link(built.config.web, built.records, port=built.site.server.port if built.site else 0)
    except errors.Transient as error:
        plain.say(f"hermes: no link to the page now ({error.message}); hermes web link prints one", err=True)
        return
    if link is not None:
        plain.say(f"hermes: the page is at {link} (it signs you in once, within an hour)", err=True)


async def _tell(started: asyncio.Event, ready: int) -> None:
    await started.wait()
    os.write(ready, gateway_process.READY)
    os.close(ready)
