"""DynamoDB: conditions, writes and transactions, independent of the records' meaning."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any, Final

from hermes import errors
from hermes.aws import calls, items

#: Before keys that DynamoDB gave back unread are asked for again; doubled each time.
UNREAD_PAUSE_SECONDS: Final = 0.01


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """A condition expression; every attribute name is a placeholder, since DynamoDB reserves many words (`state`, `type`, …)."""

    text: str
    names: Mapping[str, str]
    values: Mapping[str, Any]

    def __and__(self, other: Condition) -> Condition:
        return self._joined("AND", other)

    def __or__(self, other: Condition) -> Condition:
        return self._joined("OR", other)

    def _joined(self, word: str, other: Condition) -> Condition:
        # Placeholders are made of the field and a running number, so two conditions on one field need new ones.
        text = other.text
        values = dict(self.values)
        for old in sorted(other.values, key=len, reverse=True):
            new = old
            while new in values:
                new += "x"
            text = _replaced(text, old, new)
            values[new] = other.values[old]
        return Condition(f"({self.text}) {word} ({text})", {**self.names, **other.names}, values)


def _replaced(text: str, old: str, new: str) -> str:
    if old == new:
        return text
    parts = text.split(old)
    out = parts[0]
    for part in parts[1:]:
        whole = not (part[:1].isalnum() or part[:1] == "_")
        out += (new if whole else old) + part
    return out


def _compare(field: str, operator: str, value: Any) -> Condition:
    return Condition(f"#{field} {operator} :{field}", {f"#{field}": field}, {f":{field}": items.attribute(value)})


def equals(field: str, value: Any) -> Condition:
    """`field = value`."""
    return _compare(field, "=", value)


def at_most(field: str, value: Any) -> Condition:
    """`field <= value`."""
    return _compare(field, "<=", value)


def at_least(field: str, value: Any) -> Condition:
    """`field >= value`."""
    return _compare(field, ">=", value)


def less(field: str, value: Any) -> Condition:
    """`field < value`."""
    return _compare(field, "<", value)


def absent(field: str) -> Condition:
    """The item has no such attribute (with a key attribute: there is no such item)."""
    return Condition(f"attribute_not_exists(#{field})", {f"#{field}": field}, {})


def present(field: str) -> Condition:
    """The item has such an attribute."""
    return Condition(f"attribute_exists(#{field})", {f"#{field}": field}, {})


def one_of(field: str, values: Iterable[Any]) -> Condition:
    """`field` is one of the values."""
    listed = {f":{field}{i}": items.attribute(v) for i, v in enumerate(sorted(values))}
    return Condition(f"#{field} IN ({', '.join(listed)})", {f"#{field}": field}, listed)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Write a whole item."""

    table: str
    item: Mapping[str, Any]
    condition: Condition | None = None

    def request(self) -> dict[str, Any]:
        """As a transaction item."""
        return {"Put": {"TableName": self.table, "Item": dict(self.item), **_condition(self.condition)}}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Change attributes of one item: `set` (None removes the attribute), `add` numbers, under a condition."""

    table: str
    key: Mapping[str, str]
    set: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    add: Mapping[str, float] = dataclasses.field(default_factory=dict)
    condition: Condition | None = None

    def parameters(self) -> dict[str, Any]:
        """As parameters of UpdateItem."""
        changed = {f: v for f, v in self.set.items() if v is not None}
        removed = [f for f, v in self.set.items() if v is None]
        parts = []
        if changed:
            parts.append("SET " + ", ".join(f"#{f} = :set_{f}" for f in changed))
        if removed:
            parts.append("REMOVE " + ", ".join(f"#{f}" for f in removed))
        if self.add:
            parts.append("ADD " + ", ".join(f"#{f} :add_{f}" for f in self.add))
        given = _condition(self.condition)
        names = {f"#{f}": f for f in (*changed, *removed, *self.add)} | given.pop("ExpressionAttributeNames", {})
        values = (
            {f":set_{f}": items.attribute(v) for f, v in changed.items()}
            | {f":add_{f}": items.attribute(v) for f, v in self.add.items()}
            | given.pop("ExpressionAttributeValues", {})
        )
        return {
            "TableName": self.table,
            "Key": {name: items.attribute(value) for name, value in self.key.items()},
            "UpdateExpression": " ".join(parts),
            "ExpressionAttributeNames": names,
            **({"ExpressionAttributeValues": values} if values else {}),
            **given,
        }

    def request(self) -> dict[str, Any]:
        """As a transaction item."""
        return {"Update": self.parameters()}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A condition on an item that the transaction does not write."""

    table: str
    key: Mapping[str, str]
    condition: Condition

    def request(self) -> dict[str, Any]:
        """As a transaction item."""
        key = {name: items.attribute(value) for name, value in self.key.items()}
        return {"ConditionCheck": {"TableName": self.table, "Key": key, **_condition(self.condition)}}


