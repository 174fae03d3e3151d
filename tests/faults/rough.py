"""A mail server in bad days: it defers a mail, cuts the connection before its answer, or takes the mail and cuts it then (RFC 1047)."""

from __future__ import annotations

import asyncio
import random

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.integration.gateway.postbox import Postbox


class RoughPostbox(Postbox):
    """Every fourth mail or so meets one of them."""

    def __init__(self, *, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self.met = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        match self._random.randrange(12):
            case 0:
                self.met += 1
                return "451 4.7.1 Greylisted, try again"
            case 1:
                self.met += 1
                _cut(server)
                return "421 4.3.0 going"
            case 2:
                self.met += 1
                said = await super().handle_DATA(server, session, envelope)
                _cut(server)
                return said
            case _:
                return await super().handle_DATA(server, session, envelope)


def _cut(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()
