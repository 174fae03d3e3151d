"""A bounded wait for something that another process or thread does, and that nothing announces."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def eventually(look: Callable[[], Any], *, seconds: float = 10.0) -> Any:
    """Look again and again until there is something to see; what was seen. Fails with `TimeoutError` after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            seen = look()
            found = await seen if inspect.isawaitable(seen) else seen
            if found:
                return found
            await asyncio.sleep(0.02)
