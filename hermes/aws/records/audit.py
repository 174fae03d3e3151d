"""The rows of what operators did. They are added; nothing changes or deletes one."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import Final

from hermes import errors
from hermes.aws import items, tables
from hermes.aws.once import once
from hermes.aws.records import newest_first
from hermes.aws.resource_names import ResourceNames
from hermes.domain.operating.audit import AuditRow

#: Kept for two years.
AUDIT_SECONDS: Final = 2 * 366 * 24 * 3600
#: Months that a list goes back.
_MONTHS: Final = 24


class Audit:
    """The audit table (index `by_month`)."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("audit")

    async def add(self, row: AuditRow) -> None:
        """Write a row; one that is there already stays as it is."""
        put = tables.Put(table=self.table, item=items.to_item(row), condition=tables.absent("audit_id"))
        await once(self._tables.put(put), look=lambda: self._get(row.audit_id), ours=lambda current: current == row)

    async def _get(self, audit_id: str) -> AuditRow | None:
        item = await self._tables.get(self.table, {"audit_id": audit_id})
        return items.from_item(AuditRow, item) if item else None

    async def newest(self, *, now: float, before: newest_first.Cursor | None = None) -> AsyncGenerator[AuditRow, None]:
        """Newest first, month by month."""
        latest = before.at if before else now
        for month in months(latest, _MONTHS):
            index = newest_first.Index(
                table=self.table, name="by_month", partition="month", values=[month], sort="at", key="audit_id"
            )
            async for row in newest_first.walk(self._tables, index, before=before):
                try:
                    yield AuditRow.model_validate({"month": month, **row})
                except ValueError as error:
                    raise errors.UnknownRecord(f"row {row.get('audit_id')} of the audit: {error}") from error


def months(latest: float, most: int) -> list[str]:
    """The month of a moment and those before it, newest first (`2026-11`, UTC)."""
    year, month = time.gmtime(latest)[:2]
    numbers = [year * 12 + month - 1 - back for back in range(most)]
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]


def month_of(at: float) -> str:
    """The month of a moment."""
    return months(at, 1)[0]
