"""Run under the code of an earlier version: reads what this version wrote, and writes beside it. Says "read" at its end.

Standard input: {"records": {table: [items]}, "messages": {kind: body}, "endpoint": url, "prefix": prefix}; bytes as {"B": base64}.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import sys
from typing import Any

from hermes.aws import clients, items, tables
from hermes.domain import commands, containers, mails, pointer, replies, sessions, threads, wire

# Modules that are called otherwise today: this runs under the earlier version's code.
command_records: Any = importlib.import_module("hermes.aws.commands")
resource_names: Any = importlib.import_module("hermes.aws.names")

MODELS: dict[str, Any] = {
    "commands": commands.Command,
    "sessions": sessions.Session,
    "mails": mails.MailRecord,
    "threads": threads.Alias,
    "containers": containers.Container,
    "queues": containers.QueueSet,
    "outbox": replies.Reply,
}


def _bytes(found: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64decode(found["B"])} if set(found) == {"B"} else found


async def claim(endpoint: str, prefix: str) -> None:
    """As a worker of that version takes a command that this version accepted."""
    async with clients.connect(
        region="eu-central-1", endpoint_url=endpoint, access_key="test", secret_key="test"
    ) as made:
        records = command_records.Commands(
            tables=tables.Tables(client=made.dynamodb), names=resource_names.Names(prefix)
        )
        claimed = await records.claim("new", attempt=1, gen=1, token="old", now=1.0)
        assert claimed.state is commands.CommandState.RUNNING


def main() -> None:
    """All of it."""
    given = json.loads(sys.stdin.read(), object_hook=_bytes)
    for noun, found in given["records"].items():
        for item in found:
            items.from_item(MODELS[noun], item)
    for kind, body in given["messages"].items():
        read = {"command": wire.read_command, "interrupt": wire.read_interrupt, "pointer": pointer.read}
        read.get(kind, wire.read_output)(body)
    asyncio.run(claim(given["endpoint"], given["prefix"]))
    print("read", commands.__file__)


if __name__ == "__main__":
    main()
