"""The rows of the outbox: one sender at a time, and nothing sent is forgotten."""

from __future__ import annotations

import asyncio

import pytest

from hermes import errors
from hermes.domain.replies import ReplyState
from tests.eventually import eventually
from tests.integration.records import reply
from tests.integration.stand import Stand

pytestmark = pytest.mark.rows


async def test_a_row_is_written_once_and_comes_back_as_it_was(aws: Stand) -> None:
    assert await aws.outbox.put(reply()) is True
    assert await aws.outbox.put(reply(message_id="<other@hermes.test>")) is False

    assert await aws.outbox.get("c1#result") == reply()
    assert await aws.outbox.all() == [reply()]


async def test_one_replica_leases_a_row(aws: Stand) -> None:
    await aws.outbox.put(reply())

    async def lease(n: int) -> bool:
        try:
            await aws.outbox.lease(reply(), until=200.0 + n)
        except errors.ConditionFailed:
            return False
        return True

    assert sum(await asyncio.gather(*(lease(n) for n in range(5)))) == 1
    stands = await aws.outbox.get("c1#result")
    assert stands is not None
    assert stands.attempts == 1


async def test_a_lease_that_has_ended_is_taken_by_another(aws: Stand) -> None:
    await aws.outbox.put(reply())
    first = await aws.outbox.lease(reply(), until=200.0)

    second = await aws.outbox.lease(first, until=400.0)

    assert second.attempts == 2
    # The first one comes back from a long sleep: it may not put the row off.
    with pytest.raises(errors.ConditionFailed):
        await aws.outbox.deferred(first, until=900.0, error="451")
    with pytest.raises(errors.ConditionFailed):
        await aws.outbox.failed(first, error="550")


async def test_sent_is_sent_whoever_says_it(aws: Stand) -> None:
    await aws.outbox.put(reply())
    first = await aws.outbox.lease(reply(), until=200.0)
    await aws.outbox.lease(first, until=400.0)

    await aws.outbox.sent(first, now=210.0, provider_id="<p@ses>", expires_at=999)

    stands = await aws.outbox.get("c1#result")
    assert stands is not None
    assert (stands.state, stands.provider_id, stands.due) == (ReplyState.SENT, "<p@ses>", None)
    with pytest.raises(errors.ConditionFailed):
        await aws.outbox.lease(stands, until=500.0)


async def test_the_due_index_has_what_is_to_be_sent(aws: Stand) -> None:
    for n in range(6):
        await aws.outbox.put(reply(f"c{n}#result", due=100.0 + n))
    await aws.outbox.failed(reply("c0#result", due=100.0), error="x" * 900)
    await aws.outbox.deferred(reply("c1#result", due=101.0), until=5000.0, error="451")

    async def look() -> bool:
        return sorted(await aws.outbox.due(before=104.0)) == ["c2#result", "c3#result", "c4#result"]

    assert await eventually(look)
