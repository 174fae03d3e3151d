"""DynamoDB's half of the store: tables, their items, and an index for each of their indexes.

MiniStack keeps a table's items in a dict of dicts and walks all of them for every query of an index. Here these dicts report what changes,
and from the same reports each index is kept in order; a query gets the few items that it asks for.
"""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb

from hermes.local.durable import rows
from hermes.local.durable.index import TableIndex
from hermes.local.durable.part import Mark
from hermes.local.durable.rows import Document, StoreRow
from hermes.local.durable.watched import Watched

_ITEM, _TABLES = "item", StoreRow("tables", "", "")
#: Of MiniStack's state, what is no item: by the names under which it saves them.
_DEFINITIONS = ("tags", "ttl_settings", "pitr_settings", "contributor_insights", "resource_policies")

Scope = tuple[str, str, str]
"""Account, region, table."""


class WatchedItems(dict[Any, Any]):
    """A table's items, by partition key; `narrowed` shows only some of them to a query."""

    def __init__(self, table: dict[str, Any], changed: Callable[[Any, Any], None]) -> None:
        super().__init__()
        self._table = table
        self._changed = changed
        self._narrowed: list[dict[Any, Any]] | None = None
        self.indexes: dict[str, TableIndex] = {}
        self.index()

    def index(self) -> None:
        """Keep the indexes that the table has now, filled from its items."""
        names = [i["IndexName"] for i in (*_indexes(self._table, "Global"), *_indexes(self._table, "Local"))]
        self.indexes = {name: self.indexes.get(name) or self._filled(name) for name in names}

    def _filled(self, name: str) -> TableIndex:
        made = TableIndex(self._table, name)
        for pk, partition in self.items():
            for sk, item in partition.items():
                made.replace(pk, sk, None, item)
        return made

    def __missing__(self, key: Any) -> _Partition:
        found = self[key] = _Partition(self, key)
        return found

    def values(self) -> Any:
        """As dict's, or what the query at hand is to see."""
        return super().values() if self._narrowed is None else self._narrowed

    def query(self, data: dict[str, Any], carry_out: Callable[[dict[str, Any]], Any]) -> Any:
        """Carry out a query of an index over the items that it asks for."""
        found = self.indexes[data["IndexName"]].find(data)
        if found is None:
            return carry_out(data)
        self._narrowed = [{n: self[pk][sk] for n, (pk, sk) in enumerate(found)}]
        try:
            return carry_out(data)
        finally:
            self._narrowed = None

    def replaced(self, pk: Any, sk: Any, old: Any, new: Any) -> None:
        """An item was put in the place of another; None is none."""
        if old is None or new is None:
            self._table["ItemCount"] = self._table.get("ItemCount", 0) + (1 if old is None else -1)
        for index in self.indexes.values():
            index.replace(pk, sk, old, new)
        self._changed(pk, sk)
        if new is None and not self[pk]:
            del self[pk]


class _Partition(dict[Any, Any]):
    """The items of one partition key, by sort key."""

    __slots__ = ("_items", "_pk")

    def __init__(self, items: WatchedItems, pk: Any) -> None:
        super().__init__()
        self._items = items
        self._pk = pk

    def __setitem__(self, sk: Any, item: Any) -> None:
        old = self.get(sk)
        super().__setitem__(sk, item)
        self._items.replaced(self._pk, sk, old, item)

    def __delitem__(self, sk: Any) -> None:
        old = self[sk]
        super().__delitem__(sk)
        self._items.replaced(self._pk, sk, old, None)

    def pop(self, sk: Any, default: Any = None) -> Any:
        """As dict's, with a default."""
        old = self.get(sk)
        if old is None:
            return default
        del self[sk]
        return old


