"""Keeps within what the mail provider allows (`mail.smtp.per_minute`, `per_day`)."""

from __future__ import annotations

import asyncio

from hermes.aws.records.sending_counts import SendingCounts
from hermes.config import loading as config
from hermes.domain.decisions import sending_allowance
from hermes.domain.env import Env
from hermes.mail.write import rate_limit


class SendingAllowance:
    """Counts each reply that is about to be offered to the server."""

    def __init__(self, *, counts: SendingCounts, settings: config.Smtp, env: Env) -> None:
        self._counts = counts
        self._windows = sending_allowance.windows(per_minute=settings.per_minute, per_day=settings.per_day)
        self._account = f"{settings.username or ''}@{settings.host}:{settings.port}"
        self._env = env
        self._turn = asyncio.Lock()

    async def take(self) -> rate_limit.Decision:
        """The decision: send, or hold until there may be room. Raises `errors.Transient`."""
        if not self._windows:
            return rate_limit.Decision(action=rate_limit.Action.SEND)
        async with self._turn:  # so that replies of this process do not compete for the row
            full = await self._counts.take(self._account, self._windows, now=self._env.now())
        if full is None:
            return rate_limit.Decision(action=rate_limit.Action.SEND)
        # So that held replies do not all come back at once.
        until = max(full.until, self._env.now()) + full.window.slot + self._env.jitter() * full.window.seconds / 30
        reason = f"{full.window.most} replies in a {full.window.name}, as mail.smtp.per_{full.window.name} allows"
        return rate_limit.Decision(action=rate_limit.Action.HOLD, until=until, reason=reason)
