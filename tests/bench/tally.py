"""Counts AWS calls as they leave, by service, operation and queue or table; and the messages that receives brought."""

from __future__ import annotations

import collections
import dataclasses
import json
from typing import Any

from hermes.aws.clients import Clients


class Tally:
    """Listens to botocore's events of every client; what the SDK sends again counts again."""

    def __init__(self) -> None:
        self.calls: collections.Counter[str] = collections.Counter()
        """`sqs SendMessage input` → how many."""
        self.sizes: collections.Counter[str] = collections.Counter()
        """The same → bytes of request bodies."""
        self.messages = 0
        self.receives = 0
        """Of these, receives that brought any."""

    def over(self, clients: Clients) -> None:
        """Count what these clients do."""
        for field in dataclasses.fields(clients):
            client = getattr(clients, field.name)
            if client is not None:
                client.meta.events.register("before-send", self._sent)
                client.meta.events.register("after-call.sqs.ReceiveMessage", self._came)

    def told(self) -> dict[str, Any]:
        """What was counted so far, for another process."""
        return {
            "calls": dict(self.calls),
            "sizes": dict(self.sizes),
            "messages": self.messages,
            "receives": self.receives,
        }

    def _sent(self, *, request: Any, event_name: str, **_: Any) -> None:
        service, operation = event_name.split(".")[1:3]
        body = bytes(request.body) if isinstance(request.body, bytes | bytearray) else b""
        kind = " ".join([service, operation, *_what(body)])
        self.calls[kind] += 1
        self.sizes[kind] += len(body)

    def _came(self, *, parsed: Any, **_: Any) -> None:
        found = len(parsed.get("Messages") or ())
        self.messages += found
        self.receives += bool(found)


def _what(body: bytes) -> list[str]:
    """The queue or table of a request by its name, `{prefix}-{what}…` (a prefix of the bench has no dash); of several tables all."""
    asked: dict[str, Any] = json.loads(body) if body.startswith(b"{") else {}
    url = str(asked.get("QueueUrl", "")).rsplit("/", 1)[-1].removesuffix(".fifo")
    names: list[str] = [url, str(asked.get("TableName", "")), *sorted(asked.get("RequestItems", {}))]
    found = [name.split("-")[1] for name in names if "-" in name]
    return ["+".join(found)] if found else []
