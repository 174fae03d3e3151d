"""Workers: the containers that are there now, by the index of their states."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Final

from hermes import ids
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views.commands import project_of
from hermes.aws import items
from hermes.domain.active_job import ActiveJob
from hermes.domain.containers import GONE, Container, ContainerState, is_waiting_key

#: Workers that one look shows.
MOST = 1000
#: In the place of a person: a worker of the pool, which is nobody's yet.
WAITS: Final = "waits for a key"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One worker."""

    container_key: str
    project: str
    person: str
    """Their address where it is known; else the part of the key that stands for them."""
    state: str
    gen: int
    task: str | None
    """The task's ARN, or the name of the local process."""
    launched_at: float
    heartbeat_at: float
    """0: none yet."""
    running: tuple[str, ...]
    """Ids of the commands that it runs now."""
    memory_bytes: int | None
    """Resident memory of the worker and what it runs; None: it has not told."""
    draining: bool
    """Whether an operator asked it to take nothing more."""
    failure: str


async def workers(
    console: Console, viewer: Viewer, *, gone: bool = False, persons: Mapping[str, str] | None = None
) -> tuple[Worker, ...]:
    """Those that live, newest first; `gone` also those that ended. `persons` adds to what is known of who a key stands for."""
    table = console.stores.containers.table
    states = [state for state in ContainerState if gone or state not in GONE]
    found = await asyncio.gather(
        *(
            console.stores.tables.query(
                table, index="by_state", partition=("state", state.value), most=MOST, forward=False
            )
            for state in states
        )
    )
    keys = [str(items.plain(row["container_key"])) for rows in found for row in rows][:MOST]
    known = {**_persons(console), **(persons or {})}
    rows: list[Worker] = []
    for begin in range(0, len(keys), 100):
        wanted = [(table, {"container_key": key}) for key in keys[begin : begin + 100]]
        for item in await console.stores.tables.get_many(wanted):
            rows += [_worker(one, item or {}, known, console.now()) for one in items.known(Container, [item or {}])]
    return tuple(sorted((row for row in rows if viewer.sees(row.project)), key=lambda row: -row.launched_at))


def _worker(record: Container, item: items.Item, persons: Mapping[str, str], now: float) -> Worker:
    jobs = [
        ActiveJob.model_validate(job) for job in (items.plain(item["active_jobs"]) if "active_jobs" in item else [])
    ]
    user = record.container_key.rpartition("#")[2]
    return Worker(
        container_key=record.container_key,
        project=project_of(record.container_key),
        person=WAITS if is_waiting_key(record.container_key) else persons.get(record.container_key, user),
        state=record.state.value,
        gen=record.gen,
        task=record.task_arn,
        launched_at=record.launched_at,
        heartbeat_at=record.heartbeat_at,
        running=tuple(job.command_id for job in jobs if job.expires_at > now) if record.alive else (),
        memory_bytes=record.memory_bytes,
        draining=record.drain_asked == record.gen,
        failure=record.failure,
    )


def _persons(console: Console) -> dict[str, str]:
    """The key of each owner who is configured by their address."""
    return {
        ids.container_key(project.client, project.project, owner): owner
        for project in console.settings().projects
        for owner in project.owners
        if not owner.startswith("@")
    }
