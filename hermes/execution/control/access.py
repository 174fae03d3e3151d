"""Who may use the control, and how often."""

from __future__ import annotations

import hmac
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

try:
    from fastapi import HTTPException, Request
except ModuleNotFoundError as absent:
    raise ModuleNotFoundError(
        "the HTTP control needs FastAPI: pip install 'hermes-execution[control]' (hermes-by-mail has it)"
    ) from absent

#: Addresses whose wrong tokens are counted at once; past it the one that was seen longest ago is forgotten.
_ADDRESSES: Final = 10_000
#: The part of an IPv6 address that its owner cannot choose.
_PREFIX_BITS: Final = 64
_UNAUTHORIZED: Final = 401
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests at once, refilled evenly over `seconds`: for each token, and for the wrong tokens of each address.

    Of IPv6, a /64 counts as one address.
    """

    requests: int = 300
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.requests < 1 or not (0 < self.seconds < math.inf):
            raise ValueError("a rate limit has at least one request in a positive number of seconds")


class _Bucket:
    """What is left of a rate limit."""

    __slots__ = ("_at", "_left")

    def __init__(self, limit: RateLimit, now: float) -> None:
        self._left = float(limit.requests)
        self._at = now

    def take(self, limit: RateLimit, now: float) -> float:
        """Take one; 0, or the seconds until there is one."""
        rate = limit.requests / limit.seconds
        self._left = min(float(limit.requests), self._left + (now - self._at) * rate)
        self._at = now
        if self._left < 1:
            return (1 - self._left) / rate
        self._left -= 1
        return 0.0


def _place(host: str) -> str:
    """What guesses together: an address; of IPv6 its /64, in which a guesser has any address that it likes (RFC 4291, 2.5.4)."""
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), _PREFIX_BITS), strict=False))


class Access:
    """Lets requests with a token in, as often as the limit allows: a FastAPI dependency; `caller` is then the token's name.

    `tokens`: name -> token. 401 without a token of them, 429 with `Retry-After` over the limit, also for an address that tries tokens.
    """

    def __init__(
        self, *, tokens: Mapping[str, str], limit: RateLimit, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        if not tokens or not all(tokens.values()):
            raise ValueError("the control needs a token: without one, anybody who reaches it could stop everything")
        self._tokens = {name: f"bearer {token}".encode() for name, token in tokens.items()}
        self._limit = limit
        self._monotonic = monotonic
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def __call__(self, request: Request) -> None:
        """Let the request in, or refuse it."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # header bytes reach us read as Latin-1 (ASGI), whatever the client meant
        # (and a plain `strip` would take the last byte of "à" for a space)
        given = given.strip(" \t")
        shown = f"{scheme.lower()} {given}".encode("latin-1")
        # all are compared, so that the time says nothing about which one is nearly right
        names = [name for name, token in self._tokens.items() if hmac.compare_digest(shown, token)]
        if names:
            self._count("token", names[0])
            request.state.caller = names[0]
            return
        self._count("address", _place(request.client.host) if request.client is not None else "")
        raise HTTPException(_UNAUTHORIZED, "a bearer token is needed", headers={"WWW-Authenticate": "Bearer"})

    @staticmethod
    def caller(request: Request) -> str:
        """The name of the token of a request that was let in."""
        return str(request.state.caller)

    def _count(self, kind: str, name: str) -> None:
        now = self._monotonic()
        bucket = self._buckets.get((kind, name)) or _Bucket(self._limit, now)
        self._buckets[(kind, name)] = bucket
        self._buckets.move_to_end((kind, name))
        while len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        seconds = bucket.take(self._limit, now)
        if seconds:
            wait = math.ceil(seconds)
            raise HTTPException(
                _TOO_MANY, f"too many requests: try again in {wait} s", headers={"Retry-After": str(wait)}
            )
