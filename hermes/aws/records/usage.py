"""The counters of the shares, which change in the transactions of the counted commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from hermes import errors, limits
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.decisions import shares
from hermes.domain.decisions.shares import Measure, ShareLimit
from hermes.domain.decisions.usage import UsageRow

#: How long an hour's or a day's count of a share is kept once it is over, to be looked at.
USAGE_SECONDS: Final = 7 * 24 * 3600
#: Items of one BatchGetItem.
_BATCH: Final = 100


class Usage:
    """The usage table. A row exists once something was counted in it; without a configured share there is none."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("usage")

    async def there(self) -> None:
        """Check that the table exists. Raises `errors.ConfigError`, because a gateway that cannot count would refuse every mail."""
        try:
            await self._tables.get(self.table, {"usage_id": "there"})
        except errors.AwsUnavailable as error:
            if error.code != "ResourceNotFoundException":
                raise
            raise errors.ConfigError(f"table {self.table} does not exist; run `hermes provision`") from error

    def take(self, limit: ShareLimit, *, now: float) -> tables.Write:
        """The write that counts a new command, or checks the remaining budget; its condition is that there is room."""
        room = tables.absent("used") | tables.less("used", limit.most)
        if limit.measure is Measure.DAILY:
            return tables.Check(table=self.table, key={"usage_id": limit.row}, condition=room)
        return self._add(limit.subject, limit.measure, 1, now=now, condition=room)

    def give_back(self, row: str, *, now: float) -> tables.Update:
        """The write that releases a slot; its condition keeps the counter from falling below zero."""
        return tables.Update(
            table=self.table,
            key={"usage_id": row},
            set={"expires_at": int(now + limits.KEEP_SECONDS)},
            add={"used": -1, "changes": 1},
            condition=tables.at_least("used", 1),
        )

    def spend(self, subject: str, dollars: float, *, now: float) -> tables.Update:
        """The write that adds to what was spent today."""
        return self._add(subject, Measure.DAILY, dollars, now=now)

    async def used(self, row: str) -> float:
        """What is counted in a row; 0 without one."""
        item = await self._tables.get(self.table, {"usage_id": row})
        return items.from_item(UsageRow, item).used if item else 0.0

    async def correct(self, seen: UsageRow, used: int) -> None:
        """Correct a count, unless it has changed since it was read. Raises `errors.ConditionFailed`."""
        write = tables.Update(
            table=self.table,
            key={"usage_id": seen.usage_id},
            set={"used": used},
            add={"changes": 1},
            condition=tables.equals("changes", seen.changes),
        )
        await self._tables.update(write)

    async def all(self) -> list[UsageRow]:
        """Every row, for operators and checks; an omitted row would look like a count of zero."""
        return items.known(UsageRow, await self._tables.scan(self.table, most=sys.maxsize))

    async def rows(self, usage_ids: Sequence[str]) -> list[UsageRow]:
        """Those of the rows that exist, read by key."""
        keys = [(self.table, {"usage_id": one}) for one in usage_ids]
        found: list[UsageRow] = []
        for begin in range(0, len(keys), _BATCH):
            found += items.known(UsageRow, filter(None, await self._tables.get_many(keys[begin : begin + _BATCH])))
        return found

    def _add(
        self,
        subject: str,
        measure: Measure,
        amount: float,
        *,
        now: float,
        condition: tables.Condition | None = None,
    ) -> tables.Update:
        row, until = shares.row_of(subject, measure, now)
        ends = now + limits.KEEP_SECONDS if until is None else until + USAGE_SECONDS
        return tables.Update(
            table=self.table,
            key={"usage_id": row},
            set={"subject": subject, "measure": measure.value, "until": until, "expires_at": int(ends)},
            add={"used": amount, "changes": 1},
            condition=condition,
        )
