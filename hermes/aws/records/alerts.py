"""The book of alerts: one row that all gateways share, beside the row of replicas in the queues table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hermes import errors, ids
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.alerts.book import AlertBook

#: How often the row is read again because another gateway was first.
TRIES: Final = 10
_KEY: Final = {"container_key": "gateway#alerts"}


class AlertRecords:
    """Reads and changes the row. No container key looks like its key."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("queues")

    async def get(self) -> AlertBook:
        """The book; an empty one if there is none yet."""
        item = await self._tables.get(self._table, _KEY)
        return items.from_item(AlertBook, item) if item else AlertBook(**_KEY)

    async def change(self, change: Callable[[AlertBook], AlertBook]) -> AlertBook:
        """Write what `change` makes of the book; nothing if that is the same object. Raises `errors.Transient`.

        `change` is called again where another gateway was first. Our own write whose answer was lost is recognised by its version.
        """
        written: AlertBook | None = None
        for _ in range(TRIES):
            seen = await self.get()
            if written is not None and seen.version == written.version:
                return seen
            changed = change(seen)
            if changed is seen:
                return seen
            written = changed.model_copy(update={"version": ids.new_id()})
            condition = tables.equals("version", seen.version) if seen.version else tables.absent("container_key")
            try:
                await self._tables.put(tables.Put(table=self._table, item=items.to_item(written), condition=condition))
            except errors.ConditionFailed:
                continue
            return written
        raise errors.TransactionBusy("the book of alerts changes too often")
