"""A time limit, a step with retries, and a snapshot to go on from: the second run does not repeat what the first one did."""

import asyncio
import tempfile

from hermes.execution import (
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    FileStore,
    RetryConfig,
    StepContext,
    replay,
)


async def clone(context: StepContext) -> str:
    """Fails once, as networks do."""
    if context.attempt == 1:
        raise ConnectionError("remote hung up")
    print("cloned")
    return "a1b2c3d4"


async def build(context: StepContext) -> str:
    """Takes longer than the first run may."""
    print("building")
    await asyncio.sleep(1.5)
    return "site.tar"


NETWORK = RetryConfig(initial_delay=0.01, max_attempts=3)
STEPS = [
    ExecutionEvent(name="clone", actor="git", handler=clone, retry=NETWORK),
    ExecutionEvent(name="build", actor="npm", handler=build),
]


async def main() -> None:
    """Run with too little time, then go on."""
    with tempfile.TemporaryDirectory() as directory:
        store = FileStore(directory)
        try:
            async with ExecutionState(state_id="site", store=store, autosave=True) as state:
                state.set_timeout(1, "the first run has one second")
                await replay(state, STEPS)
        except ExecutionInterrupted as stop:
            print(f"{stop.reason}: {stop.signal.message}")

        saved = await store.load("site")
        assert saved is not None
        async with ExecutionState.restore(saved, store=store, autosave=True) as state:
            state.set_timeout(60)
            print(await replay(state, STEPS))


if __name__ == "__main__":
    asyncio.run(main())
