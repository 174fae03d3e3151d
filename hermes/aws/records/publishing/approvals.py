"""The approvals table (index `due`): who was asked whether a commit may go live, and what they said."""

from __future__ import annotations

from hermes import errors
from hermes.aws import items, tables
from hermes.aws.once import once
from hermes.aws.resource_names import ResourceNames
from hermes.domain.publishing.approvals import SHARD, Approval

#: Approvals that one look at the timers handles.
_DUE_ROWS = 50


class Approvals:
    """Reads approvals, and makes the conditional writes of their steps."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("approvals")

    async def get(self, approval_id: str) -> Approval | None:
        """The approval; None if there is none."""
        item = await self._tables.get(self.table, {"approval_id": approval_id})
        return items.from_item(Approval, item) if item else None

    async def all(self, *, most: int = 1000) -> list[Approval]:
        """Every approval, for operators and checks."""
        return items.known(Approval, await self._tables.scan(self.table, most=most))

    async def due(self, *, before: float) -> list[str]:
        """Ids of approvals whose timer has passed; eventually consistent."""
        found = await self._tables.query(
            self.table, index="due", partition=("due_shard", SHARD), sort_at_most=("due", before), most=_DUE_ROWS
        )
        return [str(items.plain(row["approval_id"])) for row in found]

    def add(self, approval: Approval) -> tables.Put:
        """The write of a new approval, for a transaction."""
        return tables.Put(table=self.table, item=items.to_item(approval), condition=tables.absent("approval_id"))

    def write(self, seen: Approval, after: Approval) -> tables.Put:
        """The write of one step, on the condition that the record is as it was seen."""
        unchanged = tables.equals("version", seen.version)
        return tables.Put(table=self.table, item=items.to_item(after), condition=unchanged)

    async def step(self, seen: Approval, after: Approval, *also: tables.Write) -> bool:
        """Write one step, and what goes with it, by itself; False if another was first."""
        try:
            await once(
                self._tables.transact([self.write(seen, after), *also]),
                look=lambda: self.get(after.approval_id),
                ours=lambda current: current.token == after.token,
            )
        except errors.ConditionFailed:
            return False
        return True
