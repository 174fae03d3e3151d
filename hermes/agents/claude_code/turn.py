"""Detects when the work of a Claude Code process is done; a server that it started may keep the process alive for ever.

A `result` ends a turn. A background helper starts another turn when it ends, so the work is not done while a helper runs.
"""

from __future__ import annotations

import asyncio
from typing import Final

from hermes.agents.claude_code import events

#: An agent that has given its result may end by itself for this long: a helper's news or its transcript may still be on the way.
AGENT_RESULT_SECONDS: Final = 10.0


class TurnEnd:
    """Follows the events of one process."""

    def __init__(self, *, grace_seconds: float | None = None) -> None:
        self._grace_seconds = AGENT_RESULT_SECONDS if grace_seconds is None else grace_seconds
        self._ended = False
        self._helpers: set[str] = set()
        self._over, self._begun, self._given_up = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def note(self, event: events.Event) -> None:
        """One event, in order."""
        match event:
            case events.Ended():
                self._ended = True
            case events.SessionStarted():
                self._ended = False
            case events.HelperBegan(task_id):
                self._helpers.add(task_id)
            case events.HelperEnded(task_id):
                self._helpers.discard(task_id)
            case _:
                return
        over = self._ended and not self._helpers
        (self._over.set if over else self._over.clear)()
        (self._begun.clear if over else self._begun.set)()

    def give_up(self) -> None:
        """Nothing can come of it any more."""
        self._given_up.set()
        self._over.set()

    async def settled(self) -> None:
        """Returns when the last turn has been over for the grace, in which the process may end by itself; at once when it is given up."""
        while not self._given_up.is_set():
            await self._over.wait()
            if self._given_up.is_set():
                return
            try:
                async with asyncio.timeout(self._grace_seconds):
                    await self._begun.wait()
            except TimeoutError:
                return
