"""The messages of the input queue that this worker has received and not finished, kept invisible to others."""

from __future__ import annotations

import asyncio
import logging

from hermes import errors, limits
from hermes.aws.queues import DeadLetters, Queues, Received
from hermes.domain import wire

_LOG = logging.getLogger(__name__)


class Inbox:
    """Receives, renews, deletes and returns messages."""

    def __init__(
        self,
        *,
        queues: Queues,
        dead_letters: DeadLetters,
        url: str,
        visibility_seconds: int = limits.VISIBILITY_SECONDS,
    ) -> None:
        self._queues = queues
        self._dead_letters = dead_letters
        self._url = url
        self._visibility_seconds = visibility_seconds
        self._held: dict[str, Received] = {}

    @property
    def held(self) -> int:
        """Number of messages that are held."""
        return len(self._held)

    async def receive(self, *, most: int, wait_seconds: int) -> list[tuple[Received, wire.CommandMessage]]:
        """Commands, in the order of their sessions. One that cannot be read is parked at once. Never cancel this."""
        found = []
        for received in await self._queues.receive(
            self._url, most=most, wait_seconds=wait_seconds, visibility_seconds=self._visibility_seconds
        ):
            try:
                message = wire.read_command(received.body)
            except errors.Unreadable as error:
                await self.park(received, error.message)
                continue
            self._held[received.receipt] = received
            found.append((received, message))
        return found

    async def renew(self) -> None:
        """Renew the visibility of held messages, at a third of it. Messages that are no longer ours are dropped."""
        changes = [(receipt, self._visibility_seconds) for receipt in self._held]
        if not changes:
            return
        try:
            for receipt in await self._queues.change_visibility(self._url, changes):
                self._held.pop(receipt, None)
        except errors.HermesError as error:
            _LOG.warning("Messages could not be kept invisible.", extra={"action": "inbox.renew", "why": error.message})

    async def delete(self, received: Received) -> None:
        """Delete a finished message. If that fails it comes again, and the record and the journal recognise it."""
        self._held.pop(received.receipt, None)
        try:
            await self._queues.delete(self._url, [received.receipt])
        except errors.HermesError as error:  # also if it is refused: the command is done and reported all the same
            _LOG.warning("A message could not be deleted.", extra={"action": "inbox.delete", "why": error.message})

    async def give_back(self, received: Received) -> None:
        """Make a message visible to others now."""
        await self.postpone(received, 0)

    async def postpone(self, received: Received, seconds: int) -> None:
        """Make a message visible again after this time."""
        self._held.pop(received.receipt, None)
        try:
            await self._queues.change_visibility(self._url, [(received.receipt, seconds)])
        except errors.HermesError as error:
            _LOG.warning("A message could not be given back.", extra={"action": "inbox.release", "why": error.message})

    def let_go(self, received: Received) -> None:
        """Stop renewing a message: it comes back to the owner of the queue."""
        self._held.pop(received.receipt, None)

    async def park(self, received: Received, why: str) -> None:
        """Move a message to the dead-letter queue, for the operator."""
        self._held.pop(received.receipt, None)
        _LOG.error(
            "A command message was parked: %s", why, extra={"action": "inbox.parked", "message_id": received.message_id}
        )
        try:
            await self._dead_letters.park(self._url, received, why)
        except errors.HermesError as error:  # it comes again; other commands continue meanwhile
            _LOG.warning("A message could not be parked.", extra={"action": "inbox.park", "why": error.message})

    async def keep_renewing(self) -> None:
        """Renew until cancelled."""
        while True:
            await asyncio.sleep(self._visibility_seconds / 3)
            await self.renew()
