"""A worker whose calls AWS refuses: it lives, its agent runs on, and its report arrives once."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hermes import limits
from hermes.aws import clients
from hermes.aws.clients import Clients
from hermes.domain import wire
from hermes.domain.commands import CommandState
from tests.eventually import eventually
from tests.integration.worker.worker_bench import BRANCH, WRITE, Bench
from tests.refusing import OPERATIONS, PASSING, Refusing

pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> list[Refusing]:
    """What stands before the worker's own clients, once it has connected; the test's are left alone."""
    made: list[Refusing] = []
    connect = clients.connect

    @contextlib.asynccontextmanager
    async def connected(**given: Any) -> AsyncIterator[Clients]:
        async with connect(**given) as found:
            made.append(Refusing(found))
            for place, operation in enumerate(op for ops in OPERATIONS.values() for op in ops):
                made[0].refuse(operation, PASSING[place % len(PASSING)])
            yield found

    monkeypatch.setattr(limits, "CLAIM_RETRY_SECONDS", 0.2)
    monkeypatch.setattr(clients, "connect", connected)
    return made


async def test_a_worker_bears_a_refusal_of_each_of_its_calls(bench: Bench, refusing: list[Refusing]) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(WRITE) as (_stop, running):
        result = await bench.result(command)
        assert (result.success, result.pushed) == (True, True)
        assert not running.done()
        assert bench.repository.show(BRANCH, "index.html") == "<h1>Hello</h1>"
        record = await bench.aws.commands.get(command.command_id)
        assert record is not None
        assert (record.state, record.attempt) == (CommandState.RUNNING, 1)
        assert {"GetQueueUrl", "ReceiveMessage", "SendMessage", "UpdateItem", "TransactWriteItems"} <= set(
            refusing[0].met
        )
    results = [one for one in bench.outputs if isinstance(one, wire.ResultMessage)]
    assert len(results) == 1


async def test_a_final_report_that_is_refused_stays_with_its_worker_and_is_shown_in_its_record(
    bench: Bench, refusing: list[Refusing]
) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(WRITE) as (_stop, running):
        await eventually(lambda: bool(refusing))
        refusing[0].lift()
        refusing[0].refuse("SendMessage", PASSING[0], times=None)
        refusing[0].refuse("SendMessageBatch", PASSING[0], times=None)

        async def reporting() -> bool:
            shown = await bench.aws.tables.get(
                bench.aws.containers.table, {"container_key": bench.queue_set.container_key}
            )
            return "'report'" in str(shown)

        await eventually(reporting)
        assert not running.done()
        refusing[0].lift()
        assert (await bench.result(command)).success
