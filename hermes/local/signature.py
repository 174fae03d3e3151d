"""Signature Version 4 from the server's side: was a request signed with our key? Pure: a request's parts in, the reason of a refusal out.

Source: "Signature Version 4 for API requests" and "Authenticating requests: using query parameters" (AWS). Both forms are checked: the
Authorization header, and presigned links, which are valid for one method, one path and at most seven days.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import hmac
import re
import secrets
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ALGORITHM = "AWS4-HMAC-SHA256"
#: As AWS. Client and server are on one machine, so it is only ever as large as a machine's sleep in the middle of a request.
SKEW_SECONDS = 15 * 60
#: As AWS.
LINK_SECONDS_MAX = 7 * 24 * 3600

UNSIGNED = "UNSIGNED-PAYLOAD"
_SAFE = "-_.~"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^/,\s]+)/(\d{{8}})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]{64})\Z"
)
#: A signing key is made of four hashes and holds for a day, a region and a service: some are remembered.
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Key:
    """The key that allows calling the emulator."""

    access: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> Key:
        """A new random key."""
        return cls(f"LOCAL{secrets.token_hex(8).upper()}", secrets.token_urlsafe(32))


@dataclass(frozen=True, slots=True)
class SignatureRefusal:
    """Why a request is refused, in the words of AWS."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is signed of a request."""

    method: str
    path: bytes
    """As it was sent, percent-encoded."""
    query: bytes
    headers: Mapping[str, str]
    """Names in lower case; several of one name joined by commas."""


MISSING = SignatureRefusal("MissingAuthenticationToken", "Request is missing Authentication Token")
_MISMATCH = SignatureRefusal(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
)
_UNKNOWN = SignatureRefusal("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
_SKEWED = SignatureRefusal(
    "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."
)
_EXPIRED = SignatureRefusal("AccessDenied", "Request has expired")
_MALFORMED = SignatureRefusal("IncompleteSignature", "The request's signature is not complete.")


class Verifier:
    """Checks the signatures of one key."""

    def __init__(self, key: Key) -> None:
        self._access = key.access.encode()
        self._secret = key.secret
        self._keys: dict[tuple[str, str, str], bytes] = {}

    def check(self, request: Request, payload_hash: str, *, now: float) -> SignatureRefusal | None:
        """None for a request that our key signed; `now` is epoch seconds.

        `payload_hash` is the SHA-256 of its body; if a header declares one, pass that first, and read and
        compare the body afterwards.
        """
        given = request.headers.get("authorization")
        if given is not None:
            return self._header(request, given, payload_hash, now)
        if b"X-Amz-Signature=" in request.query:
            return self._link(request, now)
        return MISSING

    def _header(self, request: Request, given: str, payload_hash: str, now: float) -> SignatureRefusal | None:
        found = _AUTHORIZATION.match(given)
        if found is None:
            return _MALFORMED
        access, day, region, service, signed, signature = found.groups()
        stamp = request.headers.get("x-amz-date", "")
        names = signed.split(";")
        sent = _epoch(stamp)
        if sent is None or not stamp.startswith(day) or "host" not in names:
            return _MALFORMED
        if any(name.startswith("x-amz-") and name not in names for name in request.headers):
            return _MALFORMED
        if not hmac.compare_digest(access.encode(), self._access):
            return _UNKNOWN
        content_hash = request.headers.get("x-amz-content-sha256", payload_hash)
        if content_hash not in (payload_hash, UNSIGNED):
            return _MISMATCH
        query = _query(request.query)
        if not self._matches(request, (day, region, service), stamp, names, query, content_hash, signature):
            return _MISMATCH
        return _SKEWED if abs(now - sent) > SKEW_SECONDS else None

    def _link(self, request: Request, now: float) -> SignatureRefusal | None:
        pairs = urllib.parse.parse_qsl(
            request.query.decode("latin-1"), keep_blank_values=True, errors="surrogateescape"
        )
        given = dict(pairs)
        scope = given.get("X-Amz-Credential", "").split("/")
        stamp, seconds = given.get("X-Amz-Date", ""), given.get("X-Amz-Expires", "")
        names = given.get("X-Amz-SignedHeaders", "").split(";")
        sent = _epoch(stamp)
        if (
            len(given) != len(pairs)
            or len(scope) != 5
            or sent is None
            or not re.fullmatch(r"\d{1,6}", seconds, re.ASCII)
        ):
            return _MALFORMED
        if given.get("X-Amz-Algorithm") != ALGORITHM or "host" not in names or not stamp.startswith(scope[1]):
            return _MALFORMED
        if not hmac.compare_digest(scope[0].encode("utf-8", "surrogateescape"), self._access):
            return _UNKNOWN
        signature = given["X-Amz-Signature"]
        query = _query(request.query, without="X-Amz-Signature")
        if not self._matches(request, (scope[1], scope[2], scope[3]), stamp, names, query, UNSIGNED, signature):
            return _MISMATCH
        if int(seconds) > LINK_SECONDS_MAX or now < sent - SKEW_SECONDS or now > sent + int(seconds):
            return _EXPIRED
        return None

    def _matches(
        self,
        request: Request,
        scope: tuple[str, str, str],
        stamp: str,
        names: Sequence[str],
        query: str,
        payload_hash: str,
        signature: str,
    ) -> bool:
        path = request.path.decode("latin-1") or "/"
        # Every service but S3 encodes the path once more.
        if scope[2] != "s3":
            path = urllib.parse.quote(path, safe=f"/{_SAFE}")
        signed = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
        canonical = f"{request.method}\n{path}\n{query}\n{signed}\n{';'.join(names)}\n{payload_hash}"
        digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
        text = f"{ALGORITHM}\n{stamp}\n{'/'.join(scope)}/aws4_request\n{digest}"
        wanted = hmac.digest(self._signing_key(scope), text.encode("utf-8", "surrogateescape"), "sha256").hex()
        return hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "surrogateescape"))

    def _signing_key(self, scope: tuple[str, str, str]) -> bytes:
        found = self._keys.get(scope)
        if found is None:
            found = f"AWS4{self._secret}".encode()
            for part in (*scope, "aws4_request"):
                found = hmac.digest(found, part.encode("utf-8", "surrogateescape"), "sha256")
            if len(self._keys) >= _REMEMBERED:
                self._keys.clear()
            self._keys[scope] = found
        return found


def _query(raw: bytes, *, without: str = "") -> str:
    """The canonical query string."""
    if not raw:
        return ""
    pairs = []
    for pair in raw.decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        if name != without or not without:
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return urllib.parse.quote(urllib.parse.unquote_to_bytes(text.encode("latin-1")), safe=_SAFE)


@functools.lru_cache(maxsize=16)  # requests of one second have one stamp
def _epoch(stamp: str) -> float | None:
    try:
        return datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return None
