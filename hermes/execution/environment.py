"""The surroundings of an execution: clocks, pauses and ids, which tests replace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hermes import ids, limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Clocks, pauses, ids, and the length of the history."""

    now: Callable[[], float] = time.time
    """Epoch seconds: stamps what is recorded."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds: measures."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Makes the pauses."""
    new_id: Callable[[], str] = ids.new_id
    history_limit: int = limits.EXECUTION_HISTORY
    """Entries kept of the history."""


REAL = Environment()
"""The machine's own."""
