"""The operator's commands: serve, worker, provision, check."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from hermes import checks, config, errors, logs, wiring
from hermes.aws import provision as provisioning
from hermes.aws.names import Names
from hermes.cli import exits
from hermes.gateway.announcer import Announcer
from hermes.worker import main as worker_main

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="TOML file; without it HERMES_CONFIG, then the environment alone.", show_default=False
    ),
]


def serve(config_file: ConfigOption = None) -> None:
    """Run the gateway until SIGTERM or SIGINT."""
    settings = config.load(config_file, os.environ)
    if not settings.projects:
        raise errors.ConfigError("no project is configured: add a [[projects]] section")
    logs.set_up(level=settings.gateway.log_level, form=settings.gateway.log_format)
    asyncio.run(_serve(settings))


async def _serve(settings: config.Config) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    # Whoever reads the log may stop reading: its pipe fills up, and the work goes on.
    events = Announcer(slow=[logs.event])
    try:
        async with wiring.gateway(settings, emit=events) as gateway:
            await gateway.service.run(stop)
    finally:
        events.close()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


def worker() -> None:
    """Run a worker; its settings come in HERMES_WORKER_… from the launcher."""
    logs.set_up(level=os.environ.get("HERMES_WORKER_LOG_LEVEL", "INFO"), form="json")
    raise SystemExit(asyncio.run(worker_main.main(os.environ)))


def provision(config_file: ConfigOption = None) -> None:
    """Create tables, bucket and queues; may be run again, and says what it made."""
    settings = config.load(config_file, os.environ)
    for sentence in asyncio.run(_provision(settings)):
        typer.echo(sentence)


async def _provision(settings: config.Config) -> list[str]:
    async with wiring.connect(settings) as clients:
        return await provisioning.provision(
            clients=clients, names=Names(settings.prefix), bucket=settings.aws.bucket, region=settings.aws.region
        )


def check(config_file: ConfigOption = None) -> None:
    """Check configuration, AWS, queues, launcher and mail server: one line each, with what to do."""
    console = Console(highlight=False)
    try:
        settings = config.load(config_file, os.environ)
    except errors.ConfigError as error:
        console.print(f"[red]✗[/] configuration: {escape(error.message)}", soft_wrap=True)
        raise SystemExit(int(exits.Exit.CONFIG)) from error
    found = asyncio.run(checks.run(settings))
    for one in found:
        mark = "[green]✓[/]" if one.ok else "[red]✗[/]"
        console.print(f"{mark} {one.name}: {escape(one.text)}", soft_wrap=True)
        if one.todo:
            console.print(f"  → {escape(one.todo)}", soft_wrap=True)
    if not all(one.ok for one in found):
        raise SystemExit(int(exits.Exit.FAILED))
