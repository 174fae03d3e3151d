"""Where the newest refresh token of a mailbox is kept: a record that all gateways share, reached from the threads that log in."""

from __future__ import annotations

import asyncio
from typing import Final

from hermes.aws.records.refresh_tokens import RefreshTokenRecords
from hermes.config.ingress_settings import OAuthSettings
from hermes.domain.env import Env

#: One look or write, while a login waits for it.
_SECONDS: Final = 15.0


class RecordedRefreshToken:
    """See `hermes.https.access_tokens.KeptRefreshToken`; to be made where the event loop runs."""

    def __init__(self, settings: OAuthSettings, *, rows: RefreshTokenRecords, env: Env) -> None:
        self._configured = settings.refresh_token
        self._rows = rows
        self._env = env
        self._loop = asyncio.get_running_loop()

    def newest(self) -> str | None:
        """What the provider gave last."""
        return asyncio.run_coroutine_threadsafe(self._rows.newest(self._configured), self._loop).result(_SECONDS)

    def keep(self, given: str) -> None:
        """Write what the provider gave."""
        writing = self._rows.keep(self._configured, given, now=self._env.now())
        asyncio.run_coroutine_threadsafe(writing, self._loop).result(_SECONDS)


def kept(settings: OAuthSettings | None, rows: RefreshTokenRecords | None, env: Env) -> RecordedRefreshToken | None:
    """Where the refresh token of these settings is kept; None where they have none."""
    if settings is None or not settings.refresh_token or rows is None:
        return None
    return RecordedRefreshToken(settings, rows=rows, env=env)
