"""Every answer of DynamoDB is lost once: the write was done, and the SDK repeats it. None of hundreds is taken for another's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from botocore.exceptions import ConnectionClosedError

from hermes import errors, ids
from hermes.app import gateway as composition
from hermes.aws import clients, tables
from hermes.aws.clients import Clients
from hermes.aws.records import commands, outbox
from hermes.domain.commands import CommandState
from tests.faults.siege import deployment
from tests.integration import records as made

#: `make torture` has a thousand.
WRITES = int(os.environ.get("FAULTS_WRITES", "240"))
#: A client's budget of repetitions is 500, five for each, and a condition that failed gives nothing back: 25 lives of four writes.
BATCH = 20


class LosesEveryAnswer:
    """The first answer that comes to each write is lost; that to its repetition comes through."""

    def __init__(self, client: Any) -> None:
        self._answered: set[str] = set()
        self._session = client._endpoint.http_session
        self._send = self._session.send
        self._session.send = self._sending

    @property
    def lost(self) -> int:
        """Writes whose first answer was lost."""
        return len(self._answered)

    async def _sending(self, request: Any) -> Any:
        answer = await self._send(request)
        # The same for each repetition of one call. On a busy machine a first try may end without any answer.
        call = str(request.headers["amz-sdk-invocation-id"])
        target = request.headers.get("X-Amz-Target", b"")
        if call not in self._answered and not target.endswith((b"GetItem", b"Query", b"Scan")):
            await answer.content
            self._answered.add(call)
            raise ConnectionClosedError(endpoint_url=str(request.url))
        return answer


async def test_hundreds_of_writes_whose_answers_are_lost_are_known_as_our_own(
    endpoint_url: str, aws_clients: Clients
) -> None:
    records = await deployment(endpoint_url, aws_clients)
    numbers = range(WRITES // 4)
    await asyncio.gather(*(_given(records, number) for number in numbers))

    async def lives(batch: range) -> int:
        async with clients.connect(
            region="eu-central-1", endpoint_url=endpoint_url, access_key="test", secret_key="test"
        ) as fresh:
            faults = LosesEveryAnswer(fresh.dynamodb)
            table = tables.Tables(client=fresh.dynamodb)
            rows = outbox.OutboxRecords(tables=table, names=records.names)
            orders = commands.Commands(tables=table, names=records.names)
            found = await asyncio.gather(*(_life(number, rows, orders) for number in batch))
            assert found == [[True, 1, 200.0, CommandState.RUNNING]] * len(found)
            return faults.lost

    lost = await asyncio.gather(*(lives(numbers[start : start + BATCH]) for start in range(0, len(numbers), BATCH)))
    assert sum(lost) == WRITES


async def _life(number: int, rows: outbox.OutboxRecords, orders: commands.Commands) -> list[object]:
    """The conditional writes of one reply and one command."""
    reply = made.reply(f"r{number}", due=5.0)
    written = await rows.put(reply)
    leased = await rows.lease(reply, until=100.0)
    timed = await orders.claim_due(_command(number), until=200.0)
    claimed = await orders.claim(f"c{number}", attempt=1, gen=1, token=f"t{number}", now=1.0)
    return [written, leased.attempts, timed.due, claimed.state]


async def test_another_s_write_is_not_taken_for_our_own(endpoint_url: str, aws_clients: Clients) -> None:
    records = await deployment(endpoint_url, aws_clients)
    reply = made.reply("r1", due=5.0)
    await records.outbox.put(reply)
    await _given(records, 1)
    await records.outbox.lease(reply, until=100.0)
    await records.commands.claim_due(_command(1), until=200.0)
    await records.commands.claim("c1", attempt=1, gen=1, token="t1", now=1.0)

    # The same times as the first: only the tokens differ.
    assert not await records.outbox.put(made.reply("r1", due=5.0, created_at=2.0))
    for again in (
        lambda: records.outbox.lease(reply, until=100.0),
        lambda: records.commands.claim_due(_command(1), until=200.0),
        lambda: records.commands.claim("c1", attempt=1, gen=1, token="t2", now=1.0),
    ):
        assert await _refused(again)


async def _given(records: composition.Records, number: int) -> None:
    await records.tables.transact(
        [
            records.sessions.begin(made.session(session_id=f"s{number}")),
            records.commands.accept(_command(number)),
        ]
    )


async def _refused(write: Callable[[], Awaitable[object]]) -> bool:
    try:
        await write()
    except errors.ConditionFailed:
        return True
    return False


def _command(number: int) -> Any:
    return made.command(f"c{number}", session_id=f"s{number}", due=1.0, due_shard=ids.due_shard(f"c{number}"))
