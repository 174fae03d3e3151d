"""Keeps the open generators of an execution and closes them at its end."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any, Final, TypeAlias

from hermes import limits

AnyGenerator: TypeAlias = AsyncGenerator[Any, Any] | Generator[Any, Any, Any]
"""What may be registered."""

#: A generator that is being read refuses to be closed; it is asked again after this.
_BUSY_SECONDS: Final = 0.005


class Generators:
    """Keeps open generators by identity; closes them, newest first."""

    def __init__(self) -> None:
        self._open: dict[int, AnyGenerator] = {}

    def add(self, generator: AnyGenerator) -> None:
        """Keep it."""
        if not (inspect.isasyncgen(generator) or inspect.isgenerator(generator)):
            raise TypeError(f"not a generator: {type(generator).__name__}")
        self._open[id(generator)] = generator

    def remove(self, generator: AnyGenerator) -> bool:
        """Forget it; False if it was not there."""
        return self._open.pop(id(generator), None) is not None

    async def close_all(self, seconds: float = limits.GENERATOR_CLOSE_SECONDS) -> tuple[int, list[str]]:
        """Close every generator; how many are closed, and for each that is not, why.

        One that is busy (being read by a task that the interrupt is about to cancel) is tried again until the time is up.
        """
        deadline = time.monotonic() + seconds
        closed, failures = 0, []
        while self._open:
            _, generator = self._open.popitem()
            failure = await _close(generator, deadline)
            if failure is None:
                closed += 1
            else:
                failures.append(f"{getattr(generator, '__qualname__', 'generator')}: {failure}")
        return closed, failures


async def _close(generator: AnyGenerator, deadline: float) -> str | None:
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


def _running(generator: AnyGenerator) -> bool:
    if inspect.isasyncgen(generator):
        return generator.ag_running
    assert inspect.isgenerator(generator)
    return generator.gi_running
