"""Go on after a kill: a child process is killed without warning in its second step; its successor does not repeat the first one."""

import asyncio
import os
import signal
import sys
import tempfile

from hermes.execution import ExecutionEvent, ExecutionState, FileStore, StepContext, replay


async def clone(context: StepContext) -> str:
    """Done once."""
    print("cloning", flush=True)
    return "a1b2c3d4"


async def build(context: StepContext) -> str:
    """Kills its process the first time, as a machine that loses power does."""
    print("building", flush=True)
    if "--dies" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
    return "site.tar"


STEPS = [
    ExecutionEvent(name="clone", actor="git", handler=clone),
    ExecutionEvent(name="build", actor="npm", handler=build),
]


async def run(directory: str) -> None:
    """Begin, or go on from what is saved."""
    store = FileStore(directory)
    saved = await store.load("site")
    if saved is None:
        state = ExecutionState("site", store=store, autosave=True)
    else:
        print({step.key: step.status.value for step in saved.steps}, flush=True)
        state = ExecutionState.restore(saved, store=store, autosave=True)
    async with state:
        print(await replay(state, STEPS), flush=True)


async def main() -> None:
    """Start a process that dies, then one that goes on."""
    with tempfile.TemporaryDirectory() as directory:
        for options in (["--dies"], []):
            child = await asyncio.create_subprocess_exec(sys.executable, __file__, directory, *options)
            print(f"ended with {await child.wait()}", flush=True)


if __name__ == "__main__":
    asyncio.run(main() if len(sys.argv) == 1 else run(sys.argv[1]))
