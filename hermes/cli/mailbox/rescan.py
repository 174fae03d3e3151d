"""`hermes mail rescan`: has the gateways look at the IMAP mailbox anew."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Annotated

import typer

from hermes.app import records as composition
from hermes.cli import exits, plain
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.domain.mailboxes import Rescan
from hermes.ops import rescanning


def rescan(
    config_file: ConfigOption = None,
    since: Annotated[
        str | None,
        typer.Option(help="Also take unseen mail that came from this day on, however old.", show_default=False),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="… up to the end of this day; default: now.", show_default=False)
    ] = None,
    wait: Annotated[float, typer.Option(help="Wait so many seconds for a gateway.", min=0, max=3600)] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Look at the IMAP mailbox anew: mails that were set aside are tried again, old ones are taken on request."""
    settings = config.load(config_file, os.environ)
    request = rescanning.asked(since=since, until=until, now=time.time())
    found = asyncio.run(_rescan(settings, request, wait))
    if as_json:
        plain.document(found.model_dump(mode="json"))
    elif found.done_at is not None:
        old = f", and {found.old} old mail(s) of those days" if found.since is not None else ""
        plain.say(f"a gateway has looked: it tried {found.again} waiting mail(s) again{old}")
        plain.say("`hermes mail list` shows what became of them")
    else:
        plain.say(f"no gateway has looked within {wait:g} s; it is done as soon as one reads the mailbox", err=True)
    if found.done_at is None and wait:
        raise SystemExit(int(exits.ExitCode.FAILED))


async def _rescan(settings: config.Config, request: Rescan, seconds: float) -> Rescan:
    async with composition.connect(settings) as clients:
        held = await composition.records(settings, clients)
        return await rescanning.rescan(settings, held, request, seconds=seconds)
