"""Which program asks, by its token, and how often it may.

The configuration has the digest of each token. A token has 256 random bits, so a digest without salt and cost is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from collections import OrderedDict
from typing import Final

from fastapi import HTTPException
from starlette.requests import HTTPConnection

from hermes.admin.viewer import Viewer, ViewerRole
from hermes.config.web_settings import WebToken
from hermes.domain.env import Env
from hermes.web.access.sign_in import network

#: Requests of one token at once, refilled over `LIMIT_SECONDS`.
REQUESTS: Final = 300
#: Wrong tokens of one address at once.
WRONG: Final = 20
LIMIT_SECONDS: Final = 60.0
#: Names and addresses that are counted at once; past it the one that was seen longest ago is forgotten.
_COUNTED: Final = 10_000


def new_token() -> tuple[str, str]:
    """A new token, and its hash for the configuration."""
    token = f"hermes_{secrets.token_urlsafe(32)}"
    return token, hashed(token)


def hashed(token: str) -> str:
    """The hash of a token as the configuration has it."""
    return f"sha256${hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()}"


class TokenAccess:
    """A dependency of FastAPI: the viewer of a request, or 401, or 429 with `Retry-After`."""

    def __init__(self, *, tokens: tuple[WebToken, ...], env: Env) -> None:
        self._tokens = tokens
        self._env = env
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __call__(self, request: HTTPConnection) -> Viewer:
        """Who asks. Raises `HTTPException`."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        shown = hashed(given.strip()) if scheme.lower() == "bearer" else ""
        # All are compared, so that the time says nothing about which one is nearly right.
        found = [token for token in self._tokens if hmac.compare_digest(shown, token.hash)]
        if not found:
            self._count(f"address {network(request.client.host if request.client else '')}", WRONG)
            raise HTTPException(401, "a bearer token is needed", headers={"WWW-Authenticate": "Bearer"})
        (token,) = found[:1]
        self._count(f"token {token.name}", REQUESTS)
        projects = None if token.projects is None else frozenset(token.projects)
        return Viewer(name=f"token {token.name}", role=ViewerRole(token.role), projects=projects)

    def _count(self, whose: str, most: int) -> None:
        now, rate = self._env.clock(), most / LIMIT_SECONDS
        left, at = self._left.pop(whose, (float(most), now))
        left = min(float(most), left + (now - at) * rate)
        allowed = left >= 1
        self._left[whose] = (left - 1 if allowed else left, now)
        while len(self._left) > _COUNTED:
            self._left.popitem(last=False)
        if not allowed:
            wait = math.ceil((1 - left) / rate)
            raise HTTPException(429, f"too many requests: try again in {wait} s", headers={"Retry-After": str(wait)})
