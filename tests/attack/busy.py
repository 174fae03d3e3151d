"""What other work of the machine costs a measurement: a target in seconds is for the attacked program, on a machine that runs it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

_NANO = 1e-9


def watch(*pids: int) -> Callable[[], float]:
    """Seconds from now until it is called, without those in which this process or one of `pids` was ready and had no processor.

    Only their first threads are looked at, where their loops run: the measure may be too long, never too short by more than one waited
    for the other. Where the kernel keeps no such figures, it is the time that passed.
    """
    every = (os.getpid(), *pids)
    began, waited = time.monotonic(), _waited(every)
    return lambda: max(0.0, time.monotonic() - began - (_waited(every) - waited))


def _waited(pids: tuple[int, ...]) -> float:
    """Seconds in which they were on a queue for a processor, ever (`schedstat`, its second figure, in nanoseconds)."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError, ValueError):
            continue
    return total * _NANO
