"""Short links of Hermes' own web to objects of the bucket.

A presigned link ends with the credentials that signed it, which is hours with a task's role; a mail is read next week. The short link is
signed with the deployment's key, and a gateway that is asked for it makes a presigned link for that moment. Pure.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

#: Where the web serves them.
PATH: Final = "/o/"
#: Only logs are linked in mails: a token opens nothing else, whoever signed it.
PREFIX: Final = "logs/"
_MAC_BYTES: Final = 15


class ObjectLinks:
    """Makes the links, and reads them."""

    def __init__(self, *, url: str, key: bytes) -> None:
        """`url` is the address of the web, `key` the secret that all gateways share."""
        self._url = url.rstrip("/")
        self._key = key

    def link(self, name: str, *, until: float) -> str:
        """The link to an object, valid until then (epoch seconds)."""
        body = f"{int(until):x} {name}".encode()
        return f"{self._url}{PATH}{_text(self._mac(body) + body)}"

    def read(self, token: str, *, now: float) -> str | None:
        """The object of a link's last part; None if it was not signed here, or is over."""
        try:
            raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        until, _, name = body.decode("utf-8", "replace").partition(" ")
        return name if int(until, 16) >= now and name.startswith(PREFIX) else None

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._key, b"object\0" + body, hashlib.sha256).digest()[:_MAC_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
