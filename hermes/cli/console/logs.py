"""`hermes logs`: the output of a command, also while it runs."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from hermes.admin.console import Console
from hermes.admin.views import logs as log_view
from hermes.cli import plain
from hermes.cli.console import asking
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption
from hermes.domain.operating.live_log import LIVE_SECONDS


def logs(
    command: Annotated[
        str, typer.Argument(help="As `hermes ps` or `hermes threads show` tells it.", show_default=False)
    ],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the command has ended.")] = False,
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each piece.")] = False,
) -> None:
    """Show the output of a command with its steps; with -f, as it comes, until the command has ended."""

    async def look(console: Console) -> None:
        after = ""
        while True:
            piece = await log_view.follow(console, operator(), command, after=after)
            if as_json and (piece.text or piece.ended):
                plain.document({"command_id": command, **asking.facts(piece)})
            elif piece.text:
                plain.say(piece.text.removesuffix("\n"))
            more, after = piece.after != after and bool(piece.text), piece.after
            if piece.ended or not (follow or more):
                return
            if not more:
                await asyncio.sleep(LIVE_SECONDS)

    asking.ask(config_file, look)
