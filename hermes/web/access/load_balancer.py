"""Who an AWS load balancer signed in by OIDC: the claims of `x-amzn-oidc-data`, a JWT that it signs for each request (ES256).

The region's load balancers share their public keys, so a signature alone says that some load balancer of AWS made it: `signer` must be
the one that is configured. Source: Elastic Load Balancing, "Authenticate users using an Application Load Balancer".
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

import jwt

from hermes import errors
from hermes.config.web_settings import WebLoadBalancer
from hermes.domain.env import Env
from hermes.https import posting

_ALGORITHM: Final = "ES256"
#: AWS names its keys by UUIDs; anything else would be a path of the sender's choice.
_KEY_ID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
#: One question to the server of the keys.
KEY_SECONDS: Final = 5.0
#: A key is kept for so long, and its absence for so long.
KEPT_SECONDS: Final = 24 * 3600.0
ABSENT_SECONDS: Final = 60.0
#: Keys that are kept; a region has a few at a time.
KEYS: Final = 32
#: Questions in a minute: whoever reaches the page could name a new key with each request.
QUESTIONS_A_MINUTE: Final = 12
#: That the clocks of AWS and of this machine may differ; a token lives for two minutes.
LEEWAY_SECONDS: Final = 30.0

Fetch = Callable[[str], tuple[int, bytes]]
"""An address → status and body. It blocks. Raises `errors.NoAnswer`."""


class LoadBalancerClaims:
    """Reads and verifies the header, with the keys that it has fetched."""

    def __init__(self, *, settings: WebLoadBalancer, env: Env, fetch: Fetch | None = None) -> None:
        self._settings = settings
        self._env = env
        self._fetch = fetch or (lambda url: posting.get(url, seconds=KEY_SECONDS))
        self._keys: OrderedDict[str, tuple[float, str]] = OrderedDict()
        """Key id → until when it counts, and the key in PEM; empty: there is none."""
        self._asked: list[float] = []
        self._turn = asyncio.Lock()

    async def name(self, token: str) -> str | None:
        """The name that the token vouches for; None where it vouches for none. Raises `errors.NoAnswer` where its key cannot be had."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError:
            return None
        key_id = str(header.get("kid", ""))
        # Before anything is fetched: a token of somebody else's load balancer costs nothing.
        if header.get("alg") != _ALGORITHM or not self._is_of_ours(header) or not _KEY_ID.match(key_id):
            return None
        key = await self._key(key_id)
        if not key:
            return None
        # Its end is compared below, with the clock that everything else here goes by.
        options: Any = {"require": ["exp"], "verify_exp": False, "verify_aud": False, "verify_iat": False}
        try:
            claims = jwt.decode(token, key, algorithms=[_ALGORITHM], options=options)
        except (jwt.InvalidTokenError, jwt.InvalidKeyError, ValueError):
            return None
        ends = (claims.get("exp"), header.get("exp"))
        if not all(isinstance(end, int | float) and end + LEEWAY_SECONDS > self._env.now() for end in ends):
            return None
        return self._name_in(claims)

    def _is_of_ours(self, header: dict[str, Any]) -> bool:
        client = self._settings.client_id
        return header.get("signer") == self._settings.signer and client in (None, header.get("client"))

    def _name_in(self, claims: dict[str, Any]) -> str | None:
        found = claims.get(self._settings.claim)
        # An identity provider may let people write any address into their profile; this one then says that nobody has checked it.
        if self._settings.claim == "email" and str(claims.get("email_verified", True)).lower() == "false":
            return None
        return found if isinstance(found, str) and found else None

    async def _key(self, key_id: str) -> str:
        async with self._turn:
            until, key = self._keys.get(key_id, (0.0, ""))
            if until > self._env.clock():
                return key
            status, body = await asyncio.to_thread(self._fetch, self._address(key_id))
            if status == 200:
                key, kept = body.decode("ascii", "replace"), KEPT_SECONDS
            elif status in (403, 404):
                key, kept = "", ABSENT_SECONDS
            else:
                raise errors.NoAnswer(f"the server of the load balancer's keys answers {status}")
            self._keys[key_id] = (self._env.clock() + kept, key)
            while len(self._keys) > KEYS:
                self._keys.popitem(last=False)
            return key

    def _address(self, key_id: str) -> str:
        """Where the key is. Raises `errors.NoAnswer` where too many were asked for."""
        now = self._env.clock()
        self._asked = [at for at in self._asked if at > now - 60]
        if len(self._asked) >= QUESTIONS_A_MINUTE:
            raise errors.NoAnswer("too many unknown keys of load balancers were named within a minute")
        self._asked.append(now)
        return self._settings.keys_url.replace("{kid}", key_id)
