"""`hermes ps`, `hermes queues` and `hermes workers`: what happens now."""

from __future__ import annotations

import time

import typer

from hermes.admin.actions import holds
from hermes.admin.console import Console
from hermes.admin.views import now as now_view
from hermes.admin.views import queues as queue_view
from hermes.admin.views import workers as worker_view
from hermes.admin.views.commands import CommandView
from hermes.admin.views.workers import Worker
from hermes.cli import plain, screen
from hermes.cli.console import asking, words
from hermes.cli.console.asking import FilterOption, JsonOption, PersonOption, ProjectOption
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption
from hermes.domain.commands import OPEN_STATES
from hermes.domain.operating.holds import Holds

workers = typer.Typer(
    invoke_without_command=True,
    help="List the workers, with state, age, memory and what they run; `hermes workers drain` lets one end.",
    epilog="Example: hermes workers  ·  hermes workers drain 'acme#site#anna-3k5zq2ab'",
)


def ps(
    config_file: ConfigOption = None,
    project: ProjectOption = None,
    person: PersonOption = None,
    text: FilterOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the commands that run, wait or are being stopped, with project and person."""
    wanted = asking.search(text, project, person, [state.value for state in OPEN_STATES])

    async def look(console: Console) -> tuple[now_view.Now, Holds]:
        return await now_view.now(console, operator()), await holds.held(console, operator())

    found, held = asking.ask(config_file, look)
    shown = [
        one
        for one in (*found.running, *found.stopping, *found.waiting)
        if wanted.admits(project=one.project, person=one.person, subject=one.title, state=one.state, at=one.accepted_at)
    ]
    if as_json:
        for one in shown:
            plain.document(asking.facts(one))
        return
    screen.entries([_entry(one, found.at) for one in shown], none="nothing runs or waits")
    for pause in held.pauses:
        why = f": {pause.reason}" if pause.reason else ""
        plain.say(f"paused since {words.moment(pause.at)}: {pause.subject}, by {pause.by}{why}", err=True)
    if found.cut:
        plain.say(f"there are more than {now_view.MOST} open commands; not all are shown", err=True)


def _entry(one: CommandView, at: float) -> screen.Entry:
    since = one.started_at if one.state != "accepted" and one.started_at else one.accepted_at
    last = one.history[-1] if one.history else None
    why = f"{one.stopping.reason} since {words.moment(one.stopping.at)}" if one.stopping else ""
    again = f"attempt {one.attempt}" if one.attempt > 1 else ""
    detail = last.detail if last is not None and last.what not in ("accepted", "started", "interrupting") else ""
    return screen.Entry(
        (_STATES.get(one.state, one.state), words.span(at - since)),
        one.command_id,
        (asking.joined(one.project, one.person), one.title, asking.joined(why, again, detail)),
    )


#: As people say it.
_STATES = {"accepted": "waiting", "interrupting": "stopping"}


def queues(config_file: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the queues: how much waits, how much is in hand, and how old the oldest is where that is known."""

    async def look(console: Console) -> tuple[queue_view.QueueDepth, ...]:
        return await queue_view.queues(console, await now_view.open_commands(console))

    found = asking.ask(config_file, look)
    if as_json:
        for one in found:
            plain.document(asking.facts(one))
        return
    rows = [
        (one.name, str(one.waiting), str(one.in_hand), words.span(one.oldest_seconds) or "–", one.holds)
        for one in found
    ]
    screen.table(("queue", "waiting", "in hand", "oldest", "what waits in it"), rows, none="")


@workers.callback()
def list_workers(
    context: typer.Context,
    config_file: ConfigOption = None,
    project: ProjectOption = None,
    person: PersonOption = None,
    text: FilterOption = "",
    gone: bool = typer.Option(False, "--all", help="Also those that have ended."),
    as_json: JsonOption = False,
) -> None:
    """List the workers, with state, age, memory and what they run; `hermes workers drain` lets one end."""
    if context.invoked_subcommand is not None:
        return
    wanted = asking.search(text, project, person)

    async def look(console: Console) -> tuple[Worker, ...]:
        opened = await now_view.open_commands(console)
        persons = {command.container_key: command.origin.author for command in opened}
        return await worker_view.workers(console, operator(), gone=gone, persons=persons)

    found = asking.ask(config_file, look)
    shown = [
        one
        for one in found
        if wanted.admits(
            project=one.project, person=one.person, subject=one.container_key, state=one.state, at=one.launched_at
        )
    ]
    if as_json:
        for one in shown:
            plain.document(asking.facts(one))
        return
    screen.entries([_worker(one) for one in shown], none="no worker is there")


def _worker(one: Worker) -> screen.Entry:
    beat = f"heard of {words.span(time.time() - one.heartbeat_at)} ago" if one.heartbeat_at else "not heard of yet"
    runs = f"runs {', '.join(one.running)}" if one.running else ""
    drains = "is to end once it is idle" if one.draining else ""
    return screen.Entry(
        (one.state, words.span(time.time() - one.launched_at), words.size(one.memory_bytes) or "–"),
        one.container_key,
        (
            asking.joined(one.project, one.person),
            asking.joined(f"generation {one.gen}", beat, drains),
            runs,
            one.failure,
        ),
    )
