"""A process of the bench: started here, told what to do line by line as JSON, and ended by the end of its input.

What is measured runs in processes of its own, so that nobody's work is counted as another's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[3]
_ANSWER_SECONDS = 60.0
_END_SECONDS = 60.0

Handle = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Child:
    """The process, seen from outside."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.on_event: Callable[[dict[str, Any]], None] = lambda event: None
        """Takes what the process says unasked."""
        self._reading = asyncio.create_task(self._read(), name="read child")

    async def ask(self, **order: Any) -> dict[str, Any]:
        """An order, and its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(_ANSWER_SECONDS):
            answer = await self._answers.get()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    async def close(self) -> None:
        """End it, and wait until it has."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "event" in said:
                self.on_event(said)
            else:
                self._answers.put_nowait(said)
        self._answers.put_nowait({"error": f"a process of the bench ended ({self._process.returncode})"})


@contextlib.asynccontextmanager
async def start(module: str, log: Path, *, python: str = sys.executable, **settings: Any) -> AsyncIterator[Child]:
    """A process that runs `tests.bench.processes.{module}`, ready; `settings` are its first order. Its errors go to the log."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            python, "-m", f"tests.bench.processes.{module}",
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors, limit=2**24,
            env={"PATH": os.environ["PATH"], "HOME": str(log.parent), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
            | {name: value for name, value in os.environ.items() if name.startswith("HERMES_")},
        )  # fmt: skip
    made = Child(process)
    try:
        try:
            await made.ask(**settings)
        except RuntimeError as error:
            raise RuntimeError(f"{module}: {error}; see {log}: {log.read_text()[-2000:]}") from error
        yield made
    finally:
        await made.close()


def tell(**said: Any) -> None:
    """A line to whoever started this process; with `event` it is no answer."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def leave() -> NoReturn:
    """End this process without a word to AWS: what it holds belongs to queues that nobody reads again."""
    sys.stdout.flush()
    os._exit(0)


def run(life: Callable[[dict[str, Any]], contextlib.AbstractAsyncContextManager[Handle]]) -> None:
    """The process, seen from inside: `life` is entered with the first order, and what it gives answers the others."""
    asyncio.run(_run(life))


async def _run(life: Callable[[dict[str, Any]], contextlib.AbstractAsyncContextManager[Handle]]) -> None:
    reader = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with life(json.loads(await reader.readline())) as handle:
        tell()
        while line := await reader.readline():
            tell(**await handle(json.loads(line)))
