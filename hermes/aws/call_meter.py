"""Counts AWS calls as they are sent, with an estimate of their cost; the SDK's retries count, because they are billed.

Prices are those of us-east-1 on demand ("Amazon SQS pricing", "Amazon DynamoDB pricing", "Amazon S3 pricing"): good for trends, not for a
bill.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

from hermes.aws.clients import Clients

#: Dollars for one: an SQS request of 64 KB, a DynamoDB unit written (1 KB) and read (4 KB), an S3 write and read.
_SQS, _WRITE, _READ, _PUT, _GET = 0.4e-6, 0.625e-6, 0.125e-6, 5e-6, 0.4e-6
_SQS_BYTES, _WRITE_BYTES = 64 * 1024, 1024
_DYNAMODB_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
_S3_WRITES = frozenset({"PutObject", "ListObjectsV2", "CreateBucket"})

Count = Callable[[str, str, float], None]
"""Takes service, operation and estimated dollars of one sending."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pool:
    """The connections of one client."""

    client: str
    used: int
    size: int


class CallMeter:
    """Listens to botocore's `before-send` event of every client."""

    def __init__(self, *, clients: Clients, count: Count) -> None:
        self._clients = {
            field.name: client
            for field in dataclasses.fields(clients)
            if (client := getattr(clients, field.name)) is not None
        }
        self._count = count

    def start(self) -> None:
        """Count from now on."""
        for client in self._clients.values():
            client.meta.events.register("before-send", self._sent)

    def pools(self) -> Iterator[Pool]:
        """The connections that each client uses now; read from its connector, since aiobotocore has no API for it."""
        for name, client in self._clients.items():
            sessions = getattr(client._endpoint.http_session, "_sessions", None) or {}  # noqa: SLF001
            used = sum(len(one.connector._acquired) for one in sessions.values() if one.connector)  # noqa: SLF001
            yield Pool(name, used, int(client.meta.config.max_pool_connections))

    def _sent(self, *, request: Any, event_name: str, **more: Any) -> None:
        _, service, operation = event_name.split(".", 2)
        body = request.body
        size = len(body) if isinstance(body, bytes | bytearray | str) else 0
        self._count(service, operation, estimate(service, operation, size))


def estimate(service: str, operation: str, size: int) -> float:
    """The cost in dollars of one request with a body of `size` bytes; 0 for services that are billed otherwise."""
    match service:
        case "sqs":
            return _SQS * max(1, math.ceil(size / _SQS_BYTES))
        case "dynamodb" if operation in _DYNAMODB_READS:
            return _READ
        case "dynamodb":
            twice = 2 if operation == "TransactWriteItems" else 1
            return _WRITE * twice * max(1, math.ceil(size / _WRITE_BYTES))
        case "s3":
            return _PUT if operation in _S3_WRITES else _GET
        case _:
            return 0.0
