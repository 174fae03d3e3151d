"""Keeps the parts of one machine running: starts them in order, starts again what ends by itself, stops them in reverse order.

Each part (the emulator, the gateway) is a separate process, so that SIGKILL of one is no more than a pause of that one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from hermes import errors

#: The first pause before a part is started again; each further one is twice as long.
FIRST_PAUSE_SECONDS: Final = 0.1
LAST_PAUSE_SECONDS: Final = 30.0
#: A part that ran for so long is well: the next pause is the first again.
WELL_SECONDS: Final = 60.0

_log = logging.getLogger(__name__)


class Supervised(Protocol):
    """A process that can be started again."""

    name: str

    async def start(self) -> None:
        """Start it and wait until it does its work. Raises `errors.HermesError`."""

    async def wait(self) -> int:
        """Wait for its end and return its exit status."""

    async def stop(self) -> str | None:
        """Stop it in order. Returns a sentence if it had to be killed."""


class Supervisor:
    """Runs its parts until it is told to stop."""

    def __init__(
        self,
        parts: Sequence[Supervised],
        *,
        clock: Callable[[], float] = time.monotonic,
        first_pause: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        """`parts` in the order of their start: each may use the ones before it."""
        self._parts = parts
        self._clock = clock
        self._first_pause = first_pause
        self.restarts: dict[str, int] = {}
        """How often each part was started again."""

    async def run(self, stop: asyncio.Event, *, started: Callable[[], None] = lambda: None) -> None:
        """Until `stop`; `started` is called when every part does its work. Raises what the first start of a part raises."""
        running: list[Supervised] = []
        keepers: list[asyncio.Task[None]] = []
        try:
            for part in self._parts:
                if not await _started(part, stop):
                    return
                running.append(part)
                keepers.append(asyncio.create_task(self._keep(part, stop), name=part.name))
            started()
            await stop.wait()
        finally:
            stop.set()
            for part, keeper in zip(reversed(running), reversed(keepers), strict=True):
                keeper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await keeper
                if warning := await part.stop():
                    _log.warning("%s", warning)

    async def _keep(self, part: Supervised, stop: asyncio.Event) -> None:
        pause, began = self._first_pause, self._clock()
        while True:
            status = await part.wait()
            if stop.is_set():
                return
            if self._clock() - began >= WELL_SECONDS:
                pause = self._first_pause
            _log.error(
                "The %s ended by itself (%s); it is started again in %g s.", part.name, _how(status), pause,
                extra={"action": "part.restarted"},
            )  # fmt: skip
            await asyncio.sleep(pause)
            pause, began = min(pause * 2, LAST_PAUSE_SECONDS), self._clock()
            try:
                await part.start()
            except errors.HermesError as error:
                _log.error("The %s cannot be started: %s", part.name, error.message)
            else:
                self.restarts[part.name] = self.restarts.get(part.name, 0) + 1


async def _started(part: Supervised, stop: asyncio.Event) -> bool:
    """Start it; False if it was told to stop before it did its work. A start that is cut short leaves no process."""
    starting, stopping = asyncio.create_task(part.start()), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            return True
        return False
    finally:
        for task in (starting, stopping):
            task.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
