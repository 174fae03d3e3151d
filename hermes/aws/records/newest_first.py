"""Rows of several partitions of an index, newest first, in pages: reads what a page needs, however many rows there are.

A page ends at a place in the order (`Cursor`), from which the next one is read. A row that comes meanwhile is newer and belongs to no later
page; a row that moves to the front is not met again.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

from hermes import errors
from hermes.aws import items, tables


@dataclasses.dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended."""

    at: float
    """The sort value of its last row."""
    seen: tuple[str, ...]
    """The rows of this value that were passed."""

    def after(self, at: float, row: str) -> Cursor:
        """The place behind one more row."""
        return Cursor(at, (*self.seen, row)) if at == self.at else Cursor(at, (row,))

    def encode(self) -> str:
        """As one word, for a link or an option."""
        return base64.urlsafe_b64encode(json.dumps([self.at, *self.seen]).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Raises `errors.BadQuery` for what is no place."""
        try:
            at, *seen = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return cls(float(at), tuple(map(str, seen)))
        except (ValueError, TypeError) as error:
            raise errors.BadQuery("the cursor is not one that this list gave; begin without it") from error


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index with a numeric sort key, over the partitions that are wanted."""

    table: str
    name: str
    partition: str
    values: Sequence[str]
    sort: str
    key: str
    """The table's key."""


Row = dict[str, Any]
"""Attribute → its plain value."""


async def walk(
    held: tables.Tables, index: Index, *, before: Cursor | None = None, chunk: int = 50
) -> AsyncGenerator[Row, None]:
    """The rows of all partitions, merged; eventually consistent. Each partition is read in answers of up to `chunk` rows."""
    async with contextlib.AsyncExitStack() as stack:
        ways: list[AsyncIterator[items.Item]] = []
        for value in index.values:
            way = held.walk(
                index.table,
                index=index.name,
                partition=(index.partition, value),
                sort_at_most=(index.sort, before.at) if before else None,
                chunk=chunk,
                forward=False,
            )
            ways.append(await stack.enter_async_context(contextlib.aclosing(way)))
        heads = list(await asyncio.gather(*(_next(way) for way in ways)))
        while any(head is not None for head in heads):
            number = max(
                (n for n, head in enumerate(heads) if head is not None), key=lambda n: _order(index, heads[n] or {})
            )
            row = heads[number] or {}
            heads[number] = await _next(ways[number])
            if before is None or row[index.sort] != before.at or row[index.key] not in before.seen:
                yield row


def _order(index: Index, row: Row) -> float:
    return float(row[index.sort])


async def _next(way: AsyncIterator[items.Item]) -> Row | None:
    item = await anext(way, None)
    return None if item is None else {name: items.plain(value) for name, value in item.items()}
