"""Keeps the open generators and tasks of an execution and closes them at its end."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any, Final, TypeAlias

from hermes import limits

AnyGenerator: TypeAlias = AsyncGenerator[Any, Any] | Generator[Any, Any, Any] | asyncio.Future[Any]
"""What may be registered: a generator of either kind, a task or another future."""

#: A generator that is being read refuses to be closed; it is asked again after this.
_BUSY_SECONDS: Final = 0.005


class Generators:
    """Keeps open generators and running tasks; closes them, newest first. A task that ends by itself leaves by itself."""

    def __init__(self) -> None:
        #: what is open
        self.active: set[AnyGenerator] = set()
        self._numbers: dict[int, int] = {}
        self._next = itertools.count()

    def add(self, generator: AnyGenerator) -> None:
        """Keep it."""
        if isinstance(generator, asyncio.Future):
            generator.add_done_callback(self.remove)
        elif not (inspect.isasyncgen(generator) or inspect.isgenerator(generator)):
            raise TypeError(f"neither a generator nor a task: {type(generator).__name__}")
        self.active.add(generator)
        self._numbers[id(generator)] = next(self._next)

    def remove(self, generator: AnyGenerator) -> bool:
        """Forget it; False if it was not there."""
        known = generator in self.active
        self.active.discard(generator)
        self._numbers.pop(id(generator), None)
        return known

    async def close_all(self, seconds: float = limits.GENERATOR_CLOSE_SECONDS) -> tuple[int, list[str]]:
        """Close every generator and cancel every task but the caller's own; how many are closed, and for each that is not, why.

        One that is busy (being read by a task that the interrupt is about to cancel) is tried again until the time is up.
        """
        deadline = time.monotonic() + seconds
        closed, failures = 0, []
        while self.active:
            batch = sorted(self.active, key=lambda one: self._numbers.get(id(one), -1), reverse=True)
            for one in batch:
                self.remove(one)
                if isinstance(one, asyncio.Future) and one is not asyncio.current_task():
                    one.cancel()  # all at once, and waited for in turn
            for one in batch:
                if one is asyncio.current_task():
                    continue
                failure = await _close(one, deadline)
                if failure is None:
                    closed += 1
                else:
                    failures.append(f"{_name(one)}: {failure}")
        return closed, failures


def _name(generator: AnyGenerator) -> str:
    if isinstance(generator, asyncio.Task):
        return generator.get_name()
    return str(getattr(generator, "__qualname__", type(generator).__name__))


async def _close(generator: AnyGenerator, deadline: float) -> str | None:
    if isinstance(generator, asyncio.Future):
        return await _ended(generator, deadline)
    while True:
        try:
            if inspect.isasyncgen(generator):
                async with asyncio.timeout(max(deadline - time.monotonic(), _BUSY_SECONDS)):
                    await generator.aclose()
            else:
                assert inspect.isgenerator(generator)
                generator.close()
        except Exception as error:
            if not _running(generator) or time.monotonic() >= deadline:
                return f"{type(error).__name__}: {error}"
            await asyncio.sleep(_BUSY_SECONDS)
        else:
            return None


async def _ended(task: asyncio.Future[Any], deadline: float) -> str | None:
    """Wait for the cleanup of a task that was cancelled; an exception of the cleanup is its reader's business, and said as well."""
    await asyncio.wait({task}, timeout=max(deadline - time.monotonic(), _BUSY_SECONDS))
    if not task.done():
        return "it takes no notice of being cancelled"
    error = None if task.cancelled() else task.exception()
    return None if error is None else f"{type(error).__name__}: {error}"


def _running(generator: AnyGenerator) -> bool:
    if inspect.isasyncgen(generator):
        return generator.ag_running
    assert inspect.isgenerator(generator)
    return generator.gi_running
