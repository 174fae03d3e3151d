"""The process around the code as it is in service: real clocks, real waiting, real chance."""

from __future__ import annotations

import asyncio
import random
import time

from hermes import ids
from hermes.domain.env import CrashPoint, Env, no_crash
from hermes.domain.events import Emit


def system(*, emit: Emit, crash_point: CrashPoint = no_crash) -> Env:
    """The `Env` of a process in service. `emit` takes its events; `crash_point` is for tests that end the process."""
    return Env(
        now=time.time,
        clock=time.monotonic,
        sleep=asyncio.sleep,
        new_id=ids.new_id,
        jitter=random.random,
        emit=emit,
        crash_point=crash_point,
    )
