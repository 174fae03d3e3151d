"""The records of what was used of each share: counters that change in the transactions of the commands that they count."""

from __future__ import annotations

import sys
from typing import Final

from hermes import errors, limits
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.decisions import shares
from hermes.domain.decisions.shares import Measure, ShareLimit
from hermes.domain.decisions.usage import UsageRow

#: How long an hour's or a day's count of a share is kept once it is over, to be looked at.
USAGE_SECONDS: Final = 7 * 24 * 3600


class Usage:
    """The usage table. A row is there once something was counted in it; where no share is configured, none ever is."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("usage")

    async def there(self) -> None:
        """Look whether the table is there. Raises `errors.ConfigError`: a gateway that cannot count would turn every mail away."""
        try:
            await self._tables.get(self.table, {"usage_id": "there"})
        except errors.AwsRefused as error:
            if error.code != "ResourceNotFoundException":
                raise
            raise errors.ConfigError(f"table {self.table} does not exist; run `hermes provision`") from error

    def take(self, limit: ShareLimit, *, now: float) -> tables.Write:
        """The write that counts a new command, or looks whether there is money left; its condition is that there is room."""
        room = tables.absent("used") | tables.less("used", limit.most)
        if limit.measure is Measure.DAILY:
            return tables.Check(table=self.table, key={"usage_id": limit.row}, condition=room)
        return self._add(limit.subject, limit.measure, 1, now=now, condition=room)

    def give_back(self, row: str, *, now: float) -> tables.Update:
        """The write that gives a seat back; its condition is that somebody sits there: a counter never falls below nothing."""
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

    async def correct(self, seen: UsageRow, used: int) -> None:
        """Put a count right, unless somebody has changed it since it was seen. Raises `errors.ConditionFailed`."""
        write = tables.Update(
            table=self.table,
            key={"usage_id": seen.usage_id},
            set={"used": used},
            add={"changes": 1},
            condition=tables.equals("changes", seen.changes),
        )
        await self._tables.update(write)

    async def all(self) -> list[UsageRow]:
        """Every row, for operators and checks: a count that was left out would look like one of nothing."""
        return items.known(UsageRow, await self._tables.scan(self.table, most=sys.maxsize))

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
