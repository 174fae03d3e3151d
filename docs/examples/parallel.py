"""Parallel work under one interrupt: at most four pages at once; when one is stopped, all are, and their cleanup has run."""

import asyncio

from hermes.execution import ErrorPolicy, ExecutionInterrupted, ExecutionState, InterruptReason

cleaned = 0


async def fetch(page: int, seconds: float = 0.01) -> int:
    """Simulates a request."""
    global cleaned
    try:
        await asyncio.sleep(seconds)
        if page == 3:
            raise ConnectionError("hung up")
        return page
    finally:
        cleaned += 1


async def main() -> None:
    """Gather results and errors, then interrupt a hundred that would take an hour."""
    state = ExecutionState()
    manager = state.parallel(limit=4, errors=ErrorPolicy.COLLECT)
    for page in range(6):
        manager.add(fetch(page))
    print(await manager.gather())

    async def newer() -> None:
        """The last to begin: it stops the others."""
        state.request_interrupt(InterruptReason.PRIORITY_OVERRIDE, "something newer")

    try:
        await state.parallel().gather([*(fetch(page, 3600) for page in range(100)), newer()])
    except ExecutionInterrupted as stop:
        print(f"{stop.reason.value}: {stop.message}; {cleaned} cleaned up, {len(asyncio.all_tasks()) - 1} left")


if __name__ == "__main__":
    asyncio.run(main())