class WatchedTables:
    """The tables of MiniStack, watched."""

    kinds = frozenset({_ITEM, _TABLES.kind})

    def __init__(self, mark: Mark) -> None:
        """Take over what MiniStack holds now; from here on `mark` hears of each change."""
        self._mark = mark
        self._quiet = False
        self._written = b""
        self._held: dict[Scope, WatchedItems] = {}
        held = dict(dynamodb._tables._data)
        self._tables = dynamodb._tables._data = Watched(self._changed, adopt=self._adopt)
        self._tables.update(held)
        query, dynamodb._query = dynamodb._query, self._query
        self._carry_out = query
        update, dynamodb._update_table = dynamodb._update_table, self._update_table
        self._carry_out_update = update
        # MiniStack counts the whole table at each write, and walks all tables every minute for what has expired.
        dynamodb._update_counts = lambda _: None
        dynamodb._lock = _EndOfReaper()
        for name in _UNSUPPORTED:
            setattr(dynamodb, name, _unsupported)

    def document(self, row: StoreRow) -> Document | None:
        """See `StorePart`."""
        if row == _TABLES:
            self._written = self._definitions()
            return Document(self._written)
        table = self._tables.get(_scope(row))
        pk, sk = rows.parts(row.key)
        item = None if table is None else table["items"].get(pk, {}).get(sk)
        if table is None or item is None:
            return None
        return Document(rows.dumps(item), self._expires(_scope(row), item))

    def put(self, row: StoreRow, document: Document | None) -> None:
        """See `StorePart`."""
        self._quiet = True
        try:
            if row == _TABLES:
                self._restore(document)
            elif (table := self._tables.get(_scope(row))) is not None:
                pk, sk = rows.parts(row.key)
                if document is None:
                    table["items"].get(pk, {}).pop(sk)
                else:
                    table["items"][pk][sk] = rows.loads(document.data)
        finally:
            self._quiet = False

    def loaded(self) -> None:
        """See `StorePart`."""

    def expire(self, row: StoreRow) -> None:
        """See `StorePart`: time to live."""
        table = self._tables.get(_scope(row))
        pk, sk = rows.parts(row.key)
        if table is not None:
            table["items"].get(pk, {}).pop(sk)

    def control(self, changed: bool) -> None:
        """See `StorePart`."""
        if changed and self._definitions() != self._written:
            self._mark(_TABLES)

    def _query(self, data: dict[str, Any]) -> Any:
        table = dynamodb._tables.get(data.get("TableName"))
        if table is not None and data.get("IndexName") in table["items"].indexes:
            return table["items"].query(data, self._carry_out)
        return self._carry_out(data)

    def _update_table(self, data: dict[str, Any]) -> Any:
        """An index that is added to a table of an older version is kept from then on."""
        answer = self._carry_out_update(data)
        table = dynamodb._tables.get(data.get("TableName"))
        if table is not None:
            table["items"].index()
        return answer

    def _changed(self, scope: Scope) -> None:
        if scope in self._tables:
            self._held[scope] = self._tables[scope]["items"]
            return
        for pk, partition in self._held.pop(scope, {}).items():
            for sk in partition if not self._quiet else ():
                self._mark(StoreRow(_ITEM, rows.name(*scope), rows.name(pk, sk)))

    def _adopt(self, scope: Scope, table: dict[str, Any]) -> dict[str, Any]:
        owner = rows.name(*scope)

        def changed(pk: Any, sk: Any) -> None:
            if not self._quiet:
                self._mark(StoreRow(_ITEM, owner, rows.name(pk, sk)))

        held = table.get("items") or {}
        table["ItemCount"] = 0
        items = table["items"] = WatchedItems(table, changed)
        for pk, partition in held.items():
            for sk, item in partition.items():
                items[pk][sk] = item
        return table

    def _definitions(self) -> bytes:
        tables = AccountRegionScopedDict()
        tables._data = {
            scope: {name: value for name, value in table.items() if name not in ("items", "ItemCount")}
            for scope, table in self._tables.items()
        }
        state = {"tables": tables, **{name: getattr(dynamodb, f"_{name}") for name in _DEFINITIONS}}
        return json.dumps(state, default=persistence._json_default).encode("ascii")

    def _restore(self, document: Document | None) -> None:
        state = json.loads(document.data, object_hook=persistence._json_object_hook) if document else {}
        found = state["tables"]._data if document else {}
        for scope in [scope for scope in self._tables if scope not in found]:
            del self._tables[scope]
        for scope, table in found.items():
            held = self._tables.get(scope)
            if held is None:
                self._tables[scope] = table
            else:
                held.update(table)
                held["items"].index()
        for name in _DEFINITIONS:
            store = getattr(dynamodb, f"_{name}")
            store._data.clear()
            if document:
                store._data.update(state[name]._data)
        self._written = document.data if document else b""

    def _expires(self, scope: Scope, item: dict[str, Any]) -> float | None:
        setting = dynamodb._ttl_settings._data.get(scope)
        if not setting or setting.get("TimeToLiveStatus") != "ENABLED":
            return None
        try:
            return float(item[setting["AttributeName"]]["N"])
        except (KeyError, TypeError, ValueError):
            return None


class _EndOfReaper:
    """MiniStack's lock, for the calls that take it; the thread that removes expired items beside the journal ends here."""

    def __enter__(self) -> None:
        if threading.current_thread().name == "dynamodb-ttl-reaper":
            raise SystemExit

    def __exit__(self, *_: object) -> None:
        pass


#: What goes past the dicts (whole tables are put in place), and what Hermes has no use for.
_UNSUPPORTED = (
    "_execute_statement",
    "_batch_execute_statement",
    "_execute_transaction",
    "_import_table",
    "_create_backup",
    "_restore_table_from_backup",
    "_restore_table_to_point_in_time",
)


def _unsupported(_: dict[str, Any]) -> Any:
    return dynamodb.error_response_json(
        "UnknownOperationException", "The embedded default does not have this operation.", 400
    )


def _scope(row: StoreRow) -> Scope:
    return _scopes(row.owner)


@functools.lru_cache(maxsize=64)
def _scopes(owner: str) -> Scope:
    account, region, table = rows.parts(owner)
    return account, region, table


def _indexes(table: dict[str, Any], kind: str) -> Iterable[dict[str, Any]]:
    return table.get(f"{kind}SecondaryIndexes") or ()
