"""Keeps messages that are being handled invisible: one scheduler for all of them, ten a call.

So a short visibility serves long work, and what a killed replica held is seen by another soon.
"""

from __future__ import annotations

import asyncio

from hermes import errors
from hermes.aws import queues
from hermes.domain.env import Env
from hermes.domain.events import Event


class VisibilityExtender:
    """The messages in this process's hands, renewed at a third of their visibility."""

    def __init__(self, *, queues: queues.Queues, visibility_seconds: int, env: Env) -> None:
        self._queues = queues
        self.visibility_seconds = visibility_seconds
        self._env = env
        self._held: dict[str, set[str]] = {}

    def hold(self, url: str, receipt: str) -> None:
        """Keep it invisible from now on."""
        self._held.setdefault(url, set()).add(receipt)

    def release(self, url: str, receipt: str) -> None:
        """It is deleted, given back or parked."""
        self._held.get(url, set()).discard(receipt)

    async def run(self, stop: asyncio.Event) -> None:
        """Renew until `stop`; a call that fails is made again at the next turn, of which two come before anything shows."""
        while not await queues.pause(stop, self.visibility_seconds / 3):
            for url, receipts in list(self._held.items()):
                if not receipts:
                    continue
                changes = [(receipt, self.visibility_seconds) for receipt in receipts]
                try:
                    for lost in await self._queues.change_visibility(url, changes):
                        receipts.discard(lost)
                except errors.HermesError as error:
                    self._env.emit(Event("hold.failed", self._env.now(), error.message, {}))
