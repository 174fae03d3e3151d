"""Whether the server that vouches for the mailbox's mail has the name that is configured: read off the newest mails."""

from __future__ import annotations

import asyncio
import collections
import time
from typing import Final

from hermes import errors, limits
from hermes.config.ingress_settings import ImapSettings
from hermes.https.access_tokens import AccessTokens
from hermes.ingress.imap.folder import ImapFolder
from hermes.mail.parse import headers
from hermes.ops.findings import Found

_SECONDS: Final = 15.0
#: Mails that are looked at.
_MAILS: Final = 10
_NAME: Final = "who vouches for mail by IMAP"
_VERDICT: Final = "Authentication-Results"


async def newest(settings: ImapSettings) -> str | None:
    """Who wrote most of the verdicts on the newest mails; None where there are none."""
    found = await _found(settings)
    return collections.Counter(found).most_common(1)[0][0] if found else None


async def _found(settings: ImapSettings) -> list[str] | None:
    """Who wrote the verdicts; None where the mailbox does not open."""
    tokens = AccessTokens(settings.oauth, clock=time.monotonic) if settings.oauth else None
    folder = ImapFolder(settings, tokens)
    try:
        async with asyncio.timeout(_SECONDS):
            return await asyncio.to_thread(_names, folder, settings.authserv_hops)
    except TimeoutError:
        folder.abort()
    except errors.HermesError:
        return None
    return None


async def check(settings: ImapSettings) -> Found | None:
    """The finding; None where the mailbox does not open, which another check tells."""
    found = await _found(settings)
    if found is None:
        return None
    wanted = settings.authserv_id
    if not found:
        if wanted is None:
            return None
        return Found(_NAME, True, f"no mail in the mailbox shows yet whether {wanted!r} vouches for it")
    seen = collections.Counter(found).most_common(1)[0][0]
    if wanted is None:
        return Found(
            _NAME, True, f"the newest mails have verdicts of {seen!r}; imap_ingress.authserv_id names nobody",
            "if that is the mailbox's own server, and it takes out others of that name, set imap_ingress.authserv_id to it",
        )  # fmt: skip
    if wanted.lower() not in found:
        text = f"imap_ingress.authserv_id is {wanted!r}, and the verdicts on the newest mails are by {seen!r}"
        return Found(
            _NAME, False, text, f"set imap_ingress.authserv_id = {seen!r}, if that is the mailbox's own server"
        )
    return Found(_NAME, True, f"{wanted!r}, as the newest mails show")


def _names(folder: ImapFolder, hops: int) -> list[str]:
    """Who wrote the verdicts that stand where the mailbox's server writes them, of the newest mails."""
    try:
        folder.open()
        found = []
        for uid in folder.newest(_MAILS):
            block = bytearray()
            try:
                folder.raw(uid, block.extend, part="HEADER", most=limits.HEADER_BYTES)
            except errors.MailWithheld:
                continue
            found += _of(bytes(block), hops)
        return found
    finally:
        folder.close()


def _of(block: bytes, hops: int) -> list[str]:
    """The names in the verdicts of one mail above which no more Received headers stand than `hops`."""
    parsed, _, _ = headers.parse(block)
    received, found, at = 0, [], 0
    values = parsed.raw(_VERDICT)
    for name in parsed.names:
        if name.lower() == "received":
            received += 1
        elif name.lower() == _VERDICT.lower():
            words = values[at].split(";")[0].split()
            at += 1
            if received <= hops and words:
                found.append(words[0].lower())
    return found
