"""Reads that share calls: what each asker gets, and what one that is refused does to the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hermes import errors
from hermes.aws.reading import CoalescedTables

_TOO_LONG = "x" * 3000


class Dynamo:
    """Holds items by table and key; refuses keys that are too long, as DynamoDB does, and notes each call."""

    def __init__(self, **tables: set[str]) -> None:
        self._tables = tables
        self.calls: list[str] = []

    def _item(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        value = key["name"]["S"]
        if len(value) > 2048:
            said = {"Error": {"Code": "ValidationException", "Message": "too long"}}
            raise ClientError(said, "GetItem")
        return {"name": {"S": value}, "table": {"S": table}} if value in self._tables[table] else None

    async def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
        assert ConsistentRead
        self.calls.append("get")
        await asyncio.sleep(0)
        item = self._item(TableName, Key)
        return {"Item": item} if item else {}

    async def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:
        self.calls.append("batch")
        await asyncio.sleep(0)
        found: dict[str, list[Any]] = {}
        for table, request in RequestItems.items():
            assert request["ConsistentRead"]
            keys = [key["name"]["S"] for key in request["Keys"]]
            assert len(keys) == len(set(keys)), "DynamoDB refuses a key that is there twice"
            # In no order of the keys'.
            found[table] = [item for key in reversed(request["Keys"]) if (item := self._item(table, key))]
        return {"Responses": found}


async def test_a_lone_read_is_a_plain_one() -> None:
    client = Dynamo(mails={"a"})
    tables = CoalescedTables(client=client)
    found = await tables.get("mails", {"name": "a"})
    assert found is not None
    assert found["name"] == {"S": "a"}
    assert await tables.get("mails", {"name": "b"}) is None
    assert client.calls == ["get", "get"]


async def test_reads_that_wait_together_share_a_call_and_each_gets_its_own() -> None:
    client = Dynamo(mails={"a", "b"}, threads={"a"})
    tables = CoalescedTables(client=client)
    asked: list[Any] = [
        tables.get("mails", {"name": "a"}),
        tables.get("mails", {"name": "missing"}),
        tables.get_many([("threads", {"name": "a"}), ("mails", {"name": "b"}), ("threads", {"name": "b"})]),
        tables.get("mails", {"name": "a"}),
    ]
    first, missing, several, again = await asyncio.gather(*asked)
    assert (first["name"], first["table"]) == ({"S": "a"}, {"S": "mails"})
    assert missing is None
    assert [one and (one["table"]["S"], one["name"]["S"]) for one in several] == [
        ("threads", "a"),
        ("mails", "b"),
        None,
    ]
    assert again == first
    assert client.calls == ["batch"]


async def test_no_call_holds_more_keys_than_dynamodb_takes() -> None:
    client = Dynamo(mails={str(number) for number in range(250)})
    tables = CoalescedTables(client=client)
    found = await asyncio.gather(*(tables.get("mails", {"name": str(number)}) for number in range(250)))
    assert [one and one["name"]["S"] for one in found] == [str(number) for number in range(250)]
    assert client.calls == ["batch", "batch", "batch"]


async def test_a_key_that_is_refused_is_refused_to_its_asker_alone() -> None:
    client = Dynamo(mails={"a"})
    tables = CoalescedTables(client=client)
    good, bad, other = await asyncio.gather(
        tables.get("mails", {"name": "a"}),
        tables.get("mails", {"name": _TOO_LONG}),
        tables.get("mails", {"name": "missing"}),
        return_exceptions=True,
    )
    assert isinstance(good, dict)
    assert isinstance(bad, errors.AwsRefused)
    assert other is None


async def test_a_lone_key_that_is_refused_says_so() -> None:
    tables = CoalescedTables(client=Dynamo(mails=set()))
    with pytest.raises(errors.AwsRefused):
        await tables.get("mails", {"name": _TOO_LONG})
