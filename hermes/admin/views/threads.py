"""The list of threads, by their newest mail."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from typing import Final

from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views import page
from hermes.admin.views.page import Page
from hermes.admin.views.wanted import EVERYTHING, Wanted
from hermes.aws import items, schema
from hermes.aws.records import newest_first
from hermes.aws.records.commands import SHARDS
from hermes.aws.records.newest_first import Index, Row
from hermes.domain.commands import CommandState

#: A thread in which nothing was asked for yet.
NO_COMMAND: Final = "none"
#: What `state:` may say.
STATES: Final = (*(state.value for state in CommandState), NO_COMMAND)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """One thread of the list."""

    session_id: str
    project: str
    """`client/project`."""
    person: str
    """Whose thread it is."""
    subject: str
    state: str
    """Of its newest command; `none` where nothing was asked for."""
    head: str | None
    """Its newest command."""
    title: str
    """The first line of what the newest command asks."""
    updated_at: float
    """When its newest mail was accepted; epoch seconds."""


async def threads(
    console: Console,
    viewer: Viewer,
    wanted: Wanted = EVERYTHING,
    *,
    cursor: str | None = None,
    most: int = page.PAGE_ROWS,
) -> Page[ThreadRow]:
    """Threads by their newest mail, eventually consistent. Raises `errors.BadQuery` for a cursor that is none."""
    sessions = console.stores.sessions.table
    index = Index(
        table=sessions,
        name=schema.BY_ACTIVITY,
        partition="activity_shard",
        values=SHARDS,
        sort="updated_at",
        key="session_id",
    )
    before = page.begin(cursor)

    def fits(row: Row) -> bool:
        project = f"{row.get('client')}/{row.get('project')}"
        return viewer.sees(project) and wanted.admits(
            project=project, person=row.get("owner"), subject=row.get("subject", ""), at=float(row["updated_at"])
        )

    async def make(rows: Sequence[Row]) -> list[ThreadRow | None]:
        asked = await _heads(console, [str(row["head"]) for row in rows if row.get("head") and fits(row)])
        made: list[ThreadRow | None] = []
        for row in rows:
            state, title = asked.get(str(row.get("head")), (NO_COMMAND, ""))
            kept = fits(row) and wanted.state.admit(state)
            made.append(_row(row, state, title) if kept else None)
        return made

    async with contextlib.aclosing(
        newest_first.walk(console.stores.tables, index, before=before, chunk=max(10, min(most, page.PAGE_MOST)))
    ) as found:
        return await page.fill(found, index, most=min(most, page.PAGE_MOST), before=before, make=make)


def _row(row: Row, state: str, title: str) -> ThreadRow:
    return ThreadRow(
        session_id=str(row["session_id"]),
        project=f"{row['client']}/{row['project']}",
        person=str(row["owner"]),
        subject=str(row.get("subject", "")),
        state=state,
        head=row.get("head"),
        title=title,
        updated_at=float(row["updated_at"]),
    )


async def _heads(console: Console, command_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """State and title of commands, without reading more of their records than that."""
    found: dict[str, tuple[str, str]] = {}
    table = console.stores.commands.table
    for begin in range(0, len(command_ids), 100):
        keys = [(table, {"command_id": one}) for one in command_ids[begin : begin + 100]]
        for item in await console.stores.tables.get_many(keys):
            if item is not None:
                row = {n: items.plain(item[n]) for n in ("command_id", "state", "named", "instruction") if n in item}
                lines = f"{row.get('named', '')}\n{row.get('instruction', '')[:500]}".split("\n")
                title = next((line.strip() for line in lines if line.strip()), "")
                found[row["command_id"]] = (row.get("state", "?"), title[:100])
    return found
