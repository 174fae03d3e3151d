"""Marks that share a transaction: each takes effect once, and one that does not hold fails alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from hermes import errors
from hermes.aws import coalesced_tables, items, tables
from hermes.aws.coalesced_tables import CoalescedTables
from tests.integration.faults import LostAnswers
from tests.integration.stand import Stand

pytestmark = pytest.mark.rows


@pytest.fixture
def shared(aws: Stand) -> CoalescedTables:
    return CoalescedTables(client=aws.clients.dynamodb)


@pytest.fixture
def operations(aws: Stand) -> Iterator[list[str]]:
    """The writing requests that leave."""
    seen: list[str] = []

    def note(*, event_name: str, **_: Any) -> None:
        seen.append(event_name.rsplit(".", 1)[-1])

    for operation in ("UpdateItem", "TransactWriteItems"):
        aws.clients.dynamodb.meta.events.register(f"before-send.dynamodb.{operation}", note)
    yield seen
    for operation in ("UpdateItem", "TransactWriteItems"):
        aws.clients.dynamodb.meta.events.unregister(f"before-send.dynamodb.{operation}", note)


async def keep(aws: Stand, count: int) -> None:
    table = aws.names.table("mails")
    for n in range(count):
        await aws.tables.put(tables.Put(table=table, item={"mail_id": {"S": str(n)}, "state": {"S": "open"}}))


def mark(aws: Stand, n: int, *, state: str = "open") -> tables.Update:
    """Adds one to what has this state."""
    key = {"mail_id": str(n)}
    return tables.Update(
        table=aws.names.table("mails"), key=key, add={"count": 1}, condition=tables.equals("state", state)
    )


async def counts(aws: Stand, count: int) -> list[int]:
    keys = [(aws.names.table("mails"), {"mail_id": str(n)}) for n in range(count)]
    return [
        int(items.plain(item["count"])) if item and "count" in item else 0 for item in await aws.tables.get_many(keys)
    ]


async def test_a_lone_mark_is_a_plain_update(aws: Stand, shared: CoalescedTables, operations: list[str]) -> None:
    await keep(aws, 1)
    await shared.mark(mark(aws, 0))

    assert operations == ["UpdateItem"]
    assert await counts(aws, 1) == [1]


async def test_marks_that_wait_together_are_one_call(
    aws: Stand, shared: CoalescedTables, operations: list[str]
) -> None:
    many = coalesced_tables.MARKS + 2
    await keep(aws, many)
    await asyncio.gather(*(shared.mark(mark(aws, n)) for n in range(many)))

    assert operations == ["TransactWriteItems", "TransactWriteItems"]
    assert await counts(aws, many) == [1] * many


async def test_one_that_does_not_hold_fails_alone(aws: Stand, shared: CoalescedTables) -> None:
    await keep(aws, 4)
    ended = await asyncio.gather(
        *(shared.mark(mark(aws, n, state="closed" if n == 2 else "open")) for n in range(4)), return_exceptions=True
    )

    failed = ended.pop(2)
    assert isinstance(failed, errors.ConditionFailed)
    stands = failed.items[0]
    assert stands is not None
    assert items.plain(stands["state"]) == "open"
    assert ended == [None, None, None]
    assert await counts(aws, 4) == [1, 1, 0, 1]


async def test_one_item_is_marked_as_often_as_was_asked(aws: Stand, shared: CoalescedTables) -> None:
    await keep(aws, 2)
    await asyncio.gather(*(shared.mark(mark(aws, n)) for n in (0, 0, 1, 0)))

    assert await counts(aws, 2) == [3, 1]


async def test_a_lost_answer_counts_nothing_twice(aws: Stand, shared: CoalescedTables) -> None:
    if aws.endpoint.name == "moto":
        pytest.skip("moto does not know a transaction again by its token")
    await keep(aws, 3)
    faults = LostAnswers(aws.clients.dynamodb, "TransactWriteItems")
    ended = await asyncio.gather(*(shared.mark(mark(aws, n)) for n in range(3)), return_exceptions=True)

    assert faults.lost == 1
    assert ended == [None, None, None]
    assert await counts(aws, 3) == [1, 1, 1]


class Failing:
    """Listens to requests, and answers the next so many of an operation with an error."""

    def __init__(self, client: Any, operation: str, code: str, status: int, times: int) -> None:
        self.left = times
        self._body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code}).encode()
        self._status = status
        client.meta.events.register(f"before-send.dynamodb.{operation}", self._answer)

    async def _answer(self, *, request: Any, **_: Any) -> Any:
        if not self.left:
            return None
        self.left -= 1
        return FakeResponse(request.url, self._status, self._body)


class FakeResponse:
    """What an endpoint would have answered."""

    def __init__(self, url: str, status: int, body: bytes) -> None:
        self.url, self.status_code, self._body = url, status, body
        self.headers: dict[str, str] = {}

    @property
    async def content(self) -> bytes:
        return self._body

    @property
    async def text(self) -> str:
        return self._body.decode()


async def test_an_outage_of_their_transaction_does_not_fail_them_all(aws: Stand, shared: CoalescedTables) -> None:
    await keep(aws, 3)
    failing = Failing(aws.clients.dynamodb, "TransactWriteItems", "InternalServerError", 500, times=3)
    await asyncio.gather(*(shared.mark(mark(aws, n)) for n in range(3)))

    assert failing.left == 0
    assert await counts(aws, 3) == [1, 1, 1]


async def test_a_lone_mark_whose_item_is_busy_is_made_again(aws: Stand, shared: CoalescedTables) -> None:
    await keep(aws, 1)
    failing = Failing(aws.clients.dynamodb, "UpdateItem", "TransactionConflictException", 400, times=2)
    await shared.mark(mark(aws, 0))

    assert failing.left == 0
    assert await counts(aws, 1) == [1]
