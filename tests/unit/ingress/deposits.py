"""A depositor over memory: what was stored can be looked at, and storing can be made to fail or to wait."""

from __future__ import annotations

import asyncio
import io
import zlib
from typing import Any, cast

from hermes.aws.objects import Objects
from hermes.aws.queues import Queues
from hermes.domain import pointer
from hermes.ingress.mail_store import MailStore
from tests import env


class Deposits:
    """Objects and the inbound queue."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.sent: list[str] = []
        self.error: Exception | None = None
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._count = 0
        self.depositor = MailStore(
            objects=cast(Objects, self),
            queues=cast(Queues, self),
            inbound="inbound",
            env=env.quiet(now=lambda: 1772366400.0, new_id=self._new_id),
        )

    @property
    def pointers(self) -> list[pointer.Pointer]:
        return [one for body in self.sent for one in pointer.read(body)]

    async def put(self, key: str, data: bytes, *, content_type: str = "") -> None:
        self.asked.set()
        await self.go_on.wait()
        if self.error:
            raise self.error
        self.objects[key] = data

    async def put_stream(self, key: str, stream: io.RawIOBase, *, crc32: int, content_type: str = "") -> None:
        data = await asyncio.to_thread(stream.readall)
        assert zlib.crc32(data) == crc32
        await self.put(key, data)

    async def send(self, url: str, body: str, **_: Any) -> str:
        if self.error:
            raise self.error
        self.sent.append(body)
        return "id"

    def _new_id(self) -> str:
        self._count += 1
        return str(self._count)
