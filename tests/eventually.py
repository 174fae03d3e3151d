"""Waits that hold on a busy machine: for what another process or thread does and nothing announces, and for the tasks of this loop."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

#: A machine may be busy with other things: only what never comes fails.
_LEAST_SECONDS = 60.0
#: Turns of an event loop: more than any chain of tasks needs that waits for nothing else.
_TURNS = 100


async def eventually(look: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    """Look again and again until there is something to see; what was seen. `TimeoutError` after `seconds`, and not within a minute."""
    async with asyncio.timeout(max(seconds, _LEAST_SECONDS)):
        while True:
            seen = look()
            found = await seen if inspect.isawaitable(seen) else seen
            if found:
                return found
            await asyncio.sleep(0.02)


async def settled() -> None:
    """Let each task of this loop go as far as it can alone. A pause of milliseconds may be over before the tasks had their turns."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def soon(call: Callable[..., object], *arguments: object) -> None:
    """Call it when each task of this loop has gone as far as it can alone."""

    def turn(left: int) -> None:
        loop.call_soon(call, *arguments) if left == 0 else loop.call_soon(turn, left - 1)

    loop = asyncio.get_running_loop()
    turn(_TURNS)
