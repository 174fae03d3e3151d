"""A raw mail in S3: its beginning is in memory, and the rest is streamed piece by piece."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol

from hermes import limits
from hermes.domain.pointer import Pointer
from hermes.mail.authenticate import body_hash
from hermes.mail.parse import head

#: A mail up to this size is read in the gateway itself: it needs little memory, and no step of reading it delays the event loop.
SMALL_MAIL_BYTES: Final = 1024 * 1024

Take = Callable[[bytes], Awaitable[bool]]
"""Takes a piece; returns whether it wants another."""


class MailObjects(Protocol):
    """The store of raw mails."""

    async def beginning(self, key: str, *, bucket: str | None = None, most: int) -> tuple[bytes, int]:
        """The first bytes of an object, and the size of the whole."""

    async def pour(self, key: str, take: Take, *, bucket: str | None = None) -> int:
        """Pass an object to `take` piece by piece."""


class RawMail:
    """One raw mail. `beginning` is all of a small mail, and the first bytes of a larger one."""

    def __init__(self, *, beginning: bytes, size: int, pour: Callable[[Take], Awaitable[int]]) -> None:
        self.beginning = beginning
        self.size = size
        self.head = head.of(beginning)
        """The header block with the empty line that ends it."""
        self._pour = pour

    @classmethod
    def of(cls, raw: bytes) -> RawMail:
        """A mail that is in memory."""

        async def pour(take: Take) -> int:
            for piece in body_hash.pieces(raw, 0):
                if not await take(piece):
                    break
            return len(raw)

        return cls(beginning=raw[:SMALL_MAIL_BYTES], size=len(raw), pour=pour)

    @property
    def whole(self) -> bool:
        """Whether `beginning` is all of it."""
        return self.size <= len(self.beginning)

    @property
    def too_large(self) -> bool:
        """Whether it is larger than the limit."""
        return self.size > limits.MAIL_BYTES

    async def body_hash(self, canonical: body_hash.Canonical) -> bytes | None:
        """The hash of its body in this form (RFC 6376, 3.7); None for a mail that is too large, of which nothing is carried out."""
        if self.too_large:
            return None
        state, skip = body_hash.BodyHash(canonical), len(self.head)

        async def take(piece: bytes) -> bool:
            nonlocal skip
            start, skip = min(skip, len(piece)), max(0, skip - len(piece))
            await asyncio.to_thread(state.update, piece[start:])
            return True

        await self._pieces(take)
        return state.digest()

    async def digest(self) -> bytes:
        """Its digest: the SHA-256 of all bytes of a small mail, or of the beginning and the size of a larger one."""
        if self.whole:
            return await asyncio.to_thread(lambda: hashlib.sha256(self.beginning).digest())
        return hashlib.sha256(b"%d:" % self.size + self.head).digest()

    async def save(self, path: Path) -> None:
        """Write it into a file."""
        with path.open("wb") as file:

            async def take(piece: bytes) -> bool:
                await asyncio.to_thread(file.write, piece)
                return True

            await self._pieces(take)

    async def _pieces(self, take: Take) -> None:
        if not self.whole:
            await self._pour(take)
            return
        for piece in body_hash.pieces(self.beginning, 0):
            await take(piece)


async def fetch(objects: MailObjects, pointer: Pointer) -> RawMail:
    """The mail that a pointer names. Raises `errors.AwsRefused` if it is not there."""
    beginning, size = await objects.beginning(pointer.key, bucket=pointer.bucket, most=SMALL_MAIL_BYTES)
    pour = functools.partial(objects.pour, pointer.key, bucket=pointer.bucket)
    # Of a mail that is too large, a way in may store the header alone.
    return RawMail(beginning=beginning, size=max(size, pointer.size), pour=pour)
