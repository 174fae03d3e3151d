"""Over DynamoDB: a run on one machine, stopped by another one that shares nothing with it but a table.

Credentials and region come from the environment, as everywhere on AWS (an emulator's address: AWS_ENDPOINT_URL). Needs `pip install
aiobotocore`.
"""

import asyncio

from aiobotocore.session import get_session

from hermes.execution import DynamoBackend, ExecutionInterrupted, ExecutionState, InterruptReason, InterruptSignal


async def work(backend: DynamoBackend) -> None:
    """The machine that works: it asks the table every half second, and saves a snapshot when it is stopped."""
    async with ExecutionState("report", store=backend, checker_interval=0.5) as state:
        state.set_interrupt_checker(backend.checker("report"), cache_seconds=0.5)
        await state.sleep(600)


async def main() -> None:
    """Both machines in one process, for the example."""
    async with get_session().create_client("dynamodb") as client:
        backend = DynamoBackend(client, table="hermes-executions")
        await backend.create_table()
        await backend.withdraw("report")
        working = asyncio.create_task(work(backend))
        signal = InterruptSignal(
            reason=InterruptReason.SYSTEM_SHUTDOWN, message="the machine is needed", triggered_by="operator"
        )
        await backend.request_interrupt("report", signal)
        try:
            await working
        except ExecutionInterrupted as stop:
            print(f"{stop.reason.value}: {stop.message} (by {stop.signal.triggered_by})")
        saved = await backend.load("report")
        assert saved is not None
        print(f"saved: {saved.status.value}")
        await backend.withdraw("report")
        await backend.delete("report")


if __name__ == "__main__":
    asyncio.run(main())
