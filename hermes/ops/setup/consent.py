"""Consent of a mailbox's owner, for the wizard: whose mail servers take no passwords, and how each is asked.

Sources: Microsoft, "Authenticate an IMAP, POP or SMTP connection using OAuth" and "Device authorization grant flow"; Google, "OAuth 2.0 for
TV and limited-input device applications", which lists the scopes that a code may be for.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from typing import Final

from hermes import errors
from hermes.https import device_code
from hermes.https.device_code import ConsentProvider, DevicePrompt
from hermes.ops.setup.servers import ServerGuess


@dataclasses.dataclass(frozen=True, slots=True)
class Consenting:
    """One provider; `{tenant}` in its addresses is the organization at Microsoft."""

    device_url: str
    token_url: str
    scope: str
    servers: tuple[ServerGuess, ...]


PROVIDERS: Final = {
    "microsoft": Consenting(
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode",
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        (
            ServerGuess("imap", "outlook.office365.com", 993, "tls", "Microsoft 365"),
            ServerGuess("smtp", "smtp.office365.com", 587, "starttls", "Microsoft 365"),
        ),
    ),
    "google": Consenting(
        "https://oauth2.googleapis.com/device/code",
        "https://oauth2.googleapis.com/token",
        "https://mail.google.com/",
        (
            ServerGuess("imap", "imap.gmail.com", 993, "tls", "Gmail"),
            ServerGuess("smtp", "smtp.gmail.com", 465, "tls", "Gmail"),
        ),
    ),
}


def provider(name: str, *, client_id: str, client_secret: str, tenant: str) -> ConsentProvider:
    """The provider of this name. Raises `errors.ConfigError`."""
    known = PROVIDERS.get(name)
    if known is None:
        raise errors.ConfigError(f"--oauth {name}: known are {', '.join(PROVIDERS)}; others go into the file")
    return ConsentProvider(
        device_url=known.device_url.format(tenant=tenant),
        token_url=known.token_url.format(tenant=tenant),
        scope=known.scope,
        client_id=client_id,
        client_secret=client_secret,
    )


async def settings(
    wanted: ConsentProvider,
    tell: Callable[[DevicePrompt], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, str]:
    """The settings of `oauth` for IMAP and SMTP, after the person has consented. Raises `errors.TokenRefused`, `errors.NoAnswer`."""
    prompt = await asyncio.to_thread(device_code.begin, wanted)
    tell(prompt)
    refresh = await asyncio.to_thread(device_code.wait, wanted, prompt, sleep=sleep)
    given = {"token_url": wanted.token_url, "client_id": wanted.client_id, "client_secret": wanted.client_secret}
    return {name: value for name, value in {**given, "refresh_token": refresh}.items() if value}
