"""An interrupt goes before whatever else its mail asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

#: What a superseding command owes beside its interrupt waits for the interrupt to be sent, at most this long.
INTERRUPT_SEND_SECONDS: Final = 1.0
#: And this much longer: a worker on the same machine needs the processor to stop what runs, before which little else can begin.
INTERRUPT_LEAD_SECONDS: Final = 0.02


async def then(interrupt: asyncio.Task[None] | None, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` a moment after the interrupt was sent: what is made ready beside it would take its time on the event loop."""
    if interrupt is not None:
        await asyncio.wait([interrupt], timeout=INTERRUPT_SEND_SECONDS)
        await asyncio.sleep(INTERRUPT_LEAD_SECONDS)
    await work()
