"""The smallest use: something runs, somebody stops it, the cleanup runs, and the reason is known."""

import asyncio

from hermes.execution import ExecutionInterrupted, ExecutionState, InterruptReason


async def edit_pages() -> None:
    """Simulates anything that takes long."""
    try:
        for page in range(1_000):
            print(f"editing page {page}")
            await asyncio.sleep(0.02)
    finally:
        print("cleaning up")


async def main() -> None:
    """Run, and stop after a while as a person would."""
    async with ExecutionState() as state:
        asyncio.get_running_loop().call_later(
            0.1, state.request_interrupt, InterruptReason.USER_CANCELLED, "changed my mind", "anna"
        )
        try:
            await state.run(edit_pages())
        except ExecutionInterrupted as stop:
            print(f"stopped by {stop.signal.triggered_by}: {stop.reason} ({stop.signal.message})")
    print(f"status: {state.status}")


if __name__ == "__main__":
    asyncio.run(main())
