"""A mail server in bad days: it defers a mail, cuts the connection before its answer, or takes the mail and cuts it then (RFC 1047)."""

from __future__ import annotations

import asyncio
import collections
import random

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.integration.gateway.postbox import Postbox

#: Of so many mails each kind of bad luck meets one.
_BAD = ("greylisted", "cut", "taken and cut")
_DECK = (*_BAD, *[""] * 9)


class RoughPostbox(Postbox):
    """Every fourth mail meets one of them."""

    def __init__(self, *, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)
        # A short run meets each of them as well: the first mails have bad luck.
        self._deck = self._random.sample(_BAD, len(_BAD))
        self.met: collections.Counter[str] = collections.Counter()
        """Kind → mails that met it."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if not self._deck:
            self._deck = self._random.sample(_DECK, len(_DECK))
        luck = self._deck.pop()
        if luck:
            self.met[luck] += 1
        match luck:
            case "greylisted":
                return "451 4.7.1 Greylisted, try again"
            case "cut":
                _cut(server)
                return "421 4.3.0 going"
            case "taken and cut":
                said = await super().handle_DATA(server, session, envelope)
                _cut(server)
                return said
            case _:
                return await super().handle_DATA(server, session, envelope)


def _cut(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()
