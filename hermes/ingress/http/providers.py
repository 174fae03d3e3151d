"""The providers that post raw mail over HTTP, and their proofs: posts in, mails or answers out; no I/O.

A proof shows that the provider posted the mail, not who wrote it: the author is verified later, as for every other way in. Sources:
Mailgun "Receiving messages via HTTP" and "Securing webhooks"; Postmark "Inbound webhook" and "Webhooks overview".
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from hermes import limits
from hermes.config.ingress_settings import HttpProvider
from hermes.ingress import envelope
from hermes.ingress.http import form, json_text

#: Age of a signed post, and how far ahead its clock may be.
HTTP_WINDOW_SECONDS: Final = 300.0
#: Mailgun repeats a post for 8 h; it does not document that a repetition is signed again.
MAILGUN_WINDOW_SECONDS: Final = 12 * 3600.0


@dataclasses.dataclass(frozen=True, slots=True)
class HttpRefusal:
    """The answer to a refused post."""

    status: int
    text: str
    challenge: str = ""
    """For a 401: how a client identifies itself."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The mail of a post with a valid proof."""

    raw: form.Field | json_text.JsonText
    """Where in the post the mail is."""
    recipients: tuple[str, ...]
    """Those that are ours."""
    sender: str | None
    client_address: str | None = None
    """Of the client that handed the mail to the provider; None where that is in doubt, or the sender is."""
    proof: str = ""
    """What may be used for this mail alone; empty where the provider has no such thing."""

    def content(self) -> bytes:
        """A hash that distinguishes a repeated post from another mail with the same proof; for a thread."""
        state = hashlib.sha256(repr((self.recipients, self.sender)).encode("utf-8", "surrogatepass"))
        for piece in self.raw.pieces():
            state.update(piece)
        return state.digest()


Headers = Mapping[str, str]
"""Of the request; names in lower case."""
Accepts = Callable[[str], bool]


class Provider(Protocol):
    """One provider."""

    final: int
    """The status that keeps this provider from sending a post again."""

    def admit(self, headers: Headers) -> HttpRefusal | None:
        """Check the headers before the body is read: None, or the refusal."""

    def read(self, body: form.FormSource, headers: Headers, now: float) -> Post | HttpRefusal:
        """The mail of a whole post. Raises `errors.Unreadable`."""


_MAILGUN_FIELDS = ("timestamp", "token", "signature", "recipient", "sender")


class Mailgun:
    """A route whose address ends in `mime`: a form with `body-mime`, signed over its timestamp and token, not over the mail."""

    final = 406

    def __init__(self, settings: HttpProvider, *, accepts: Accepts) -> None:
        self._key = settings.secret.encode()
        self._window = settings.window_seconds or MAILGUN_WINDOW_SECONDS
        self._accepts = accepts

    def admit(self, headers: Headers) -> HttpRefusal | None:
        """The proof is in the body."""
        return None

    def read(self, body: form.FormSource, headers: Headers, now: float) -> Post | HttpRefusal:
        """See `Provider`."""
        found = form.fields(body, headers.get("content-type", ""))
        values = {name: found[name].text() for name in _MAILGUN_FIELDS if name in found}
        stamp, token = values.get("timestamp", b""), values.get("token", b"")
        if not (stamp and token and values.get("signature")):
            return HttpRefusal(401, "the post is not signed")
        if not hmac.compare_digest(_hmac(self._key, stamp + token), values["signature"].lower()):
            return HttpRefusal(403, "the signature does not hold")
        if not _fresh(stamp, now, self._window):
            return HttpRefusal(403, "the post is too old, or a clock is wrong")
        if "body-mime" not in found:
            return HttpRefusal(400, "the post has no body-mime: the address in the route must end in /mime")
        named = [part.strip() for part in _text(values.get("recipient", b"")).split(",")]
        sender = _text(values["sender"]).strip().strip("<>") if "sender" in values else None
        ours = tuple(dict.fromkeys(one for one in named if self._accepts(one)))
        client = None
        if sender and not found["sender"].repeated:
            client = envelope.client(envelope.of(_head(found["body-mime"])))
        return Post(raw=found["body-mime"], recipients=ours, sender=sender, client_address=client, proof=_text(token))


#: Postmark's server hands each mail on to itself, and notes that above the Received line by which it took the mail.
_POSTMARK_INNER: Final = "inbound.postmarkapp.com (Postfix, from userid "


