"""Over a directory that processes share: a child process works, this one stops it and reads the history of interrupts."""

import asyncio
import sys
import tempfile

from hermes.execution import (
    EventBus,
    ExecutionInterrupted,
    ExecutionState,
    FileBackend,
    InterruptQuery,
    InterruptReason,
    InterruptSignal,
)


async def work(directory: str) -> None:
    """The child: `echo enough > DIRECTORY/job.stop` would stop it as well."""
    backend, bus = FileBackend(directory), EventBus()
    bus.subscribe(backend.record)
    try:
        async with ExecutionState("job", event_bus=bus) as state:
            state.set_interrupt_checker(backend.checker("job"))
            print("the child works", flush=True)
            await state.sleep(600)
    except ExecutionInterrupted as stop:
        print(f"the child was stopped: {stop.message}", flush=True)
    await bus.aclose()


async def main() -> None:
    """Start the child, stop it, and look."""
    with tempfile.TemporaryDirectory() as directory:
        child = await asyncio.create_subprocess_exec(sys.executable, __file__, directory)
        backend = FileBackend(directory)
        signal = InterruptSignal(
            reason=InterruptReason.RESOURCE_LIMIT, message="the disk is full", triggered_by="watch"
        )
        await backend.request_interrupt("job", signal)
        await child.wait()
        for event in await backend.interrupts(InterruptQuery(reason=InterruptReason.RESOURCE_LIMIT)):
            print(f"{event.execution_id}: {event.signal.reason.value} by {event.signal.triggered_by}")


if __name__ == "__main__":
    asyncio.run(main() if len(sys.argv) == 1 else work(sys.argv[1]))
