"""Hashes of passwords: scrypt, as `scrypt$n,r,p$salt$digest`. Source: RFC 7914; OWASP's password storage cheat sheet for the cost."""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import hmac
import os
from typing import Final

from hermes.config import web_settings

#: Memory and time of one hash: 32 MiB, and about a tenth of a second.
_N, _R, _P = 2**15, 8, 1
_SALT_BYTES: Final = 16
_DIGEST_BYTES: Final = 32
#: What OpenSSL may take for the dearest hash that the configuration accepts.
_MEMORY_BYTES: Final = 512 * 1024 * 1024
#: A longer one is refused unread.
PASSWORD_CHARACTERS: Final = 1024


def hashed(password: str) -> str:
    """The hash of a password, with a new salt."""
    salt = os.urandom(_SALT_BYTES)
    digest = _digest(password, salt, _N, _R, _P, _DIGEST_BYTES)
    return f"scrypt${_N},{_R},{_P}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


@functools.cache
def nobodys() -> str:
    """The hash of a password that nobody knows: a wrong name takes as long as a wrong password."""
    return hashed(os.urandom(16).hex())


class PasswordChecker:
    """Compares passwords with hashes in threads, one at a time: each takes memory and a core."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether it is the password of the hash; for None False, after the same time."""
        async with self._turn:
            right = await asyncio.to_thread(_matches, password[:PASSWORD_CHARACTERS], stored or nobodys())
        return right and stored is not None and len(password) <= PASSWORD_CHARACTERS


def _matches(password: str, stored: str) -> bool:
    parts = web_settings.hash_parts(stored)
    if parts is None:
        return False
    n, r, p, salt, digest = parts
    return hmac.compare_digest(_digest(password, salt, n, r, p, len(digest)), digest)


def _digest(password: str, salt: bytes, n: int, r: int, p: int, size: int) -> bytes:
    text = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY_BYTES, dklen=size)
