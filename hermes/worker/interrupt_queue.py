"""The interrupts queue of this worker's container."""

from __future__ import annotations

from collections.abc import Callable

from hermes import errors
from hermes.aws.queues import DeadLetters, Queues
from hermes.domain import wire


class InterruptQueue:
    """Receives interrupts; a message that cannot be read is parked."""

    def __init__(self, *, queues: Queues, dead_letters: DeadLetters, url: str) -> None:
        self._queues = queues
        self._dead_letters = dead_letters
        self._url = url

    async def hear(self, apply: Callable[[wire.InterruptMessage], None], *, wait_seconds: int) -> None:
        """Poll once and delete what was applied. Never cancel this. Raises `errors.HermesError`."""
        heard = []
        for received in await self._queues.receive(self._url, wait_seconds=wait_seconds):
            try:
                apply(wire.read_interrupt(received.body))
                heard.append(received.receipt)
            except errors.Unreadable as error:
                await self._dead_letters.park(self._url, received, error.message)
        await self._queues.delete(self._url, heard)
