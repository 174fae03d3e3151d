"""A bounded wait for something that another process or thread does, and that nothing announces."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

#: A machine may be busy with other things: only what never comes fails.
_LEAST_SECONDS = 60.0


async def eventually(look: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    """Look again and again until there is something to see; what was seen. `TimeoutError` after `seconds`, and not within a minute."""
    async with asyncio.timeout(max(seconds, _LEAST_SECONDS)):
        while True:
            seen = look()
            found = await seen if inspect.isawaitable(seen) else seen
            if found:
                return found
            await asyncio.sleep(0.02)
