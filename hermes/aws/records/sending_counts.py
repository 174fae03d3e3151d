"""The count of sent replies that all gateways share: one row of the usage table for each account at a mail server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hermes import errors, ids
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.decisions import sending_allowance
from hermes.domain.decisions.sending_allowance import Full, SendingCount, Window

#: How often the row is read again because another gateway was first.
TRIES: Final = 20


class SendingCounts:
    """Reads and changes the row. Without a configured limit there is none."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("usage")

    async def take(self, account: str, limits: Sequence[Window], *, now: float) -> Full | None:
        """Count one reply; `Full` if there is no room for it now. Raises `errors.Transient`."""
        key = {"usage_id": f"sending {account}"}
        for _ in range(TRIES):
            item = await self._tables.get(self._table, key)
            seen = items.from_item(SendingCount, item) if item else SendingCount(**key)
            counted = sending_allowance.take(seen.counted or {}, limits, now)
            if isinstance(counted, Full):
                return counted
            write = tables.Update(
                table=self._table,
                key=key,
                set={
                    "counted": counted,
                    "version": ids.new_id(),
                    "expires_at": int(now + 2 * sending_allowance.DAY_SECONDS),
                },
                condition=tables.equals("version", seen.version) if item else tables.absent("usage_id"),
            )
            try:
                await self._tables.update(write)
            except errors.ConditionFailed:
                # Another reply was first, or the answer to this very write was lost: then it counts twice, which harms nobody.
                continue
            return None
        raise errors.TransactionBusy(f"the count of sent replies ({account}) changes too often")
