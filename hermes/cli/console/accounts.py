"""`hermes costs` and `hermes audit`: what was spent, and what operators did."""

from __future__ import annotations

import datetime
import time
from typing import Annotated

import typer

from hermes.admin.console import Console
from hermes.admin.views import audit as audit_view
from hermes.admin.views import costs as cost_view
from hermes.admin.views import wanted as searching
from hermes.admin.views.costs import Cost
from hermes.cli import plain, screen
from hermes.cli.console import asking, words
from hermes.cli.console.asking import FilterOption, JsonOption, MostOption, PersonOption, ProjectOption
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption
from hermes.domain.operating.audit import AuditRow


def costs(
    config_file: ConfigOption = None,
    since: Annotated[str, typer.Option(help="The first day: 7d, 4w or 2026-11-01; UTC.")] = "30d",
    until: Annotated[str, typer.Option(help="The last day; UTC.", show_default="today")] = "",
    by: Annotated[
        str, typer.Option(help="Sums by client, project, person, agent, day; several with commas.")
    ] = "project,person",
    project: ProjectOption = None,
    person: PersonOption = None,
    text: FilterOption = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, by everything unless --by is given.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what agents cost, by client, project, person, agent and day; `--csv` for a spreadsheet."""
    wanted = asking.search(text, project, person)
    first, last = _day(since), _day(until) if until else _day("0d")
    names = tuple(dict.fromkeys(filter(None, by.split(",")))) if by else ()

    async def look(console: Console) -> tuple[Cost, ...]:
        # By the searched facts too, so that the search sees them.
        asked = tuple(
            dict.fromkeys(
                (
                    *names,
                    *(["project"] if wanted.project != searching.Terms() else ()),
                    *(["person"] if wanted.person != searching.Terms() else ()),
                )
            )
        )
        return await cost_view.costs(console, operator(), since=first, until=last, by=asked)

    found = [
        one
        for one in asking.ask(config_file, look)
        if wanted.admits(project=one.project or None, person=one.person, subject=one.agent, at=time.time())
    ]
    if as_csv:
        plain.say(cost_view.as_csv(found).removesuffix("\r\n"))
        return
    if as_json:
        for one in found:
            plain.document(asking.facts(one))
        return
    shown = [name for name in cost_view.BY if any(getattr(one, name) for one in found)]
    rows = [
        (
            *(str(getattr(one, name)) for name in shown),
            words.dollars(one.usd),
            str(one.commands),
            words.span(one.run_seconds),
        )
        for one in found
    ]
    screen.table((*shown, "cost", "commands", "run time"), rows, none=f"nothing ran from {first} to {last}")
    if rows:
        total = sum(one.usd for one in found)
        plain.say(f"{words.dollars(total)} from {first} to {last} (days in UTC)")


def _day(text: str) -> str:
    """A day in UTC, of a span before now or a date."""
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        return time.strftime("%Y-%m-%d", time.gmtime(searching.moment(text, now=time.time())))


def audit(
    config_file: ConfigOption = None,
    project: ProjectOption = None,
    person: Annotated[str | None, typer.Option(help="Only what this operator did.", show_default=False)] = None,
    text: FilterOption = "",
    most: MostOption = 50,
    as_json: JsonOption = False,
) -> None:
    """Show what operators did, newest first: who, when, what, to what, and why."""
    wanted = asking.search(text, project, person, audit_view.STATES)

    async def look(console: Console) -> tuple[list[AuditRow], bool]:
        return await asking.rows(
            lambda cursor, more: audit_view.audit(console, operator(), wanted, cursor=cursor, most=more), most
        )

    found, cut = asking.ask(config_file, look)
    if as_json:
        for one in found:
            plain.document(one.model_dump(mode="json"))
    else:
        screen.entries(
            [
                screen.Entry(
                    (words.moment(one.at), one.what.value),
                    one.subject,
                    (asking.joined(one.project, f"by {one.who}"), one.reason, one.outcome),
                )
                for one in found
            ],
            none="no operator has done anything",
        )
    asking.say_if_cut(cut, most)
