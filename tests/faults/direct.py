"""MiniStack's DynamoDB called as a function: the emulator's own code, without HTTP, signing and a second process.

A schedule of a dozen steps makes hundreds of calls; over HTTP each costs milliseconds, so ten thousand schedules would take hours.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import dynamodb


class DirectDynamo:
    """As much of an aiobotocore client as `hermes.aws` uses: every operation is a coroutine with the API's own parameters."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[dict[str, Any]]]:
        operation = name.title().replace("_", "")

        async def call(**parameters: Any) -> dict[str, Any]:
            body = json.dumps(parameters, default=_encoded).encode()
            head = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
            status, _, said = await dynamodb.handle_request("POST", "/", head, body, {})
            answer: dict[str, Any] = json.loads(said, object_hook=_decoded)
            if status < 400:
                return answer
            code = str(answer.get("__type", "")).rpartition("#")[2]
            text = str(answer.get("message", answer.get("Message", "")))
            facts = {"HTTPStatusCode": status}
            raise ClientError(
                {**answer, "Error": {"Code": code, "Message": text}, "ResponseMetadata": facts},
                operation,
            )

        return call


def forget() -> None:
    """Empty every table: the emulator's query looks at all of one, so what ended schedules left makes each further one slower."""
    state: Any = dynamodb
    for table in state._tables.values():
        table["items"].clear()
        table["ItemCount"] = 0
    state._txn_idempotency.clear()


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decoded(found: dict[str, Any]) -> dict[str, Any]:
    if len(found) == 1 and isinstance(found.get("B"), str):
        return {"B": base64.b64decode(found["B"])}
    return found


class Memory:
    """Raw mails of one schedule after the other."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def put(self, key: str, data: bytes, **_: Any) -> None:
        self._kept[key] = data

    async def get(self, key: str, **_: Any) -> bytes:
        return self._kept[key]

    async def beginning(self, key: str, *, most: int, **_: Any) -> tuple[bytes, int]:
        return self._kept[key][:most], len(self._kept[key])

    async def pour(self, key: str, take: Any, **_: Any) -> int:
        await take(self._kept[key])
        return len(self._kept[key])

    def forget(self) -> None:
        """Those of the schedule before."""
        self._kept.clear()
