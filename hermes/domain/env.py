"""The process around the code, as one value: clocks, waiting, ids, chance, events, and the points at which a process may die.

Whoever does something takes an `env: Env`; `app/env.py` builds the one of service, tests build theirs, so nothing patches time.

A crash point is a named place between receiving something and being done with it. At every step after which a record, a queue or a mail
server knows more than before, the code names the step: `env.crash_point("finish.recorded")`. In service nothing happens. A test hands in a
callable that ends the process there, and another process must go on from what was written. The names are `noun.step`; the noun is what is
on its way, not the module.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

from hermes.domain.events import Emit

CrashPoint = Callable[[str], None]
"""Takes the name of the point that was reached; returns at once, or never."""


def no_crash(_: str) -> None:
    """The crash point of service: the process goes on."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Env:
    """What code needs of the process around it."""

    now: Callable[[], float]
    """Epoch seconds: for records, which other machines read."""
    clock: Callable[[], float]
    """Seconds that only go forward: for spans within this process."""
    sleep: Callable[[float], Awaitable[None]]
    """Waits so many seconds."""
    new_id: Callable[[], str]
    """An id that nothing else has."""
    jitter: Callable[[], float]
    """A number from 0 up to 1: spreads what would happen everywhere at once."""
    emit: Emit
    crash_point: CrashPoint = no_crash
