"""The process around the code as it is in service: real clocks, real waiting, real chance."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

from hermes import ids
from hermes.domain.env import CrashPoint, Env, no_crash
from hermes.domain.events import Emit


def system(*, emit: Emit, crash_point: CrashPoint = no_crash, now: Callable[[], float] = time.time) -> Env:
    """The `Env` of a process in service. `emit` takes its events; `now` is the time of day;
    `crash_point` is for tests that end the process.
    """
    return Env(
        now=now,
        clock=time.monotonic,
        sleep=asyncio.sleep,
        new_id=ids.new_id,
        jitter=random.random,
        emit=emit,
        crash_point=crash_point,
    )
