"""A bucket in memory, which can hang or be out of reach."""

from __future__ import annotations

import asyncio

from hermes import errors
from hermes.aws.objects import Objects


class Drawer(Objects):
    """What the worker stores, by key."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.hangs = False
        self.out_of_reach = False
        self.closed = False
        """What lies in it is listed and not given out."""

    async def _reach(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.out_of_reach:
            raise errors.AwsUnavailable("S3: no answer")

    async def put(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        await self._reach()
        self.kept[key] = data

    async def get(self, key: str, *, bucket: str | None = None, most: int = 0, first: int | None = None) -> bytes:
        await self._reach()
        if self.closed:
            raise errors.AwsRefused("S3 GetObject: Access Denied", code="AccessDenied")
        if key not in self.kept:
            raise errors.AwsRefused("S3 GetObject: no such key", code="NoSuchKey", missing=True)
        return self.kept[key]

    async def list(self, prefix: str, *, most: int = 1000, after: str = "") -> list[str]:
        await self._reach()
        return sorted(key for key in self.kept if key.startswith(prefix) and key > after)[:most]

    async def delete(self, key: str) -> None:
        await self._reach()
        self.kept.pop(key, None)