class Postmark:
    """An inbound webhook with "include raw email content": JSON with `RawEmail`; Postmark does not sign; it sends a password."""

    # Postmark tries again whatever the answer is but 200 and 403, so that a wrong password loses no mail.
    final = 403

    def __init__(self, settings: HttpProvider, *, accepts: Accepts) -> None:
        pair = f"{settings.username}:{settings.secret}".encode()
        self._expected = b"basic " + base64.b64encode(pair)
        self._accepts = accepts

    def admit(self, headers: Headers) -> HttpRefusal | None:
        """Basic authentication, from the user and password in the webhook's address."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        credentials = f"{scheme.lower()} {given.strip()}".encode("utf-8", "replace")
        if hmac.compare_digest(credentials, self._expected):
            return None
        return HttpRefusal(401, "user or password is wrong", challenge='Basic realm="hermes"')

    def read(self, body: form.FormSource, headers: Headers, now: float) -> Post | HttpRefusal:
        """See `Provider`."""
        found = json_text.strings(body, "RawEmail", "OriginalRecipient")
        raw = found.get("RawEmail")
        if raw is None:
            return HttpRefusal(400, "the post has no RawEmail: switch on 'Include raw email content' at Postmark")
        header = envelope.of(raw.head(limits.HEADER_BYTES))
        original = found["OriginalRecipient"].head(limits.HEADER_BYTES).decode() if "OriginalRecipient" in found else ""
        # With a forwarding address the envelope is Postmark's own, and only the headers name ours.
        if self._accepts(original):
            ours: tuple[str, ...] = (original,)
        else:
            ours = envelope.recipients(header, accepts=self._accepts)
        client = envelope.client(header, inner=_POSTMARK_INNER) if envelope.heads(header, "Return-Path") else None
        return Post(raw=raw, recipients=ours, sender=envelope.sender(header), client_address=client)


class Signed:
    """A script of the operator: the mail is the body, with a signature in the headers."""

    final = 422

    def __init__(self, settings: HttpProvider, *, accepts: Accepts) -> None:
        self._key = settings.secret.encode()
        self._window = settings.window_seconds or HTTP_WINDOW_SECONDS
        self._accepts = accepts

    def admit(self, headers: Headers) -> HttpRefusal | None:
        """Signed at all?"""
        names = ("x-hermes-timestamp", "x-hermes-recipient", "x-hermes-signature")
        missing = [name for name in names if not headers.get(name)]
        return HttpRefusal(401, f"the post has no {missing[0]}") if missing else None

    def read(self, body: form.FormSource, headers: Headers, now: float) -> Post | HttpRefusal:
        """See `Provider`."""
        stamp, recipient = headers["x-hermes-timestamp"], headers["x-hermes-recipient"]
        sender = headers.get("x-hermes-sender")
        client = headers.get("x-hermes-client-address")
        given = headers["x-hermes-signature"].lower().removeprefix("sha256=").encode("utf-8", "replace")
        whole = form.Field(body, 0, body.size)
        state = hmac.new(self._key, _signed(stamp, sender, recipient, client), hashlib.sha256)
        for piece in whole.pieces():
            state.update(piece)
        if not hmac.compare_digest(state.hexdigest().encode("ascii"), given):
            return HttpRefusal(403, "the signature does not hold")
        if not _fresh(stamp.encode("utf-8", "replace"), now, self._window):
            return HttpRefusal(403, "the post is too old, or a clock is wrong")
        named = [part.strip() for part in recipient.split(",")]
        ours = tuple(dict.fromkeys(one for one in named if self._accepts(one)))
        proof = given.decode("ascii", "replace")
        return Post(raw=whole, recipients=ours, sender=sender, client_address=client, proof=proof)


def sign(
    key: bytes, timestamp: str, sender: str | None, recipient: str, raw: bytes, *, client: str | None = None
) -> bytes:
    """The hex HMAC-SHA256 over timestamp, sender (empty if there is none) and recipient, each with a line feed, and the mail.

    The address of the client, if it is given, follows the timestamp after a space.
    """
    return _hmac(key, _signed(timestamp, sender, recipient, client) + raw)


def _signed(timestamp: str, sender: str | None, recipient: str, client: str | None) -> bytes:
    first = timestamp if client is None else f"{timestamp} {client}"
    lines = "".join(f"{part}\n" for part in (first, sender or "", recipient))
    return lines.encode("utf-8", "surrogatepass")


def make(settings: HttpProvider, *, accepts: Accepts) -> Provider:
    """The provider that a section of the configuration describes."""
    kinds: dict[str, Callable[..., Provider]] = {"mailgun": Mailgun, "postmark": Postmark, "hmac": Signed}
    return kinds[settings.kind](settings, accepts=accepts)


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).hexdigest().encode("ascii")


def _head(mail: form.Field) -> bytes:
    """The beginning of a mail in a form, as long as a header may be."""
    found = b""
    for piece in mail.pieces():
        found += piece
        if len(found) >= limits.HEADER_BYTES:
            break
    return found


def _fresh(stamp: bytes, now: float, window: float) -> bool:
    if not (stamp.isdigit() and len(stamp) <= 12):
        return False
    age = now - int(stamp)
    return -HTTP_WINDOW_SECONDS <= age <= window


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
