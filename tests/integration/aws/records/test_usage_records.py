"""The counters of shares: room is a condition, nothing falls below zero, and a transaction counts wholly or not at all."""

from __future__ import annotations

import dataclasses

import pytest

from hermes import errors
from hermes.aws.records.usage import Usage
from hermes.domain.decisions import shares
from hermes.domain.decisions.shares import Grant, Measure, Share, ShareLimit, Whose
from tests.integration.stand import Stand

pytestmark = pytest.mark.rows

NOW = 1_800_000_000.0
SHARE = Share(open_commands=2, commands_per_hour=3, cost_usd_per_day=1.0)


def _limits(name: str = "acme/site") -> dict[Measure, ShareLimit]:
    grant = Grant(whose=Whose.PROJECT, name=name, share=SHARE)
    return {limit.measure: limit for limit in shares.limits_of([grant], NOW)}


async def test_a_counter_takes_as_many_as_there_is_room_for_and_gives_them_back(aws: Stand) -> None:
    usage, limit = Usage(tables=aws.tables, names=aws.names), _limits()[Measure.OPEN]

    async def used() -> float:
        (row,) = await usage.all()
        return row.used

    for _ in range(2):
        await aws.tables.transact([usage.take(limit, now=NOW)])
    with pytest.raises(errors.ConditionFailed) as full:
        await aws.tables.transact([usage.take(limit, now=NOW)])
    assert (set(full.value.items), await used()) == ({0}, 2)

    for _ in range(2):
        await aws.tables.transact([usage.give_back(limit.row, now=NOW)])
    with pytest.raises(errors.ConditionFailed):
        await aws.tables.transact([usage.give_back(limit.row, now=NOW)])
    (row,) = await usage.all()
    assert (row.used, row.changes, row.subject, row.measure) == (0, 4, "project acme/site", Measure.OPEN)
    with pytest.raises(errors.ConditionFailed):
        await aws.tables.transact([usage.give_back("nobody open", now=NOW)])


async def test_one_that_is_full_keeps_the_others_from_being_counted_and_says_which(aws: Stand) -> None:
    usage, limits = Usage(tables=aws.tables, names=aws.names), _limits()
    full = dataclasses.replace(_limits("acme/shop")[Measure.HOURLY], most=1.0)
    await aws.tables.transact([usage.take(full, now=NOW)])

    with pytest.raises(errors.ConditionFailed) as failed:
        await aws.tables.transact([usage.take(one, now=NOW) for one in (*limits.values(), full)])

    assert set(failed.value.items) == {3}
    assert [row.usage_id for row in await usage.all()] == [full.row]


async def test_money_is_looked_at_first_and_counted_at_the_end(aws: Stand) -> None:
    usage, limit = Usage(tables=aws.tables, names=aws.names), _limits()[Measure.DAILY]

    for dollars in (0.75, shares.dollars(0.0001), 0.3):
        await aws.tables.transact([usage.take(limit, now=NOW)])
        await aws.tables.transact([usage.spend(limit.subject, dollars, now=NOW)])
    with pytest.raises(errors.ConditionFailed):
        await aws.tables.transact([usage.take(limit, now=NOW)])

    (row,) = await usage.all()
    assert row.used == pytest.approx(1.0501)
    assert row.until is not None
    assert row.expires_at is not None
    assert row.until < row.expires_at


async def test_a_count_is_corrected_only_as_it_was_seen(aws: Stand) -> None:
    usage, limit = Usage(tables=aws.tables, names=aws.names), _limits()[Measure.OPEN]
    await aws.tables.transact([usage.take(limit, now=NOW)])
    (seen,) = await usage.all()
    await aws.tables.transact([usage.take(limit, now=NOW)])
    await aws.tables.transact([usage.give_back(limit.row, now=NOW)])

    with pytest.raises(errors.ConditionFailed):
        await usage.correct(seen, 0)
    (seen,) = await usage.all()
    await usage.correct(seen, 0)
    assert [row.used for row in await usage.all()] == [0]
