"""`hermes queues`: the queue sets of containers, and what deletes those that nobody uses."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from hermes.app import env
from hermes.app import records as composition
from hermes.cli import plain, screen
from hermes.cli.console import running
from hermes.cli.console.asking import JsonOption
from hermes.cli.console.deployment import settings
from hermes.cli.options import ConfigOption
from hermes.config.loading import Config
from hermes.gateway.upkeep.queue_sweeper import DAY_SECONDS, QueueSweeper, StandingSet, Swept

queues = typer.Typer(
    invoke_without_command=True,
    help="Show the queues: how much waits, how much is in hand, and how old the oldest is where that is known.",
    epilog="Example: hermes queues  ·  hermes queues list  ·  hermes queues sweep",
)


@queues.callback()
def show(context: typer.Context, config_file: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the queues: how much waits, how much is in hand, and how old the oldest is where that is known."""
    if context.invoked_subcommand is None:
        running.queues(config_file, as_json)


@queues.command("list", epilog="Example: hermes queues list --json")
def list_sets(
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the queue sets, the one that was not used for the longest first; changes nothing."""
    found = asyncio.run(_sets(settings(config_file)))
    if as_json:
        for one in found:
            plain.document(
                {
                    "key": one.queues.container_key,
                    "messages": one.messages,
                    "idle_seconds": round(one.idle_seconds),
                    "to_go": one.to_go,
                    "input": one.queues.input_url,
                    "interrupts": one.queues.interrupts_url,
                    "output": one.queues.output_url,
                }
            )
        return
    lines = [
        (
            f"{one.idle_seconds / DAY_SECONDS:.1f} days",
            str(one.messages),
            "is deleted by the next sweep" if one.to_go else "",
            one.queues.container_key,
        )
        for one in found
    ]
    screen.table(("not used for", "messages", ""), lines, identifier="key", none="there is no queue set")


@queues.command("sweep", epilog="Example: hermes queues sweep --idle-days 7")
def sweep(
    config_file: ConfigOption = None,
    idle_days: Annotated[
        float | None, typer.Option(help="Instead of queues.idle_days.", min=0.0, show_default=False)
    ] = None,
) -> None:
    """Delete empty queue sets that were not used for long, and empty queues that belong to none. They are made again when needed."""
    swept = asyncio.run(_sweep(settings(config_file), idle_days))
    for key in swept.keys:
        plain.say(f"deleted the queues of {key}")
    for name in swept.orphans:
        plain.say(f"deleted {name}, which belonged to no container")
    for name in swept.left:
        plain.say(f"left {name}: it belongs to no container and holds messages", err=True)
    if swept == Swept():
        plain.say("nothing to delete")


async def _sets(config: Config) -> list[StandingSet]:
    async with composition.connect(config) as clients:
        return await _sweeper(config, await composition.records(config, clients), None).sets()


async def _sweep(config: Config, idle_days: float | None) -> Swept:
    async with composition.connect(config) as clients:
        return await _sweeper(config, await composition.records(config, clients), idle_days).sweep()


def _sweeper(config: Config, held: composition.Records, idle_days: float | None) -> QueueSweeper:
    days = config.queues.idle_days if idle_days is None else idle_days
    around = env.system(emit=lambda event: None)
    return QueueSweeper(stores=held, names=held.names, places=held.places, idle_days=days, env=around)
