"""`hermes top`: this moment, live."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hermes.admin.console import Console
from hermes.admin.views import now as now_view
from hermes.admin.views.commands import CommandView
from hermes.admin.views.now import Now
from hermes.cli import plain, screen
from hermes.cli.console import asking, words
from hermes.cli.console.asking import JsonOption, PersonOption, ProjectOption
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption
from hermes.domain import escape


def top(
    config_file: ConfigOption = None,
    project: ProjectOption = None,
    person: PersonOption = None,
    seconds: Annotated[float, typer.Option(help="Pause between two looks.", min=0.5, max=60)] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what runs, waits and is being stopped, the queues, the workers and today's cost, live until Ctrl-C."""
    wanted = asking.search("", project, person)

    def mine(commands: tuple[CommandView, ...]) -> list[CommandView]:
        return [
            one
            for one in commands
            if wanted.admits(project=one.project, person=one.person, subject=one.title, at=one.accepted_at)
        ]

    async def look(console: Console) -> None:
        out = screen.console()
        if once or as_json or not out.is_terminal:
            found = await now_view.now(console, operator())
            if as_json:
                plain.document(asking.facts(found))
            else:
                out.print(_drawn(found, [*mine(found.running), *mine(found.stopping), *mine(found.waiting)]))
            return
        with Live(console=out, screen=True, auto_refresh=False) as live:
            while True:
                found = await now_view.now(console, operator())
                shown = [*mine(found.running), *mine(found.stopping), *mine(found.waiting)]
                live.update(
                    _drawn(found, shown[: max(3, out.height - len(found.queues) - len(found.workers) - 8)]),
                    refresh=True,
                )
                await asyncio.sleep(seconds)

    with contextlib.suppress(KeyboardInterrupt):
        asking.ask(config_file, look)


def _drawn(found: Now, shown: list[CommandView]) -> Group:
    head = (
        f"{words.moment(found.at)}  {len(found.running)} running  {len(found.waiting)} waiting  {len(found.stopping)} stopping  "
        f"{words.dollars(found.cost_today_usd)} today (UTC)"
    )
    commands = _table("state", "for", "project", "person", "command", "request")
    for one in shown:
        since = one.started_at or one.accepted_at
        commands.add_row(
            one.state, words.span(found.at - since), *map(_text, (one.project, one.person, one.command_id, one.title))
        )
    queues = _table("queue", "waiting", "in hand", "oldest")
    for queue in found.queues:
        queues.add_row(queue.name, str(queue.waiting), str(queue.in_hand), words.span(queue.oldest_seconds) or "–")
    workers = _table("worker", "state", "age", "memory", "runs")
    for worker in found.workers:
        age = words.span(found.at - worker.launched_at)
        workers.add_row(
            _text(worker.container_key),
            worker.state,
            age,
            words.size(worker.memory_bytes) or "–",
            str(len(worker.running)),
        )
    shares = [
        f"{one.subject}: {one.measure.value} {one.used:g} of {one.most:g}"
        for one in found.shares
        if one.most is not None
    ]
    return Group(
        Text(head, style="bold"),
        commands if shown else Text("nothing runs or waits"),
        queues,
        workers if found.workers else Text("no worker is there"),
        *(Text(escape.line(line)) for line in shares),
    )


def _table(*columns: str) -> Table:
    made = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        made.add_column(column, no_wrap=True, overflow="ellipsis")
    return made


def _text(value: str) -> Text:
    return Text(escape.line(value))
