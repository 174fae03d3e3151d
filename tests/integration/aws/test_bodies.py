"""Bodies that a queue would refuse: object first, message second; message deleted first, object second."""

from __future__ import annotations

import json

import pytest

from hermes import errors, ids
from hermes.aws.bodies import PREFIX, LargeQueues
from hermes.aws.queues import DeadLetters, Received
from tests.integration.stand import Stand

LARGE = json.dumps({"text": "ü" * 300_000}, ensure_ascii=False)


@pytest.fixture
def queues(aws: Stand) -> LargeQueues:
    return LargeQueues(polls=aws.clients.polls, client=aws.clients.sqs, objects=aws.objects, new_id=ids.new_id)


async def test_a_large_body_goes_through_and_leaves_nothing_behind(aws: Stand, queues: LargeQueues) -> None:
    url = aws.places.unclaimed
    await queues.send(url, LARGE, attributes={"order": "1"})
    await queues.send(url, "small")
    assert len(await aws.objects.list(PREFIX)) == 1

    got = [*await queues.receive(url, wait_seconds=2), *await queues.receive(url, wait_seconds=0)]

    assert sorted(one.body for one in got) == sorted([LARGE, "small"])
    await queues.delete(url, [one.receipt for one in got])
    assert await aws.objects.list(PREFIX) == []


async def test_a_large_dead_letter_keeps_its_body(aws: Stand, queues: LargeQueues) -> None:
    url = aws.places.unclaimed
    await queues.send(url, LARGE)
    (got,) = await queues.receive(url, wait_seconds=2)

    await DeadLetters(queues=queues, url=aws.places.dead, fifo_url=aws.places.dead_fifo).park(url, got, "because")

    (parked,) = await queues.receive(aws.places.dead, wait_seconds=2)
    assert (parked.body, parked.attributes["reason"]) == (LARGE, "because")
    assert len(await aws.objects.list(PREFIX)) == 1


async def test_a_crash_at_any_step_leaves_no_message_without_its_body(
    aws: Stand, queues: LargeQueues, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = aws.places.unclaimed

    async def crash(*_: object, **__: object) -> None:
        raise errors.AwsUnavailable("the process died here")

    with monkeypatch.context() as dying:
        dying.setattr(aws.objects, "put", crash)
        with pytest.raises(errors.AwsUnavailable):
            await queues.send(url, LARGE)
    assert await queues.receive(url, wait_seconds=0) == []

    await queues.send(url, LARGE)
    with monkeypatch.context() as dying:
        dying.setattr(aws.objects, "get", crash)
        assert await queues.receive(url, wait_seconds=1) == [], "what cannot be fetched now comes again"
        dying.undo()
    monkeypatch.setattr(aws.objects, "delete", crash)
    got: list[Received] = []
    for _ in range(10):
        got = got or await queues.receive(url, wait_seconds=1)
    with pytest.raises(errors.AwsUnavailable):
        await queues.delete(url, [got[0].receipt])
    assert got[0].body == LARGE
    assert await queues.receive(url, wait_seconds=0) == []
    assert len(await aws.objects.list(PREFIX)) == 1, "an object that nobody names is left to the lifecycle rule"


async def test_only_what_lies_under_wire_is_fetched(aws: Stand, queues: LargeQueues) -> None:
    await aws.objects.put("mails/secret.eml", b"secret")
    body = json.dumps({"v": 1, "bodyKey": "mails/secret.eml"})
    await queues.send(aws.places.unclaimed, body)

    (got,) = await queues.receive(aws.places.unclaimed, wait_seconds=2)

    assert got.body == body
