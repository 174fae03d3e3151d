"""The short-lived tasks of the gateway, each with a name and an owner. A failure is logged, and the work stays due in a record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from hermes import errors
from hermes.domain.env import Env
from hermes.domain.events import Event


class Tasks:
    """Starts tasks, at most one of a name at a time, and waits for them at the end."""

    def __init__(self, *, env: Env) -> None:
        self._env = env
        self._running: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, work: Awaitable[object]) -> asyncio.Task[None]:
        """Run `work` unless a task of this name runs already, which then does the same; returns the task."""
        if name in self._running:
            if asyncio.iscoroutine(work):
                work.close()
            return self._running[name]
        task = asyncio.get_running_loop().create_task(self._run(name, work), name=name)
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))
        return task

    async def _run(self, name: str, work: Awaitable[object]) -> None:
        try:
            await work
        except errors.HermesError as error:
            self._failed(name, error.message)
        except Exception as error:  # a bug with one command must not stop the service for the others
            self._failed(name, f"{type(error).__name__}: {error}")

    def _failed(self, name: str, why: str) -> None:
        self._env.emit(Event("task.failed", self._env.now(), f"{name}: {why}; it is tried again when due", {}))

    async def close(self, seconds: float) -> None:
        """Wait `seconds` for running tasks, then cancel them: the records have their work."""
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=seconds)
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def __len__(self) -> int:
        return len(self._running)
