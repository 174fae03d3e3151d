"""Retries: a tool that fails at first, the settings that apply to it and why, and a pause that an interrupt ends at once."""

import asyncio
import time

from hermes.execution import (
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    RetryConfig,
    RetryLevels,
    RetryStrategy,
    StepEvent,
    Tool,
)


class Flaky:
    """A service that answers the third time."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, input_data: str, context: object, state: ExecutionState) -> str:
        self.calls += 1
        if self.calls < 3:
            raise ConnectionError("hung up")
        return f"{input_data} after {self.calls} calls"


async def main() -> None:
    """Succeed at the third attempt, then be interrupted while waiting for another one."""
    quick = RetryConfig(
        max_attempts=5, initial_delay=0.01, strategy=RetryStrategy.FIBONACCI, jitter=0.5, deny=[ValueError]
    )
    state = ExecutionState(retry_config=RetryLevels(by_actor={Tool: quick}))
    tool = Tool(name="api_client", handler=Flaky())
    print(state.choose_retry(actor=tool).explain())
    print(await ExecutionEvent(actor=tool)("data", {}, state))

    patient = Tool(name="patient", handler=Flaky(), retry_config=RetryConfig(max_attempts=5, initial_delay=3600))
    asyncio.get_running_loop().call_later(0.05, state.request_interrupt)
    began = time.monotonic()
    try:
        await ExecutionEvent(actor=patient)("data", {}, state)
    except ExecutionInterrupted as stop:
        print(f"stopped in the pause: {stop.reason.value}, {time.monotonic() - began < 60}")
    for event in state.history:
        if isinstance(event, StepEvent) and event.step == "patient":
            print(f"{event.status.value}, attempt {event.attempt}: {event.error}")


if __name__ == "__main__":
    asyncio.run(main())
