"""Reads that share calls: what each asker gets, and what one that is refused does to the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hermes import errors
from hermes.aws import coalesced_tables, tables
from hermes.aws.coalesced_tables import CoalescedTables

_TOO_LONG = "x" * 3000


class Dynamo:
    """Holds items by table and key; refuses keys that are too long, as DynamoDB does, and notes each call."""

    def __init__(self, **tables: set[str]) -> None:
        self._tables = tables
        self.calls: list[str] = []
        self.hangs: set[str] = set()
        self.goes_on = asyncio.Event()
        self.busy = 0
        """How many more batches are given back unread."""

    def _item(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        value = key["name"]["S"]
        if len(value) > 2048:
            said = {"Error": {"Code": "ValidationException", "Message": "too long"}}
            raise ClientError(said, "GetItem")
        return {"name": {"S": value}, "table": {"S": table}} if value in self._tables[table] else None

    async def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
        assert ConsistentRead
        self.calls.append("get")
        await (self.goes_on.wait() if Key["name"]["S"] in self.hangs else asyncio.sleep(0))
        item = self._item(TableName, Key)
        return {"Item": item} if item else {}

    async def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:
        self.calls.append("batch")
        await asyncio.sleep(0)
        found: dict[str, list[Any]] = {}
        if self.busy:
            self.busy -= 1
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        for table, request in RequestItems.items():
            assert request["ConsistentRead"]
            keys = [key["name"]["S"] for key in request["Keys"]]
            assert len(keys) == len(set(keys)), "DynamoDB refuses a key that is there twice"
            # In no order of the keys'.
            found[table] = [item for key in reversed(request["Keys"]) if (item := self._item(table, key))]
        return {"Responses": found}


async def test_a_lone_read_is_a_plain_one() -> None:
    client = Dynamo(mails={"a"})
    records = CoalescedTables(client=client)
    found = await records.get("mails", {"name": "a"})
    assert found is not None
    assert found["name"] == {"S": "a"}
    assert await records.get("mails", {"name": "b"}) is None
    assert client.calls == ["get", "get"]


async def test_reads_that_wait_together_share_a_call_and_each_gets_its_own() -> None:
    client = Dynamo(mails={"a", "b"}, threads={"a"})
    records = CoalescedTables(client=client)
    asked: list[Any] = [
        records.get("mails", {"name": "a"}),
        records.get("mails", {"name": "missing"}),
        records.get_many([("threads", {"name": "a"}), ("mails", {"name": "b"}), ("threads", {"name": "b"})]),
        records.get("mails", {"name": "a"}),
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
    records = CoalescedTables(client=client)
    found = await asyncio.gather(*(records.get("mails", {"name": str(number)}) for number in range(250)))
    assert [one and one["name"]["S"] for one in found] == [str(number) for number in range(250)]
    assert client.calls == ["batch", "batch", "batch"]


async def test_a_key_that_is_refused_is_refused_to_its_asker_alone() -> None:
    client = Dynamo(mails={"a"})
    records = CoalescedTables(client=client)
    good, bad, other = await asyncio.gather(
        records.get("mails", {"name": "a"}),
        records.get("mails", {"name": _TOO_LONG}),
        records.get("mails", {"name": "missing"}),
        return_exceptions=True,
    )
    assert isinstance(good, dict)
    assert isinstance(bad, errors.AwsRefused)
    assert other is None


async def test_a_lone_key_that_is_refused_says_so() -> None:
    records = CoalescedTables(client=Dynamo(mails=set()))
    with pytest.raises(errors.AwsRefused):
        await records.get("mails", {"name": _TOO_LONG})


async def test_a_read_that_hangs_does_not_hold_up_those_that_come_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalesced_tables, "READ_PATIENCE_SECONDS", 0.01)
    client = Dynamo(mails={"a", "b", "stuck"})
    client.hangs = {"stuck"}
    records = CoalescedTables(client=client)
    stuck = asyncio.create_task(records.get("mails", {"name": "stuck"}))
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        assert await asyncio.gather(*(records.get("mails", {"name": name}) for name in "ab"))
        assert await records.get("mails", {"name": "a"})
    assert not stuck.done()
    client.goes_on.set()
    found = await stuck
    assert found is not None
    assert client.calls == ["get", "batch", "get"]


async def test_no_more_reads_hang_at_once_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalesced_tables, "READ_PATIENCE_SECONDS", 0.001)
    monkeypatch.setattr(coalesced_tables, "READS_BESIDE", 2)
    client = Dynamo(mails={str(number) for number in range(9)})
    client.hangs = {str(number) for number in range(9)}
    records = CoalescedTables(client=client)
    asked = []
    for number in range(9):
        asked.append(asyncio.create_task(records.get("mails", {"name": str(number)})))
        await asyncio.sleep(0.005)
    assert client.calls == ["get"] * 3  # two that hang, and one that is waited for
    client.goes_on.set()
    async with asyncio.timeout(60):
        found = await asyncio.gather(*asked)
    assert [one and one["name"]["S"] for one in found] == [str(number) for number in range(9)]


async def test_keys_that_are_given_back_unread_are_asked_for_again_after_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "UNREAD_PAUSE_SECONDS", 0.02)
    client = Dynamo(mails={"a", "b"})
    client.busy = 2
    began = asyncio.get_running_loop().time()
    found = await tables.Tables(client=client).get_many([("mails", {"name": name}) for name in "ab"])
    assert all(found)
    assert client.calls == ["batch"] * 3
    assert asyncio.get_running_loop().time() - began >= 0.02 * (2 + 4)
