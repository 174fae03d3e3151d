"""DynamoDB: conditions, writes, transactions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hermes import errors
from hermes.aws import items, tables
from tests.integration.faults import LostAnswers
from tests.integration.stand import Stand

pytestmark = pytest.mark.rows


def put(aws: Stand, key: str, condition: tables.Condition | None = None, **values: Any) -> tables.Put:
    item = {name: items.attribute(value) for name, value in {"mail_id": key, **values}.items()}
    return tables.Put(table=aws.names.table("mails"), item=item, condition=condition)


def update(aws: Stand, key: str, **more: Any) -> tables.Update:
    return tables.Update(table=aws.names.table("mails"), key={"mail_id": key}, **more)


async def stored(aws: Stand, key: str) -> dict[str, Any] | None:
    item = await aws.tables.get(aws.names.table("mails"), {"mail_id": key})
    return {name: items.plain(value) for name, value in item.items()} if item else None


async def test_values_come_back_as_they_were(aws: Stand) -> None:
    values: dict[str, Any] = {
        "text": "Grüße \U0001f980",
        "empty": "",
        "whole": 2**53 + 1,
        "broken": 1772366400.123456,
        "tiny": 1e-7,
        "yes": True,
        "raw": bytes(range(256)),
        "list": [1, "a", None, {"x": [0.5]}],
        "map": {"a": {"b": False}},
    }
    await aws.tables.put(put(aws, "1", **values))

    assert await stored(aws, "1") == {"mail_id": "1", **values}


async def test_a_failed_condition_carries_the_item_that_stands(aws: Stand) -> None:
    await aws.tables.put(put(aws, "1", tables.absent("mail_id"), token="mine"))

    with pytest.raises(errors.ConditionFailed) as failed:
        await aws.tables.put(put(aws, "1", tables.absent("mail_id"), token="yours"))

    won = failed.value.items[0]
    assert won is not None
    assert items.plain(won["token"]) == "mine"


async def test_an_update_sets_adds_removes_and_gives_the_whole(aws: Stand) -> None:
    await aws.tables.put(put(aws, "1", state="open", old="x", count=1))

    changed = await aws.tables.update(
        update(
            aws,
            "1",
            set={"state": "done", "old": None, "reserved": {"type": "edit"}},
            add={"count": 2},
            condition=tables.equals("state", "open") & tables.at_most("count", 1),
        )
    )

    expected = {"mail_id": "1", "state": "done", "count": 3, "reserved": {"type": "edit"}}
    assert {name: items.plain(value) for name, value in changed.items()} == expected
    assert await stored(aws, "1") == expected


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (tables.equals("n", 5), True),
        (tables.equals("n", 6), False),
        (tables.less("n", 5), False),
        (tables.at_most("n", 5), True),
        (tables.at_least("n", 6), False),
        (tables.present("n") & tables.absent("m"), True),
        (tables.absent("n") | tables.equals("n", 5), True),
        (tables.one_of("state", ["a", "b"]), True),
        (tables.one_of("state", ["b", "c"]), False),
        # Two conditions on one field need two placeholders.
        (tables.at_least("n", 4) & tables.at_most("n", 6), True),
        (tables.at_least("n", 4) & tables.at_most("n", 4), False),
        ((tables.equals("n", 1) | tables.equals("n", 5)) & (tables.equals("n", 5) | tables.equals("n", 1)), True),
        ((tables.one_of("n", [1, 2]) | tables.one_of("n", [5, 6])) & tables.equals("state", "a"), True),
        (tables.absent("n") | (tables.equals("n", 5) & tables.less("n", 5)), False),
    ],
)
async def test_conditions_mean_what_they_say(aws: Stand, condition: tables.Condition, holds: bool) -> None:
    await aws.tables.put(put(aws, "1", n=5, state="a"))

    if holds:
        await aws.tables.update(update(aws, "1", set={"seen": True}, condition=condition))
    else:
        with pytest.raises(errors.ConditionFailed):
            await aws.tables.update(update(aws, "1", set={"seen": True}, condition=condition))


async def test_a_transaction_is_all_or_nothing(aws: Stand) -> None:
    await aws.tables.put(put(aws, "there", token="first"))
    writes: list[tables.Write] = [
        put(aws, "new", tables.absent("mail_id")),
        put(aws, "there", tables.absent("mail_id")),
        tables.Check(table=aws.names.table("mails"), key={"mail_id": "x"}, condition=tables.absent("mail_id")),
    ]

    with pytest.raises(errors.ConditionFailed) as failed:
        await aws.tables.transact(writes)

    assert set(failed.value.items) == {1}
    won = failed.value.items[1]
    assert won is not None
    assert items.plain(won["token"]) == "first"
    assert await stored(aws, "new") is None


async def test_a_transaction_of_all_kinds_of_writes_goes_through(aws: Stand) -> None:
    await aws.tables.put(put(aws, "a", n=1))
    await aws.tables.put(put(aws, "b", n=1))

    await aws.tables.transact(
        [
            put(aws, "c", tables.absent("mail_id")),
            update(aws, "a", set={"n": 2}, condition=tables.equals("n", 1)),
            tables.Check(table=aws.names.table("mails"), key={"mail_id": "b"}, condition=tables.at_most("n", 1)),
        ]
    )

    assert await stored(aws, "a") == {"mail_id": "a", "n": 2}
    assert await stored(aws, "c") == {"mail_id": "c"}


async def test_one_item_twice_in_a_transaction_is_refused_and_not_a_lost_condition(aws: Stand) -> None:
    with pytest.raises(errors.AwsRefused):
        await aws.tables.transact([put(aws, "1"), update(aws, "1", set={"n": 1})])


async def test_a_lost_answer_fails_on_our_own_write_and_the_item_says_so(aws: Stand) -> None:
    faults = LostAnswers(aws.clients.dynamodb, "PutItem")

    with pytest.raises(errors.ConditionFailed) as failed:
        await aws.tables.put(put(aws, "1", tables.absent("mail_id"), token="mine"))

    assert faults.lost == 1
    won = failed.value.items[0]
    assert won is not None
    assert items.plain(won["token"]) == "mine"


async def test_many_keys_are_read_in_their_order(aws: Stand) -> None:
    for key in ("a", "b"):
        await aws.tables.put(put(aws, key))
    mails, threads = aws.names.table("mails"), aws.names.table("threads")

    found = await aws.tables.get_many(
        [
            (mails, {"mail_id": "b"}),
            (threads, {"message_id": "none"}),
            (mails, {"mail_id": "a"}),
            (mails, {"mail_id": "b"}),
        ]
    )

    assert [items.plain(item["mail_id"]) if item else None for item in found] == ["b", None, "a", "b"]


async def test_a_scan_goes_over_its_pages_up_to_a_bound(aws: Stand) -> None:
    await asyncio.gather(*(aws.tables.put(put(aws, str(n), filler="x" * 100_000)) for n in range(15)))

    assert len(await aws.tables.scan(aws.names.table("mails"))) == 15
    assert len(await aws.tables.scan(aws.names.table("mails"), most=4)) == 4


async def test_of_many_writers_under_one_condition_one_wins(aws: Stand) -> None:
    async def write(n: int) -> bool:
        try:
            await aws.tables.put(put(aws, "1", tables.absent("mail_id"), token=str(n)))
        except errors.ConditionFailed:
            return False
        return True

    assert sum(await asyncio.gather(*(write(n) for n in range(10)))) == 1
