"""Fetches one small file over https, as SNS requires of its subscribers."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import urllib.parse
from typing import Final

from hermes import errors, limits

#: One question to SNS over https.
HTTPS_SECONDS: Final = 10.0


async def fetch(address: str, *, context: ssl.SSLContext | None = None, seconds: float = HTTPS_SECONDS) -> bytes:
    """The body of a 200; no redirect is followed. Raises `errors.AwsUnavailable`, also for addresses that are not https.

    The caller decides which hosts are allowed.
    """
    parts = urllib.parse.urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise errors.AwsUnavailable("the address does not begin with https")
    host, port, path = parts.hostname, parts.port, f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"

    def ask() -> bytes:
        line = http.client.HTTPSConnection(host, port, timeout=seconds, context=context or ssl.create_default_context())
        try:
            line.request("GET", path)
            answer = line.getresponse()
            if answer.status != http.client.OK:
                raise errors.AwsUnavailable(f"{host} answered {answer.status}")
            return answer.read(limits.CERTIFICATE_BYTES)
        finally:
            line.close()

    try:
        async with asyncio.timeout(seconds * 2):
            return await asyncio.to_thread(ask)
    except (OSError, http.client.HTTPException, TimeoutError, ValueError) as error:
        raise errors.AwsUnavailable(f"{host} gave no answer: {type(error).__name__}") from error
