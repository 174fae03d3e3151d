"""Both together: a checker over a file and the HTTP control, on a parallel run that is shown in the terminal. The first to ask stops it.

Needs `pip install 'hermes-execution[control]' uvicorn`.
"""

import asyncio
import random
import secrets
import socket
import tempfile
from pathlib import Path

import uvicorn

from hermes.execution import (
    EventPrinter,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionRegistry,
    ExecutionState,
    ParallelExecutionManager,
    RetryConfig,
    RetryStrategy,
    StepContext,
    create_app,
)


async def page(context: StepContext) -> str:
    """Fails now and then."""
    await asyncio.sleep(random.uniform(0.01, 0.05))  # noqa: S311
    if context.attempt == 1 and random.random() < 0.5:  # noqa: S311
        raise ConnectionError("remote hung up")
    return context.step


async def main() -> None:
    """Run until the file appears or somebody posts to the control."""
    registry = ExecutionRegistry()
    listener = socket.create_server(("127.0.0.1", 0))
    control = create_app(control=registry, token=secrets.token_urlsafe())
    server = uvicorn.Server(uvicorn.Config(control, log_level="warning"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))

    with tempfile.TemporaryDirectory() as directory, EventPrinter() as printer:
        printer.attach(registry.event_bus)
        stop_file = Path(directory) / "stop"
        asyncio.get_running_loop().call_later(0.4, stop_file.touch)

        state = ExecutionState(
            state_id="pages",
            event_bus=registry.event_bus,
            retry_config=RetryConfig(strategy=RetryStrategy.FIBONACCI, initial_delay=0.02, jitter=0.5),
            checker_interval=0.05,
        )
        state.set_interrupt_checker(stop_file.exists)
        try:
            with registry.registered(state):
                async with state:
                    pages = [ExecutionEvent(name=f"page {n}", actor="agent", handler=page) for n in range(200)]
                    await ParallelExecutionManager(state=state, limit=4).gather(pages)
        except ExecutionInterrupted as stop:
            print(f"stopped: {stop.reason}")
        await registry.event_bus.aclose()

    server.should_exit = True
    await serving


if __name__ == "__main__":
    asyncio.run(main())
