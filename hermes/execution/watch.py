"""Polls an execution's checker while something runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hermes.execution import checkers, signals


class CheckerWatch:
    """Calls the probe every `seconds` between `start` and `stop`; without a probe there is no task."""

    def __init__(self, *, name: str, seconds: float, on_signal: Callable[[signals.InterruptSignal], object]) -> None:
        if seconds <= 0:
            raise ValueError("a checker is asked again after more than zero seconds")
        self._name = name
        self._seconds = seconds
        self._on_signal = on_signal
        self._task: asyncio.Task[None] | None = None
        #: None: nobody is asked
        self.probe: checkers.CheckerProbe | None = None

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
            except checkers.CheckerFailed:
                continue  # the probe has noted it, and the next checkpoint raises it
        self._on_signal(signal)
