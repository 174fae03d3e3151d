"""What a browser keeps of a sign-in: who it is and until when, signed; and the tokens that its forms carry.

Nothing is stored for it: any replica that has the key reads it. It names the person, not their rights: those are looked up in the
configuration at every request, so a role that changed or a person who went counts in a gateway that was started since.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import hmac
import json
import secrets
from typing import Any, Final, Literal

Way = Literal["password", "link", "proxy"]
_SEPARATOR: Final = b"."


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One sign-in."""

    name: str
    way: Way
    until: float
    """Epoch seconds."""
    proof: str = ""
    """A digest of the password's hash at the sign-in: a new password ends what the old one began."""
    id: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(16))

    def signed(self, key: bytes) -> str:
        """As a cookie's value."""
        body = base64.urlsafe_b64encode(json.dumps(dataclasses.asdict(self)).encode())
        return (body + _SEPARATOR + _mac(key, b"ticket", body)).decode()

    def form_token(self, key: bytes) -> str:
        """What a form of this sign-in carries, so that no other site can send it."""
        return _mac(key, b"form", self.id.encode()).decode()

    def wrote(self, token: str, key: bytes) -> bool:
        """Whether a form's token is of this sign-in."""
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.form_token(key).encode())


def read(value: str, key: bytes, *, now: float) -> Ticket | None:
    """The ticket of a cookie; None if it was not signed with this key or is over."""
    body, _, mac = value.encode("utf-8", "replace").rpartition(_SEPARATOR)
    if not hmac.compare_digest(mac, _mac(key, b"ticket", body)):
        return None
    try:
        found: Any = json.loads(base64.urlsafe_b64decode(body))
        ticket = Ticket(**found)
    except (binascii.Error, ValueError, TypeError):
        return None
    return ticket if ticket.until > now else None


def proof(stored_hash: str | None) -> str:
    """What a ticket says of the password's hash."""
    return hashlib.sha256((stored_hash or "").encode()).hexdigest()[:16]


def _mac(key: bytes, purpose: bytes, body: bytes) -> bytes:
    digest = hmac.new(key, purpose + b"\0" + body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=")
