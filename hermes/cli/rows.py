"""`hermes rows`: lists rows that the gateway parked because they cannot be read, and makes repaired rows due again."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer

from hermes import errors
from hermes.app import records as composition
from hermes.aws.records.parked_rows import ParkedRow
from hermes.cli import exits, plain, screen
from hermes.cli.console import deployment
from hermes.cli.options import ConfigOption
from hermes.config import loading as config

rows = typer.Typer(no_args_is_help=True, help="List or redrive rows of commands and replies that cannot be read.")

#: Rows that are looked at, the oldest first.
_MOST = 10_000


@rows.command("list", epilog="Example: hermes rows list --json")
def list_rows(
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=_MOST)] = 100,
) -> None:
    """List the parked rows, oldest first, with the reason of each."""
    found = asyncio.run(_all(deployment.settings(config_file), most))
    if as_json:
        for one in found:
            plain.document({"table": one.noun, "id": one.row_id, "parked_at": one.at, "reason": one.reason})
        return
    lines = [
        (time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(one.at)), one.noun, one.reason, one.row_id) for one in found
    ]
    screen.table(("parked", "table", "what is wrong"), lines, identifier="row id", none="no row is parked")


@rows.command("redrive", epilog="Example: hermes rows redrive 3sqv4ocituu5n4es  ·  hermes rows redrive --all")
def redrive(
    row_ids: Annotated[
        list[str] | None,
        typer.Argument(help="Row ids as `list` shows them, or their beginnings.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every parked row.")] = False,
    config_file: ConfigOption = None,
) -> None:
    """Make repaired rows due again; the next sweep handles them. A row that still cannot be read stays parked."""
    if bool(row_ids) == everything:
        raise typer.BadParameter("name rows, or say --all")
    done, kept = asyncio.run(_send_back(deployment.settings(config_file), tuple(row_ids or ("",))))
    for sentence in done:
        plain.say(sentence)
    for sentence in kept:
        plain.say(sentence, err=True)
    if not done and not kept:
        plain.say("no such row is parked" if row_ids else "no row is parked", err=bool(row_ids))
    if kept or (row_ids and not done):
        raise SystemExit(int(exits.ExitCode.FAILED))


async def _all(settings: config.Config, most: int) -> list[ParkedRow]:
    async with composition.connect(settings) as clients:
        held = await composition.records(settings, clients)
        return await held.parked_rows.all(most=most)


async def _send_back(settings: config.Config, beginnings: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Print a sentence for each row: due again, or still parked."""
    done: list[str] = []
    kept: list[str] = []
    async with composition.connect(settings) as clients:
        held = await composition.records(settings, clients)
        for row in await held.parked_rows.all(most=_MOST):
            if not row.row_id.startswith(beginnings):
                continue
            try:
                await held.parked_rows.send_back(row, now=time.time())
                done.append(f"{row.row_id}: due again")
            except (errors.UnknownRecord, errors.Permanent) as error:
                kept.append(f"{row.row_id}: stays parked: {error.message}")
    return done, kept
