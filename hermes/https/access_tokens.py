"""Access tokens for a mail server whose provider takes no passwords: fetched from the provider, kept until shortly before they end.

Two ways: client credentials, where the administrator let the application into the mailbox (Microsoft 365), and a refresh token, where
the mailbox's owner has consented. Source: RFC 6749, 4.4 and 6.
"""

from __future__ import annotations

import dataclasses
import http.client
import json
import logging
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from hermes import errors, limits
from hermes.config.ingress_settings import OAuthSettings
from hermes.https import posting
from hermes.mail.parse import headers

#: One question to the token server.
OAUTH_SECONDS: Final = 15.0
#: A token is renewed so long before it ends, so that a login never carries one that ends on the way.
OAUTH_EARLY_SECONDS: Final = 300.0
#: Where the server does not say how long a token is good for.
OAUTH_LIFE_SECONDS: Final = 600.0
#: What a token server says of a request that no repetition makes right (RFC 6749, 5.2).
_FINAL: Final = frozenset(
    {"invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"}
)


log = logging.getLogger(__name__)


class KeptRefreshToken(Protocol):
    """Where the newest refresh token of one consent is kept, for later processes and for others. Its methods block."""

    def newest(self) -> str | None:
        """What the provider gave last; None where it gave none. Raises `errors.HermesError`, `TimeoutError`."""

    def keep(self, given: str) -> None:
        """Write what the provider gave. Raises `errors.HermesError`, `TimeoutError`."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Held:
    token: str
    until: float


class AccessTokens:
    """The tokens of one account. Its methods block: they are called in a thread."""

    def __init__(
        self, settings: OAuthSettings, *, clock: Callable[[], float], kept: KeptRefreshToken | None = None
    ) -> None:
        """`clock` are seconds that only go forward; without `kept` a new refresh token lives as long as this object."""
        self._settings = settings
        self._kept = kept
        self._clock = clock
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._refresh_token = settings.refresh_token
        self._unkept: str | None = None
        """A new refresh token whose keeping failed."""

    def token(self) -> str:
        """One that is good for some minutes.

        Raises `errors.TokenRefused` where the provider gives none (a revoked consent, a wrong secret), `errors.NoAnswer` where it does
        not answer.
        """
        with self._lock:
            if self._held is None or self._held.until <= self._clock():
                self._held = self._ask()
            return self._held.token

    def forget(self) -> None:
        """The mail server did not take the token: the next login has a new one."""
        with self._lock:
            self._held = None

    def _ask(self) -> _Held:
        if not self._refresh_token:
            return self._asked({"grant_type": "client_credentials"})
        self._look()
        used = self._refresh_token
        try:
            return self._asked({"grant_type": "refresh_token", "refresh_token": used})
        except errors.TokenRefused:
            # Another gateway may have had a new one at this very moment, which ended ours.
            self._look()
            if self._refresh_token == used:
                raise
        return self._asked({"grant_type": "refresh_token", "refresh_token": self._refresh_token})

    def _asked(self, grant: Mapping[str, str]) -> _Held:
        wanted = self._settings
        form = {"client_id": wanted.client_id, "client_secret": wanted.client_secret, "scope": wanted.scope, **grant}
        began = self._clock()
        status, answer = ask(wanted.token_url, {name: value for name, value in form.items() if value})
        token = answer.get("access_token")
        if status != http.client.OK or not isinstance(token, str) or not token:
            raise _refusal(wanted.token_url, status, answer)
        given = answer.get("refresh_token")
        if isinstance(given, str) and given and self._refresh_token and given != self._refresh_token:
            # Some providers give a new one with each answer, and end the one before.
            self._refresh_token = given
            self._keep(given)
        return _Held(token, began + max(0.0, _life(answer) - OAUTH_EARLY_SECONDS))

    def _look(self) -> None:
        if self._unkept is not None:
            self._keep(self._unkept)  # it is newer than what is kept
        elif self._kept is not None:
            self._read(self._kept)

    def _read(self, kept: KeptRefreshToken) -> None:
        try:
            self._refresh_token = kept.newest() or self._refresh_token
        except (errors.HermesError, TimeoutError) as error:
            log.warning("The newest refresh token was not read: %s", error, extra={"action": "oauth.unread"})

    def _keep(self, given: str) -> None:
        if self._kept is None:
            return
        self._unkept = given
        try:
            self._kept.keep(given)
            self._unkept = None
        except (errors.HermesError, TimeoutError) as error:
            log.warning("The newest refresh token was not kept: %s", error, extra={"action": "oauth.unkept"})


def ask(url: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
    """The status and the JSON of a provider's answer to a form. Raises `errors.NoAnswer`."""
    fields = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        status, read = posting.post(url, urllib.parse.urlencode(form), fields, seconds=OAUTH_SECONDS)
    except errors.NoAnswer as error:
        raise errors.NoAnswer(f"OAuth: {error.message}") from error
    try:
        found = json.loads(read)
    except (ValueError, RecursionError):
        found = None
    return status, found if isinstance(found, dict) else {}


def _life(answer: Mapping[str, Any]) -> float:
    try:
        return float(answer.get("expires_in", OAUTH_LIFE_SECONDS))
    except (TypeError, ValueError):
        return OAUTH_LIFE_SECONDS


def _refusal(url: str, status: int, answer: Mapping[str, Any]) -> errors.NoAnswer:
    code = str(answer.get("error", ""))
    said = headers.clean(f"{code} {answer.get('error_description', '')}")[: limits.DETAIL_CHARS]
    text = f"OAuth: {urllib.parse.urlsplit(url).hostname} gives no token ({status}): {said}"
    return errors.TokenRefused(text) if code in _FINAL else errors.NoAnswer(text)
