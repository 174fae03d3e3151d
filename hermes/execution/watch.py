"""Polls an execution's checker while something runs."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from hermes.execution import checkers, exceptions, signals


class CheckerWatch:
    """Calls the probe every `seconds` between `start` and `stop`; without a probe there is no task."""

    def __init__(self, *, name: str, seconds: float, on_signal: Callable[[signals.InterruptSignal], object]) -> None:
        self._name = name
        self.ask_every(seconds)
        self._on_signal = on_signal
        self._task: asyncio.Task[None] | None = None
        #: None: nobody is asked
        self.probe: checkers.CheckerProbe | None = None

    def ask_every(self, seconds: float) -> None:
        """Ask that often, from the next start on."""
        if not (0 < seconds < math.inf):
            raise ValueError(f"checker_interval must be a number of seconds, over zero: {seconds!r}")
        self._seconds = seconds

    def start(self) -> None:
        """Start polling, if there is a probe."""
        if self.probe is not None and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work(self.probe), name=self._name)

    def stop(self) -> None:
        """Stop polling."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    async def _work(self, probe: checkers.CheckerProbe) -> None:
        signal = None
        while signal is None:
            await asyncio.sleep(self._seconds)
            try:
                signal = await probe.ask()
            except exceptions.CheckerFailed:
                continue  # the probe has noted it, and the next checkpoint raises it
        self._on_signal(signal)
