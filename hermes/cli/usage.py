"""`hermes usage`: shows the use of each share beside its limit."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer
from rich.text import Text

from hermes.app import records as composition
from hermes.cli import plain, screen
from hermes.cli.console import deployment
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.domain.decisions import shares, usage
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.decisions.usage import ShareUsage
from hermes.ops import recount as recounting


def show(
    config_file: ConfigOption = None,
    recount: Annotated[bool, typer.Option("--recount", help="First correct wrong counts of open commands.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show how much of their shares clients, projects and people use."""
    settings = deployment.settings(config_file)
    said, rows = asyncio.run(_rows(settings, recount))
    for sentence in said:
        plain.say(sentence, err=as_json)
    found = usage.standings(rows, _limits(settings, rows), now=time.time())
    if as_json:
        for one in found:
            plain.document(_facts(one))
        return
    shown = []
    for one in found:
        used = f"{one.used:.2f}" if one.measure is Measure.DAILY else f"{one.used:g}"
        most = "none" if one.most is None else f"{one.most:g}"
        ends = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(one.until)) if one.until else ""
        full = one.most is not None and one.used >= one.most
        shown.append((one.subject, one.measure.value, Text(used, style="bold yellow" if full else ""), most, ends))
    none = "no share is set, and nothing was counted"
    screen.table(("share", "what", "used", "limit", "starts again"), shown, none=none)


async def _rows(settings: config.Config, recount: bool) -> tuple[list[str], list[usage.UsageRow]]:
    async with composition.connect(settings) as clients:
        held = await composition.records(settings, clients)
        said = []
        if recount:
            said = await recounting.recount(usage=held.usage, commands=held.commands, sleep=asyncio.sleep)
        return said, await held.usage.all()


def _limits(settings: config.Config, rows: list[usage.UsageRow]) -> list[shares.ShareLimit]:
    """The limits of all clients and projects, and of the people with any use."""
    people = {row.subject.removeprefix("owner ").split(" in ")[0] for row in rows if row.subject.startswith("owner ")}
    counted = {row.subject for row in rows}
    grants = {
        grant.subject: grant
        for project in settings.projects
        for person in sorted(people) or [""]
        for grant in settings.grants(project, person)
        if grant.whose is not Whose.OWNER or grant.subject in counted
    }
    return list(shares.limits_of(grants.values(), time.time()))


def _facts(one: ShareUsage) -> dict[str, object]:
    return {
        "share": one.subject,
        "what": one.measure.value,
        "used": round(one.used, 6),
        "limit": one.most,
        "until": one.until,
    }
