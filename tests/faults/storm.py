"""A storm over AWS: for a while calls fail, are throttled, lose their answers after they were carried out, or are slow; receipts expire.

A receipt is only renewed by calls that all fail meanwhile, and every delete is slower than it lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from aiobotocore.awsrequest import AioAWSResponse
from botocore.exceptions import ConnectionClosedError

from hermes.aws.clients import Clients

#: Longer than the visibility that processes under attack ask for: the receipts that they hold meanwhile are no longer valid.
SLOW_SECONDS = (0.2, 4.0)


class Storm:
    """Takes its share of all calls of the clients that it is put over."""

    def __init__(self, *, since: float, until: float, share: float, seed: int, met: Path) -> None:
        """What is met is written to the file `met`, a word a line."""
        self._since = since
        self._until = until
        self._share = share
        self._random = random.Random(seed)
        self._met = met

    def over(self, client: Any) -> None:
        """Put it over one client."""
        session = client._endpoint.http_session
        session.send = self._sending(session.send)

    def _sending(self, send: Callable[[Any], Any]) -> Callable[[Any], Any]:
        async def sending(request: Any) -> Any:
            if not self._since < time.time() < self._until:
                return await send(request)
            what = self._fate(str(request.headers.get("X-Amz-Target", b"")))
            if what:
                with self._met.open("a") as met:
                    met.write(f"{what}\n")
            match what:
                case "error":
                    return _refused(request, 500, "InternalServerError")
                case "throttled" | "not renewed":
                    return _refused(request, 400, "ThrottlingException")
                case "slow":
                    await asyncio.sleep(self._random.uniform(*SLOW_SECONDS))
                case "expired":
                    await asyncio.sleep(SLOW_SECONDS[1])
                case "lost":
                    answer = await send(request)
                    await answer.content
                    raise ConnectionClosedError(endpoint_url=str(request.url))
                case _:
                    pass
            return await send(request)

        return sending

    def _fate(self, operation: str) -> str:
        if "ChangeMessageVisibility" in operation:
            return "not renewed"
        if "DeleteMessage" in operation:
            return "expired"
        if self._random.random() > self._share:
            return ""
        return self._random.choice(("error", "throttled", "throttled", "lost", "slow"))


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self) -> bytes:
        return self._body


def _refused(request: Any, status: int, code: str) -> AioAWSResponse:
    """An answer of the service in both its languages: S3 speaks XML, the others JSON."""
    xml = f"<Error><Code>{code}</Code><Message>storm</Message></Error>"
    plain = "X-Amz-Target" in request.headers
    body = json.dumps({"__type": code, "message": "storm"}) if plain else xml
    return AioAWSResponse(str(request.url), status, {}, _Body(body.encode()))


def under(connect: Callable[..., Any], order: Path) -> Callable[..., Any]:
    """`clients.connect` with the storm that a file orders (JSON: since, until, share, seed), if there is one."""
    if not order.exists():
        return connect
    storm = Storm(**json.loads(order.read_text(encoding="utf-8")), met=order.with_name("met"))

    @contextlib.asynccontextmanager
    async def connecting(**given: Any) -> AsyncIterator[Clients]:
        async with connect(**given) as made:
            for client in (made.polls, made.sqs, made.dynamodb, made.s3):
                storm.over(client)
            yield made

    return connecting
