"""The mail server that takes the replies of everybody: aiosmtpd, which notes when it was handed what."""

from __future__ import annotations

import asyncio
import re
import time

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.integration.gateway.postbox import Postbox

_ANSWERS = re.compile(rb"^In-Reply-To:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


class Sink(Postbox):
    """Keeps no mail; tells whoever waits for one when it came."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[str, asyncio.Future[float]] = {}

    def answer_to(self, message_id: str) -> asyncio.Future[float]:
        """When the answer to this mail was handed over, by the monotonic clock."""
        return self._waiting.setdefault(message_id, asyncio.get_running_loop().create_future())

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take it."""
        at, raw = time.monotonic(), bytes(envelope.original_content or b"")
        named = _ANSWERS.search(raw)
        waiting = self._waiting.pop(named[1].decode(), None) if named else None
        if waiting is not None and not waiting.done():
            waiting.set_result(at)
        return "250 2.0.0 OK"
