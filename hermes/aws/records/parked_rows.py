"""Parked rows: commands and replies that no version can read, moved out of the sweeper's index for the operator.

A parked row keeps all its content; only its `due` partition changes, to one that no sweep reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from hermes import errors, ids
from hermes.aws import items, tables
from hermes.aws.resource_names import TABLES, ResourceNames
from hermes.domain.commands import Command
from hermes.domain.replies import Reply

Noun = Literal["commands", "outbox"]
#: The tables that have a `due` index, and what their rows are.
MODELS: Mapping[Noun, type[BaseModel]] = {"commands": Command, "outbox": Reply}
#: The partition of the index that holds parked rows; `due` is when they were parked.
PARTITION = "parked"


class ParkedRow(NamedTuple):
    """One parked row."""

    noun: Noun
    row_id: str
    at: float
    """Epoch seconds."""
    reason: str


class ParkedRows:
    """The parked rows of both tables."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._names = names

    async def park(self, noun: Noun, row_id: str, *, reason: str, overdue_since: float, now: float) -> bool:
        """Park a row that has been due since `overdue_since` (epoch seconds) or longer; False if it has not, or moved on meanwhile."""
        item = await self._item(noun, row_id)
        if item is None or "due" not in item or "due_shard" not in item:
            return False
        due = items.plain(item["due"])
        if due > overdue_since:
            return False
        changes = {"due": now, "due_shard": PARTITION, "parked_reason": reason[:500]}
        condition = tables.equals("due", due) & tables.equals("due_shard", items.plain(item["due_shard"]))
        return await self._move(noun, row_id, changes, condition)

    async def send_back(self, row: ParkedRow, *, now: float) -> None:
        """Make a repaired row due again. Raises `errors.UnknownRecord` while it cannot be read, `errors.Permanent` if it is not parked."""
        item = await self._item(row.noun, row.row_id)
        if item is None or item.get("due_shard") != items.attribute(PARTITION):
            raise errors.Permanent("the row is no longer parked")
        items.from_item(MODELS[row.noun], item)
        changes = {"due": now, "due_shard": ids.due_shard(row.row_id), "parked_reason": None}
        if not await self._move(row.noun, row.row_id, changes, tables.equals("due_shard", PARTITION)):
            raise errors.Permanent("the row is no longer parked")

    async def all(self, *, most: int) -> list[ParkedRow]:
        """The parked rows, oldest first; found by the index, which is eventually consistent."""
        found = await asyncio.gather(*(self._of(noun, most) for noun in MODELS))
        return sorted((row for rows in found for row in rows), key=lambda row: row.at)[:most]

    async def _of(self, noun: Noun, most: int) -> list[ParkedRow]:
        rows = await self._tables.query(
            self._names.table(noun), index="due", partition=("due_shard", PARTITION), most=most
        )
        parked = []
        for row in rows:
            row_id = str(items.plain(row[TABLES[noun]]))
            item = await self._item(noun, row_id) or {}
            reason = items.plain(item.get("parked_reason", {"S": ""}))
            parked.append(ParkedRow(noun, row_id, float(items.plain(row["due"])), str(reason)))
        return parked

    async def _item(self, noun: Noun, row_id: str) -> items.Item | None:
        return await self._tables.get(self._names.table(noun), {TABLES[noun]: row_id})

    async def _move(self, noun: Noun, row_id: str, changes: dict[str, Any], condition: tables.Condition) -> bool:
        write = tables.Update(
            table=self._names.table(noun), key={TABLES[noun]: row_id}, set=changes, condition=condition
        )
        try:
            await self._tables.update(write)
        except errors.ConditionFailed:
            return False
        return True
