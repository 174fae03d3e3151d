"""A checker over a file: `touch` it from anywhere (another process, another machine) and the run stops."""

import asyncio
import tempfile
from pathlib import Path

from hermes.execution import ExecutionInterrupted, ExecutionState, InterruptReason, InterruptSignal


def file_checker(path: Path) -> InterruptSignal | None:
    """Stop when the file is there; its text is the message. A database or Redis key is asked in the same way, with `async def`."""
    if not path.exists():
        return None
    return InterruptSignal(
        reason=InterruptReason.USER_CANCELLED, message=path.read_text().strip(), triggered_by=path.name
    )


async def main() -> None:
    """Run until the file appears."""
    with tempfile.TemporaryDirectory() as directory:
        stop_file = Path(directory) / "stop"
        asyncio.get_running_loop().call_later(0.1, stop_file.write_text, "somebody said stop\n")

        async with ExecutionState(checker_interval=0.05) as state:
            state.set_interrupt_checker(lambda: file_checker(stop_file), cache_seconds=0.05)
            try:
                for item in range(1_000):
                    await state.check_interrupt()  # asks the file, at most every 0.05 s
                    print(f"item {item}")
                    await state.sleep(0.03)  # and is asked here too, in the background
            except ExecutionInterrupted as stop:
                print(f"{stop.reason}: {stop.signal.message} (from {stop.signal.triggered_by})")


if __name__ == "__main__":
    asyncio.run(main())
