"""An operator's request to look at the mailbox anew: it is in the mailbox's row, and the way in asks for it while it waits for mail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

from hermes import errors
from hermes.domain.env import Env
from hermes.domain.mailboxes import MailboxRecord, Rescan

#: The row is read this often; an operator waits for it.
RESCAN_SECONDS: Final = 20.0

log = logging.getLogger(__name__)


class RescanRows(Protocol):
    """The rows of mailboxes, as `hermes.aws.records.mailboxes` has them."""

    async def get(self, mailbox: str) -> MailboxRecord | None:
        """The row; None if the mailbox was never opened."""

    async def rescanned(self, mailbox: str, rescan: Rescan) -> None:
        """Write that a request is done."""


class Rescans:
    """The requests of one mailbox."""

    def __init__(self, *, rows: RescanRows, mailbox: str, env: Env) -> None:
        self._rows = rows
        self._mailbox = mailbox
        self._env = env
        self._begun = ""
        self.open: Rescan | None = None
        """What is to be done now."""

    async def watch(self, stop: asyncio.Event, wake: Callable[[], None]) -> None:
        """Look for requests until `stop`; `wake` ends the waiting for mail."""
        while not stop.is_set():
            try:
                row = await self._rows.get(self._mailbox)
            except errors.HermesError as error:
                log.warning("The mailbox's row was not read: %s", error, extra={"action": "imap.untold"})
            else:
                asked = row.rescan if row is not None else None
                if asked is not None and asked.done_at is None and self.open is None:
                    self.open = asked
                    wake()
            try:
                async with asyncio.timeout(RESCAN_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue

    def begins(self) -> bool:
        """Whether the open request is one that was not begun; from now on it is begun."""
        if self.open is None or self.open.rescan_id == self._begun:
            return False
        self._begun = self.open.rescan_id
        return True

    def count(self, *, again: int, old: int) -> None:
        """Note what the request led to."""
        if self.open is not None:
            self.open = self.open.model_copy(update={"again": again, "old": old})

    async def done(self) -> None:
        """Write that all of it was looked at; where that fails, the next round tries it."""
        if self.open is None:
            return
        await self._rows.rescanned(self._mailbox, self.open.model_copy(update={"done_at": self._env.now()}))
        self.open = None
