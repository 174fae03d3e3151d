"""Sends an interrupt before anything else that its mail needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

#: The other effects of a superseding command wait at most this long for the interrupt to be sent.
INTERRUPT_SEND_SECONDS: Final = 1.0
#: And this much longer, because a worker on the same machine needs the processor to stop its command first.
INTERRUPT_LEAD_SECONDS: Final = 0.02


async def then(interrupt: asyncio.Task[None] | None, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` a moment after the interrupt was sent, so that it does not delay the interrupt on the event loop."""
    if interrupt is not None:
        await asyncio.wait([interrupt], timeout=INTERRUPT_SEND_SECONDS)
        await asyncio.sleep(INTERRUPT_LEAD_SECONDS)
    await work()
