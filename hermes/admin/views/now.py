"""What happens at this moment."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable

from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views import costs, queues, workers
from hermes.admin.views.commands import CommandView, project_of, view
from hermes.admin.views.queues import QueueDepth
from hermes.admin.views.workers import Worker
from hermes.aws import items
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import shares, usage
from hermes.domain.decisions.usage import ShareUsage

#: Open commands that one look shows, the most overdue first.
MOST = 1000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How many commands of one project and person run, wait and are being stopped."""

    project: str
    person: str
    running: int
    waiting: int
    stopping: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What happens at this moment, as far as the viewer may see it."""

    at: float
    """When it was looked at; epoch seconds."""
    running: tuple[CommandView, ...]
    """Longest first."""
    waiting: tuple[CommandView, ...]
    """Accepted and not started, longest first."""
    stopping: tuple[CommandView, ...]
    groups: tuple[Group, ...]
    """By project and person, the busiest first."""
    queues: tuple[QueueDepth, ...]
    """Empty for viewers who do not see everything."""
    workers: tuple[Worker, ...]
    cost_today_usd: float
    """Of the day in UTC, of what the viewer may see."""
    shares: tuple[ShareUsage, ...]
    """What shares have used of their limits; of clients and projects that the viewer may see."""
    cut: bool
    """Whether there are more open commands than are shown."""


async def now(console: Console, viewer: Viewer) -> Now:
    """One look; the indexes may be a second late."""
    opened = await open_commands(console)
    mine = [command for command in opened if viewer.sees(project_of(command.container_key))]
    persons = {command.container_key: command.origin.author for command in mine}
    everything = viewer.sees_all
    depths, there, spent, used = await asyncio.gather(
        queues.queues(console, opened) if everything else _nothing(),
        workers.workers(console, viewer, persons=persons),
        costs.today(console, viewer),
        share_usage(console, viewer),
    )
    seen = sorted(map(view, mine), key=lambda one: one.started_at or one.accepted_at)
    return Now(
        at=console.now(),
        running=tuple(one for one in seen if one.state == CommandState.RUNNING),
        waiting=tuple(one for one in seen if one.state == CommandState.ACCEPTED),
        stopping=tuple(one for one in seen if one.state == CommandState.INTERRUPTING),
        groups=_groups(seen),
        queues=depths,
        workers=there,
        cost_today_usd=spent,
        shares=used,
        cut=len(opened) >= MOST,
    )


async def open_commands(console: Console) -> list[Command]:
    """The open commands, at most `MOST`."""
    found = (await console.stores.commands.due(before=None, most=MOST))[:MOST]
    table = console.stores.commands.table
    opened: list[Command] = []
    for begin in range(0, len(found), 100):
        keys = [(table, {"command_id": timer.command_id}) for timer in found[begin : begin + 100]]
        opened += items.known(Command, filter(None, await console.stores.tables.get_many(keys)))
    return [command for command in opened if not command.state.terminal]


async def share_usage(console: Console, viewer: Viewer) -> tuple[ShareUsage, ...]:
    """The counts of the configured shares, read by key."""
    settings, at = console.settings(), console.now()
    limits = {
        limit.row: limit
        for project in settings.projects
        if viewer.sees(project.name)
        for owner in ["", *(one for one in project.owners if not one.startswith("@"))]
        for limit in shares.limits_of(settings.grants(project, owner or project.owners[0]), at)
        if (viewer.sees_all or limit.whose is shares.Whose.PROJECT) and (owner or limit.whose is not shares.Whose.OWNER)
    }
    rows = await console.stores.usage.rows(list(limits))
    return tuple(usage.standings(rows, limits.values(), now=at))


async def _nothing() -> tuple[QueueDepth, ...]:
    return ()


def _groups(seen: Iterable[CommandView]) -> tuple[Group, ...]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for one in seen:
        counted = counts.setdefault((one.project, one.person), {})
        counted[one.state] = counted.get(one.state, 0) + 1
    groups = [
        Group(
            project=project,
            person=person,
            running=counted.get(CommandState.RUNNING, 0),
            waiting=counted.get(CommandState.ACCEPTED, 0),
            stopping=counted.get(CommandState.INTERRUPTING, 0),
        )
        for (project, person), counted in counts.items()
    ]
    return tuple(sorted(groups, key=lambda one: (-(one.running + one.waiting + one.stopping), one.project, one.person)))
