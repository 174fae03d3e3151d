"""The backend in DynamoDB, with the SDK's own client, and the example of it."""

from __future__ import annotations

import pytest

from hermes import ids
from hermes.aws.clients import Clients
from hermes.execution import (
    DynamoBackend,
    ExecutionEvent,
    ExecutionState,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
    SnapshotError,
)
from tests.integration import stand
from tests.unit.execution.test_execution_examples import run_example

SIGNAL = InterruptSignal(reason=InterruptReason.CUSTOM, message="why")


async def test_requests_snapshots_and_history_go_through_a_table(aws_clients: Clients) -> None:
    backend = DynamoBackend(aws_clients.dynamodb, table=f"executions-{ids.new_id()}")
    for _ in range(2):
        await backend.create_table()
    assert await backend.requested("acme") is None
    await backend.request_interrupt("acme", SIGNAL)
    assert await backend.requested("acme") == SIGNAL
    await backend.withdraw("acme")
    assert await backend.requested("acme") is None

    state = ExecutionState("acme", store=backend, autosave=True)
    await ExecutionEvent(name="one", handler=lambda _: "x" * 500_000).execute(state)
    found = await backend.load("acme")
    assert found is not None
    assert found.steps[0].result_json == '"' + "x" * 500_000 + '"'
    with pytest.raises(SnapshotError, match="newer snapshot"):
        await backend.save(found.model_copy(update={"number": 0}))
    await backend.delete("acme")
    assert await backend.load("acme") is None

    for at in (1, 2):
        await backend.keep(InterruptEvent(state_id=f"e{at}", signal=SIGNAL, at=at))
    assert [event.execution_id for event in await backend.interrupts()] == ["e2", "e1"]


def test_the_example_over_dynamodb_does_what_it_says(moto: stand.Endpoint) -> None:
    environment = {
        "AWS_ENDPOINT_URL": moto.url,
        "AWS_DEFAULT_REGION": stand.REGION,
        "AWS_ACCESS_KEY_ID": stand.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": stand.SECRET_KEY,
    }
    # moto sends a header twice, which aiohttp takes for an error in the development mode
    said = run_example("distributed_dynamodb.py", environment, dev=False)
    assert "system_shutdown: the machine is needed (by operator)" in said
    assert "saved: interrupted" in said
