"""An agent that uses a tool, as users of the established API write it, shown in the terminal and stopped by a person."""

import asyncio

from hermes.execution import (
    Agent,
    EventBus,
    EventPrinter,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    InterruptReason,
    Tool,
)


async def look_up(input_data: str, context: dict[str, int], state: ExecutionState) -> str:
    """The tool."""
    await asyncio.sleep(0.01)
    return f"{input_data}: {context['year']}"


async def research(input_data: list[str], context: dict[str, int], state: ExecutionState) -> list[str]:
    """The agent: asks the tool about one thing after the other, until it is stopped."""
    tool = Tool(name="look up", handler=look_up)
    found: list[str] = []
    while True:
        for name in input_data:
            found.append(await ExecutionEvent(actor=tool)(name, context, state))


async def main() -> None:
    """Run the agent for a while, as a person would."""
    bus = EventBus()
    bus.subscribe(EventPrinter())
    state = ExecutionState(event_bus=bus)
    agent = Agent(name="researcher", handler=research, preconditions=[lambda input_data: bool(input_data)])
    asyncio.get_running_loop().call_later(
        0.1, state.request_interrupt, InterruptReason.USER_CANCELLED, "seen enough", "anna"
    )
    try:
        await ExecutionEvent(actor=agent)(["bees", "wasps"], {"year": 2026}, state)
    except ExecutionInterrupted as stop:
        print(f"stopped: {stop.reason.value}, {stop.message}, by {stop.signal.triggered_by}")
    await bus.aclose()


if __name__ == "__main__":
    asyncio.run(main())
