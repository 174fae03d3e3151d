"""Consent by a code that a person types in at the provider's page, on any device (RFC 8628). The calls block: they are made in a thread."""

from __future__ import annotations

import dataclasses
import http.client
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, Final

from hermes import errors, limits
from hermes.https import access_tokens
from hermes.mail.parse import headers

_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
#: Where the provider does not say how often it may be asked (RFC 8628, 3.2), and what `slow_down` adds (3.5).
_INTERVAL_SECONDS: Final = 5.0
#: A code ends after this whatever the provider says.
_LIFE_MOST_SECONDS: Final = 1800.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConsentProvider:
    """Whom to ask, for what, and as which application."""

    device_url: str
    token_url: str
    scope: str
    client_id: str
    client_secret: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DevicePrompt:
    """What the person has to do."""

    page: str
    """The address to open."""
    code: str
    """To be typed in there."""
    device_code: str = dataclasses.field(repr=False)
    interval: float
    seconds: float
    """For so long the code is good."""


def begin(provider: ConsentProvider) -> DevicePrompt:
    """Ask for a code. Raises `errors.TokenRefused` with the provider's words, `errors.NoAnswer`."""
    form = {"client_id": provider.client_id, "scope": provider.scope}
    status, answer = access_tokens.ask(provider.device_url, form)
    page = answer.get("verification_uri") or answer.get("verification_url")  # the second is Google's name
    code, device_code = answer.get("user_code"), answer.get("device_code")
    if status != http.client.OK or not all(isinstance(one, str) and one for one in (page, code, device_code)):
        raise errors.TokenRefused(_said(provider.device_url, status, answer))
    return DevicePrompt(
        page=headers.clean(str(page)),
        code=headers.clean(str(code)),
        device_code=str(device_code),
        interval=_number(answer.get("interval"), _INTERVAL_SECONDS),
        seconds=min(_number(answer.get("expires_in"), _LIFE_MOST_SECONDS), _LIFE_MOST_SECONDS),
    )


def wait(provider: ConsentProvider, prompt: DevicePrompt, *, sleep: Callable[[float], None]) -> str:
    """The refresh token, once the person has consented. Raises as `begin` does, also where they decline or take too long."""
    form = {
        "grant_type": _GRANT,
        "device_code": prompt.device_code,
        "client_id": provider.client_id,
        "client_secret": provider.client_secret,
    }
    interval, waited = prompt.interval, 0.0
    while waited < prompt.seconds:
        sleep(interval)
        waited += interval
        try:
            status, answer = access_tokens.ask(
                provider.token_url, {name: value for name, value in form.items() if value}
            )
        except errors.NoAnswer:
            interval += _INTERVAL_SECONDS  # RFC 8628, 3.5: a time-out is no answer, and asked again less often
            continue
        refresh = answer.get("refresh_token")
        if status == http.client.OK and isinstance(refresh, str) and refresh:
            return refresh
        match answer.get("error"):
            case "authorization_pending":
                continue
            case "slow_down":
                interval += _INTERVAL_SECONDS
            case "access_denied":
                raise errors.TokenRefused("OAuth: the consent was declined")
            case _:
                raise errors.TokenRefused(_said(provider.token_url, status, answer))
    raise errors.TokenRefused(f"OAuth: nobody typed in the code within {prompt.seconds / 60:.0f} minutes")


def _said(url: str, status: int, answer: Mapping[str, Any]) -> str:
    words = headers.clean(f"{answer.get('error', '')} {answer.get('error_description', '')}")[: limits.DETAIL_CHARS]
    return f"OAuth: {urllib.parse.urlsplit(url).hostname} gives no consent ({status}): {words or 'no refresh token'}"


def _number(value: object, otherwise: float) -> float:
    try:
        found = float(str(value))
    except ValueError:
        return otherwise
    return found if 0 < found < float("inf") else otherwise
