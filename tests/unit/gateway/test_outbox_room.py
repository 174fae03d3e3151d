"""Replies that are due while the mail server does not answer: no more are taken up than can be sent soon."""

from __future__ import annotations

import asyncio
import types
from typing import Any

from hermes.domain.replies import Reply
from hermes.gateway.replies import outbox as replies_outbox
from hermes.gateway.replies.outbox import Outbox
from hermes.mail.write import rate_limit
from tests import env


class Rows:
    """Every reply that is asked for is due, and may be leased."""

    def __init__(self) -> None:
        self.leased = 0

    async def get(self, reply_id: str) -> Reply:
        return Reply(
            reply_id=reply_id,
            kind="succeeded",
            message_id=f"<{reply_id}@agent.example.com>",
            sender="",
            recipient="anna@example.org",
            raw=b"Subject: Done\n\n",
            created_at=0.0,
            due=0.0,
        )

    async def lease(self, reply: Reply, *, until: float) -> Reply:
        self.leased += 1
        return reply.model_copy(update={"due": until})

    async def deferred(self, reply: Reply, *, until: float, error: str) -> None: ...


class Silent:
    """A mail server that takes the connection, and says nothing."""

    async def send(self, **_: object) -> str | None:
        await asyncio.Event().wait()
        return None

    async def close(self) -> None:
        pass


class Anything:
    """A rate limit that holds nothing back."""

    async def decide(self, reply: Reply) -> rate_limit.Decision:
        return rate_limit.Decision(action=rate_limit.Action.SEND)


async def test_a_mail_server_that_hangs_does_not_fill_the_memory_with_replies() -> None:
    rows: Any = Rows()
    given: Any = {
        "stores": types.SimpleNamespace(outbox=rows, sessions=None, commands=None, objects=None),
        "mailer": Silent(),
        "rate_limiter": Anything(),
    }
    outbox = Outbox(lease_seconds=120, env=env.quiet(now=lambda: 1.0), **given)

    for number in range(replies_outbox.REPLIES_HELD * 3):
        await outbox.redo(f"reply-{number}#final")

    assert rows.leased == replies_outbox.REPLIES_HELD
    await outbox.close(0)
