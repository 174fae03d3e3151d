"""The surroundings of the code as one value: clocks, waiting, ids, randomness, events and crash points.

Classes that do I/O or wait take an `env: Env`. `app/env.py` builds the real one and tests build theirs, so no test patches time.

A crash point is a named place between receiving something and having finished it. After every step that changes a record, a queue or a
mail server the code names the step: `env.crash_point("finish.recorded")`. In production this does nothing. A test passes a
callable that kills the process there, and another process must continue from what was written. Names are `noun.step`; the noun is what is
being handled, not the module.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

from hermes.domain.events import Emit

CrashPoint = Callable[[str], None]
"""Takes the name of a crash point; returns at once, or never."""


def no_crash(_: str) -> None:
    """The crash point in production: the process continues."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Env:
    """What code needs of its process."""

    now: Callable[[], float]
    """Epoch seconds: for records, which other machines read."""
    clock: Callable[[], float]
    """Monotonic seconds: for spans within this process."""
    sleep: Callable[[float], Awaitable[None]]
    """Waits for a number of seconds."""
    new_id: Callable[[], str]
    """A new unique id."""
    jitter: Callable[[], float]
    """A random number from 0 up to 1, to spread what would happen everywhere at once."""
    emit: Emit
    crash_point: CrashPoint = no_crash