Write = Put | Update | Check

_Name = tuple[str, frozenset[tuple[str, str]]]


def item_name(table: str, key: Mapping[str, str]) -> _Name:
    """A table and a key in it, to look up by."""
    return table, frozenset(key.items())


def _condition(condition: Condition | None) -> dict[str, Any]:
    if condition is None:
        return {}
    return {
        "ConditionExpression": condition.text,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **({"ExpressionAttributeNames": dict(condition.names)} if condition.names else {}),
        **({"ExpressionAttributeValues": dict(condition.values)} if condition.values else {}),
    }


class Tables:
    """The DynamoDB operations that Hermes uses, over plain items."""

    def __init__(self, *, client: Any) -> None:
        self._client = client

    async def get(self, table: str, key: Mapping[str, str]) -> items.Item | None:
        """One item, read consistently; None if there is none."""
        key_item = {name: items.attribute(value) for name, value in key.items()}
        answer = await calls.call(
            f"DynamoDB GetItem {table}", self._client.get_item(TableName=table, Key=key_item, ConsistentRead=True)
        )
        found: items.Item | None = answer.get("Item")
        return found

    async def get_many(self, keys: Sequence[tuple[str, Mapping[str, str]]]) -> list[items.Item | None]:
        """Items of any tables, read consistently, in the order of the keys (at most 100, each once)."""
        wanted: dict[str, dict[str, Any]] = {}
        for table, key in {item_name(table, key): (table, key) for table, key in keys}.values():
            request = wanted.setdefault(table, {"Keys": [], "ConsistentRead": True})
            request["Keys"].append({name: items.attribute(value) for name, value in key.items()})
        parts = {table: tuple(key) for table, key in keys}
        found: dict[_Name, items.Item] = {}
        for turn in range(8):
            if not wanted:
                break
            if turn:  # DynamoDB gives back what it is too busy to read; asked for again at once, it would be so again
                await asyncio.sleep(UNREAD_PAUSE_SECONDS * 2**turn)
            answer = await calls.call("DynamoDB BatchGetItem", self._client.batch_get_item(RequestItems=wanted))
            for table, got in answer.get("Responses", {}).items():
                found |= {item_name(table, {part: item[part]["S"] for part in parts[table]}): item for item in got}
            wanted = answer.get("UnprocessedKeys") or {}
        if wanted:
            raise errors.AwsThrottled("DynamoDB BatchGetItem: keys stayed unprocessed after 8 tries")
        return [found.get(item_name(table, key)) for table, key in keys]

    async def put(self, write: Put) -> items.Item | None:
        """Write one item; returns the one that it replaced. Raises `errors.ConditionFailed` with the existing item."""
        answer = await calls.call(
            f"DynamoDB PutItem {write.table}",
            self._client.put_item(
                TableName=write.table, Item=dict(write.item), ReturnValues="ALL_OLD", **_condition(write.condition)
            ),
        )
        replaced: items.Item | None = answer.get("Attributes")
        return replaced

    async def delete(
        self, table: str, key: Mapping[str, str], *, condition: Condition | None = None
    ) -> items.Item | None:
        """Delete one item; returns it, or None if there was none. Raises `errors.ConditionFailed`."""
        key_item = {name: items.attribute(value) for name, value in key.items()}
        answer = await calls.call(
            f"DynamoDB DeleteItem {table}",
            self._client.delete_item(TableName=table, Key=key_item, ReturnValues="ALL_OLD", **_condition(condition)),
        )
        deleted: items.Item | None = answer.get("Attributes")
        return deleted

    async def update(self, write: Update) -> items.Item:
        """Change one item; returns it as it is then. Raises `errors.ConditionFailed` with the existing item."""
        answer = await calls.call(
            f"DynamoDB UpdateItem {write.table}",
            self._client.update_item(ReturnValues="ALL_NEW", **write.parameters()),
        )
        changed: items.Item = answer["Attributes"]
        return changed

    async def mark(self, write: Update) -> None:
        """Apply a small update whose result is not needed and which may be applied twice. Raises `errors.ConditionFailed`."""
        await calls.call(f"DynamoDB UpdateItem {write.table}", self._client.update_item(**write.parameters()))

    async def transact(self, writes: Sequence[Write]) -> None:
        """All of the writes or none.

        Raises `errors.ConditionFailed` (items by index of the write), `errors.TransactionBusy`. A condition may fail on our own
        earlier write, whose answer was lost and which the SDK repeated: the caller compares a token before believing it.
        """
        try:
            await calls.call(
                "DynamoDB TransactWriteItems",
                self._client.transact_write_items(TransactItems=[write.request() for write in writes]),
            )
        except errors.AwsRefused as error:
            # botocore makes a token for each call, so it can be "in use" by our own first sending alone: it was done, or is being done.
            # An emulator says so of equal requests too.
            if error.code != "IdempotentParameterMismatchException":
                raise
            raise errors.TransactionBusy(error.message) from error

    async def query(
        self,
        table: str,
        *,
        index: str,
        partition: tuple[str, str],
        sort_at_most: tuple[str, float] | None = None,
        most: int | None = 100,
        forward: bool = True,
    ) -> list[items.Item]:
        """Up to `most` items of one partition of an index (None: all of them), by sort key. Eventually consistent."""
        found: list[items.Item] = []
        walked = self.walk(
            table, index=index, partition=partition, sort_at_most=sort_at_most, chunk=most, forward=forward
        )
        async with contextlib.aclosing(walked):
            async for item in walked:
                found.append(item)
                if len(found) == most:
                    break
        return found

    async def walk(
        self,
        table: str,
        *,
        index: str,
        partition: tuple[str, str],
        sort_at_most: tuple[str, float] | None = None,
        chunk: int | None = 100,
        forward: bool = True,
    ) -> AsyncGenerator[items.Item, None]:
        """The items of one partition of an index by sort key, read as they are wanted: up to `chunk` at a time (None: as many as fit)."""
        condition = equals(*partition)
        if sort_at_most:
            condition &= at_most(*sort_at_most)
        start: dict[str, Any] = {}
        while True:
            answer = await calls.call(
                f"DynamoDB Query {table}",
                self._client.query(
                    TableName=table,
                    IndexName=index,
                    KeyConditionExpression=condition.text.replace("(", "").replace(")", ""),
                    ExpressionAttributeNames=dict(condition.names),
                    ExpressionAttributeValues=dict(condition.values),
                    ScanIndexForward=forward,
                    **({"Limit": chunk} if chunk is not None else {}),
                    **start,
                ),
            )
            for item in answer.get("Items", []):
                yield item
            if not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    async def scan(self, table: str, *, most: int = 1000) -> list[items.Item]:
        """Up to `most` items of a table, for operators' commands and checks; never on the way of a mail."""
        found: list[items.Item] = []
        start: dict[str, Any] = {}
        while len(found) < most:
            answer = await calls.call(
                f"DynamoDB Scan {table}", self._client.scan(TableName=table, ConsistentRead=True, **start)
            )
            found.extend(answer.get("Items", []))
            if not answer.get("LastEvaluatedKey"):
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return found[:most]
