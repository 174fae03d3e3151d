"""A query of an index gives what MiniStack's own walk over the whole table gives."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from ministack.services import dynamodb

from hermes.local.durable.tables import WatchedItems

DEFINITION: dict[str, Any] = {
    "TableName": "rows",
    "pk_name": "id",
    "sk_name": None,
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in (("id", "S"), ("pile", "S"), ("due", "N"))],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "due",
            "KeySchema": [{"AttributeName": "pile", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "LocalSecondaryIndexes": [],
}  # fmt: skip


@pytest.fixture
def table() -> Any:
    held = {**DEFINITION}
    held["items"] = WatchedItems(held, lambda *_: None)
    chosen = random.Random(3)
    for _ in range(600):
        name = f"row-{chosen.randint(1, 150)}"
        if chosen.random() < 0.2:
            held["items"].get(name, {}).pop("__no_sort__", None)
            continue
        item: dict[str, Any] = {"id": {"S": name}}
        if chosen.random() < 0.7:
            item["pile"] = {"S": chosen.choice("ab")}
        if chosen.random() < 0.7:
            item["due"] = {"N": chosen.choice(("-1", "2", "2.5", "10", "100", "1e3"))}
        held["items"][name]["__no_sort__"] = item
    dynamodb._tables["rows"] = held
    yield held
    del dynamodb._tables["rows"]


def answers(table: Any, data: dict[str, Any]) -> tuple[Any, Any]:
    return json.loads(table["items"].query(data, dynamodb._query)[2]), json.loads(dynamodb._query(data)[2])


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [None, 1, 7])
@pytest.mark.parametrize(
    "sort",
    ["", " AND due <= :v", " AND due < :v", " AND #d >= :v", " AND due > :v", " AND due = :v", " AND due BETWEEN :v AND :w"],
)  # fmt: skip
def test_every_page_of_every_query_is_the_same(table: Any, sort: str, limit: int | None, forward: bool) -> None:
    for value in ("-5", "2", "2.5", "50", "100000"):
        data: dict[str, Any] = {
            "TableName": "rows",
            "IndexName": "due",
            "KeyConditionExpression": f"pile = :s{sort}",
            "ExpressionAttributeValues": {":s": {"S": "a"}},
            "ScanIndexForward": forward,
        }
        if ":v" in sort:
            data["ExpressionAttributeValues"][":v"] = {"N": value}
        if ":w" in sort:
            data["ExpressionAttributeValues"][":w"] = {"N": "100000"}
        if "#d" in sort:
            data["ExpressionAttributeNames"] = {"#d": "due"}
        if limit:
            data["Limit"] = limit
        for _ in range(200):
            ours, theirs = answers(table, data)
            assert ours == theirs
            if "LastEvaluatedKey" not in ours:
                break
            data["ExclusiveStartKey"] = ours["LastEvaluatedKey"]
        else:
            raise AssertionError("the pages do not end")


def test_a_partition_that_has_nothing_gives_nothing(table: Any) -> None:
    data = {
        "TableName": "rows",
        "IndexName": "due",
        "KeyConditionExpression": "pile = :s",
        "ExpressionAttributeValues": {":s": {"S": "none"}},
    }
    assert answers(table, data)[0]["Items"] == []


def test_a_query_reads_no_more_than_it_returns(table: Any) -> None:
    data = {
        "TableName": "rows",
        "IndexName": "due",
        "KeyConditionExpression": "pile = :s AND due <= :v",
        "ExpressionAttributeValues": {":s": {"S": "a"}, ":v": {"N": "1000000"}},
        "Limit": 3,
    }
    found = table["items"].indexes["due"].find(data)
    assert len(found) == 4


def test_the_count_of_items_is_kept(table: Any) -> None:
    assert table["ItemCount"] == sum(len(partition) for partition in table["items"].values())


def test_an_index_that_is_added_to_a_table_is_filled_from_its_rows(table: Any) -> None:
    table["GlobalSecondaryIndexes"] = [*DEFINITION["GlobalSecondaryIndexes"], {
        **DEFINITION["GlobalSecondaryIndexes"][0], "IndexName": "later",
    }]  # fmt: skip
    table["items"].index()
    data: dict[str, Any] = {
        "TableName": "rows",
        "IndexName": "later",
        "KeyConditionExpression": "pile = :s",
        "ExpressionAttributeValues": {":s": {"S": "a"}},
    }

    ours, theirs = answers(table, data)

    assert ours == theirs
    assert ours["Count"] > 10
