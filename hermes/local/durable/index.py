"""An index of a table, kept in order, so that a query reads what it asks for and walks nothing else."""

from __future__ import annotations

import bisect
import re
from typing import Any

from ministack.services import dynamodb

Entry = tuple[Any, ...]
"""The values that order it, then the partition key and the sort key of the item."""

_COMPARISON = re.compile(r"([#\w.-]+)\s*(<=|>=|=|<|>)\s*(:\w+)")


class TableIndex:
    """The items that have its keys, by its partition key, in its order."""

    def __init__(self, table: dict[str, Any], name: str) -> None:
        self._partition, self._sort, _ = dynamodb._resolve_index_keys(table, name)
        self._order = dynamodb._index_order_keys(table, self._sort)
        self._entries: dict[Any, list[Entry]] = {}

    def replace(self, pk: Any, sk: Any, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
        """An item was put in the place of another; None is none."""
        before, after = self._entry(pk, sk, old), self._entry(pk, sk, new)
        if before == after:
            return
        if before is not None:
            partition, entry = before
            entries = self._entries[partition]
            del entries[bisect.bisect_left(entries, entry)]
            if not entries:
                del self._entries[partition]
        if after is not None:
            partition, entry = after
            bisect.insort(self._entries.setdefault(partition, []), entry)

    def find(self, data: dict[str, Any]) -> list[tuple[Any, Any]] | None:
        """The keys of the items that a query can return; None: this query is not for us, look at all of them."""
        condition = data.get("KeyConditionExpression")
        if not condition:
            return None
        names, values = data.get("ExpressionAttributeNames", {}), data.get("ExpressionAttributeValues", {})
        partition = dynamodb._extract_pk_from_condition(condition, values, names, self._partition)
        entries = self._entries.get(partition, [])
        first, end = 0, len(entries)
        for name, operator, value in _COMPARISON.findall(condition):
            if names.get(name, name) != self._sort or value not in values:
                continue
            bound = self._value(self._sort, values[value])
            # Entries of the same sort value are longer than it, so they come after it.
            low, high = bisect.bisect_left(entries, (bound,)), _after(entries, bound)
            if operator in ("<", "<="):
                end = min(end, high if operator == "<=" else low)
            elif operator in (">", ">="):
                first = max(first, low if operator == ">=" else high)
            else:
                first, end = max(first, low), min(end, high)
        forward = data.get("ScanIndexForward", True)
        start = data.get("ExclusiveStartKey")
        if start:
            cursor = tuple(dynamodb._index_order_value(start, name, kind) for name, kind in self._order)
            place = bisect.bisect_left(entries, cursor)
            # The item at the cursor itself stays: the caller leaves it out.
            first, end = (max(first, place), end) if forward else (first, min(end, place + 1))
        limit = data.get("Limit")
        # Of a condition that has more than comparisons, the rest is still to be applied: all are looked at.
        if _COMPARISON.sub("", condition).split() not in ([], ["AND"]):
            limit = None
        if limit is not None and end - first > int(limit) + 1:
            first, end = (first, first + int(limit) + 1) if forward else (end - int(limit) - 1, end)
        return [(entry[-2], entry[-1]) for entry in entries[first:end]]

    def _entry(self, pk: Any, sk: Any, item: dict[str, Any] | None) -> tuple[Any, Entry] | None:
        if item is None or self._partition not in item or (self._sort and self._sort not in item):
            return None
        order = tuple(dynamodb._index_order_value(item, name, kind) for name, kind in self._order)
        return dynamodb._extract_key_val(item[self._partition]), (*order, pk, sk)

    def _value(self, name: str, attribute: dict[str, Any]) -> Any:
        return dynamodb._index_order_value({name: attribute}, name, dict(self._order)[name])


def _after(entries: list[Entry], bound: Any) -> int:
    """The place after the last entry whose first value is `bound`."""
    return bisect.bisect_right(entries, bound, key=lambda entry: entry[0])
