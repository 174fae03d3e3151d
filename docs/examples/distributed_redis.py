"""Over Redis: another process (or `redis-cli SET hermes:interrupt:site enough`) stops the run, and a successor goes on with it.

Needs `pip install 'hermes-execution[redis]'` and a server; its address is in REDIS_URL, else redis://127.0.0.1.
"""

import asyncio
import os

from hermes.execution import (
    EventBus,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    InterruptQuery,
    InterruptReason,
    InterruptSignal,
    RedisBackend,
    StepContext,
    replay,
)

begun = asyncio.Event()
URL = os.environ.get("REDIS_URL", "redis://127.0.0.1")


async def crawl(context: StepContext) -> str:
    """Done in the first run."""
    print("crawling")
    return "12 pages"


async def index(context: StepContext) -> str:
    """Takes too long in the first run."""
    print("indexing")
    begun.set()
    await asyncio.sleep(600 if context.state.interrupt_checker is not None else 0)
    return "an index"


STEPS = [ExecutionEvent(name="crawl", handler=crawl), ExecutionEvent(name="index", handler=index)]


async def stop_from_elsewhere() -> None:
    """What another process does, on whatever machine."""
    elsewhere = RedisBackend.from_url(URL)
    await begun.wait()
    await elsewhere.request_interrupt(
        "site",
        InterruptSignal(
            reason=InterruptReason.USER_CANCELLED, message="cancelled from the dashboard", triggered_by="anna"
        ),
    )
    await elsewhere.aclose()


async def main() -> None:
    """Run, be stopped, go on."""
    backend, bus = RedisBackend.from_url(URL), EventBus()
    bus.subscribe(backend.record)  # the history of interrupts
    other = asyncio.create_task(stop_from_elsewhere())
    try:
        async with ExecutionState("site", event_bus=bus, store=backend, autosave=True) as state:
            state.set_interrupt_checker(backend.checker("site"))
            await replay(state, STEPS)
    except ExecutionInterrupted as stop:
        print(f"{stop.reason.value}: {stop.message}")
    await other

    await backend.withdraw("site")  # the request has been carried out
    saved = await backend.load("site")
    assert saved is not None
    async with ExecutionState.restore(saved, store=backend, autosave=True) as state:
        print(await replay(state, STEPS))
    await bus.aclose()
    for event in await backend.interrupts(InterruptQuery(execution_id="site", limit=1)):
        print(f"in the history: {event.signal.reason.value} by {event.signal.triggered_by}")
    await backend.delete("site")
    await backend.aclose()


if __name__ == "__main__":
    asyncio.run(main())
