"""Keeps messages that are being handled invisible, with one scheduler for all and ten messages in a call.

So a short visibility is enough for long work, and another replica soon sees the messages of a killed one.
"""

from __future__ import annotations

import asyncio

from hermes import errors
from hermes.aws import queues
from hermes.domain.env import Env
from hermes.domain.events import Event


class VisibilityExtender:
    """The messages that this process handles, renewed at a third of their visibility."""

    def __init__(self, *, queues: queues.Queues, visibility_seconds: int, env: Env) -> None:
        self._queues = queues
        self.visibility_seconds = visibility_seconds
        self._env = env
        self._held: dict[str, set[str]] = {}

    def hold(self, url: str, receipt: str) -> None:
        """Keep a message invisible from now on."""
        self._held.setdefault(url, set()).add(receipt)

    def release(self, url: str, receipt: str) -> None:
        """Stop renewing a message that was deleted, given back or parked."""
        self._held.get(url, set()).discard(receipt)

    async def run(self, stop: asyncio.Event) -> None:
        """Renew until `stop`. A failed call is repeated at the next turn; there are two turns before a message is visible."""
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
