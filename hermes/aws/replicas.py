"""The gateways that are alive: one row, in which each counts up a number of its own. No clock is written, so none can be wrong."""

from __future__ import annotations

from hermes import errors
from hermes.aws import items, tables
from hermes.aws.names import Names

_KEY = {"container_key": "gateway#replicas"}
_FIELD = "beat_"


class Replicas:
    """The row; it lies in the queues table, where no container key looks like it."""

    def __init__(self, *, tables: tables.Tables, names: Names) -> None:
        self._tables = tables
        self._table = names.table("queues")

    async def beat(self, replica: str, count: int) -> dict[str, int]:
        """Write our number; returns everybody's, in one call."""
        write = tables.Update(table=self._table, key=_KEY, set={f"{_FIELD}{replica}": count})
        row = await self._tables.update(write)
        return {
            field.removeprefix(_FIELD): int(items.plain(value))
            for field, value in row.items()
            if field.startswith(_FIELD)
        }

    async def forget(self, replica: str, count: int) -> None:
        """Take out a replica that is gone, if its number is still this one."""
        field = f"{_FIELD}{replica}"
        write = tables.Update(table=self._table, key=_KEY, set={field: None}, condition=tables.equals(field, count))
        try:
            await self._tables.update(write)
        except errors.ConditionFailed:
            return  # it counts on, or another has taken it out
