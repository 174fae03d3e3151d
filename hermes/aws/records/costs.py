"""The rows of what commands cost, in the usage table: by day, client, project, person and agent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from hermes import ids
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.commands import Command
from hermes.domain.operating.costs import CostRow

#: Accounts are closed for a year within the next one.
COST_SECONDS: Final = 800 * 24 * 3600
#: The index of a table's rows by day.
_BY_DAY: Final = "by_day"


class Costs:
    """Rows of the usage table that the finisher writes and operators read."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("usage")

    def add(self, command: Command, *, dollars: float, seconds: float, now: float) -> tables.Update:
        """The write that adds one attempt, for the transaction that ends it."""
        client, project, _ = command.container_key.split("#", 2)
        day = day_of(now)
        row = CostRow(
            usage_id="",
            day=day,
            client=client,
            project=project,
            person=command.origin.author,
            agent=command.agent,
        )
        changed = row.model_dump(include={"day", "client", "project", "person", "agent"})
        return tables.Update(
            table=self.table,
            key={"usage_id": key_of(row)},
            set={**changed, "expires_at": int(now + COST_SECONDS)},
            add={"used": dollars, "commands": 1, "run_seconds": round(max(0.0, seconds), 3)},
        )

    async def of_day(self, day: str) -> list[CostRow]:
        """The rows of a day (`2026-11-26`); eventually consistent."""
        found = await self._tables.query(self.table, index=_BY_DAY, partition=("day", day), most=None)
        return items.known(CostRow, found)

    async def of_days(self, days: Sequence[str]) -> list[CostRow]:
        """The rows of several days."""
        found = await asyncio.gather(*map(self.of_day, days))
        return [row for rows in found for row in rows]

    async def without_name(self, row: CostRow) -> None:
        """Take the person's name out of a row: its sums go to the row of nobody, in one transaction."""
        nobody = row.model_copy(update={"person": ""})
        kept = nobody.model_dump(include={"day", "client", "project", "person", "agent"})
        await self._tables.transact(
            [
                tables.Update(
                    table=self.table,
                    key={"usage_id": key_of(nobody)},
                    set={**kept, "expires_at": int(time.time() + COST_SECONDS)},
                    add={"used": row.used, "commands": row.commands, "run_seconds": row.run_seconds},
                ),
                tables.Update(
                    table=self.table,
                    key={"usage_id": row.usage_id},
                    # Emptied and out of the index: no role may delete rows of this table.
                    set={"day": None, "person": None, "client": None, "project": None, "agent": None, "expires_at": 1},
                    add={"used": -row.used, "commands": -row.commands, "run_seconds": -row.run_seconds},
                    condition=tables.equals("used", row.used) & tables.equals("commands", row.commands),
                ),
            ]
        )


def day_of(at: float) -> str:
    """The day of a moment, UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime(at))


def key_of(row: CostRow) -> str:
    """The key of a row; it does not name the person, because a key cannot be changed when the person is to be forgotten."""
    who = ids.digest("cost", row.person, chars=16) if row.person else "nobody"
    return f"cost {row.day} {row.client}/{row.project} {row.agent or '-'} {who}"
