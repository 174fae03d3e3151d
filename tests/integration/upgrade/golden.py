"""What an earlier version wrote, as it lies in tables and on queues."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hermes.aws import items
from hermes.domain.containers import QueueSet
from hermes.domain.pointer import Pointer
from tests.integration.gateway.play import Play

V1 = Path(__file__).with_name("v1")
KEY = "acme#site#anna-people-test-ate3ajeb"
SESSION = "acme-site-abc12345"
PERSON = "anna@people.test"
NOW = 1_790_000_000.0


def records(folder: Path = V1) -> dict[str, list[items.Item]]:
    """Raw items by table."""
    found: dict[str, list[items.Item]] = json.loads(
        (folder / "records.json").read_text(encoding="utf-8"), object_hook=_bytes
    )
    return found


def messages(folder: Path = V1) -> dict[str, str]:
    """Bodies by kind."""
    found: dict[str, str] = json.loads((folder / "messages.json").read_text(encoding="utf-8"))
    return found


def _bytes(found: dict[str, Any]) -> dict[str, Any]:
    if set(found) == {"B"}:
        return {"B": base64.b64decode(found["B"])}
    return found


def times(item: items.Item, *, later: float) -> items.Item:
    """The item with its times moved: what was due then is due when the test wants it to be."""
    moved = dict(item)
    for name in ("due", "accepted_at", "started_at", "heartbeat_at", "active_at", "created_at"):
        if name in moved and "N" in moved[name]:
            moved[name] = {"N": repr(float(moved[name]["N"]) + later)}
    if "interruption" in moved:
        why = moved["interruption"]["M"]
        why["requested_at"] = {"N": repr(float(why["requested_at"]["N"]) + later)}
    return moved


async def lay(play: Play, *nouns: str, only: Mapping[str, str] | None = None, extra: bool = False) -> None:
    """Put an earlier version's items into the tables: all of these nouns; `only` names the one command.

    `extra`: each has an attribute that no version knows yet.
    """
    later = play.clock.time() - NOW
    for noun in nouns:
        table = play.stand.names.table(noun)
        for item in records()[noun]:
            if noun == "commands" and only and item["command_id"]["S"] not in only.values():
                continue
            laid = times(item, later=later)
            if extra:
                laid["later"] = {"M": {"by": {"S": "the next version"}}}
            await play.stand.clients.dynamodb.put_item(TableName=table, Item=laid)


async def queue_set(play: Play, *, extra: bool = False) -> QueueSet:
    """The queues of the container really made, and their row as the earlier version wrote it."""
    gateway = play.gateways[0] if play.gateways else await play.gateway()
    made = await gateway.manager.queue_set(KEY)
    (row,) = records()["queues"]
    for name in ("input_url", "interrupts_url", "output_url"):
        row[name] = {"S": getattr(made, name)}
    if extra:
        row["later"] = {"S": "the next version"}
    await play.stand.clients.dynamodb.put_item(TableName=play.stand.names.table("queues"), Item=row)
    return made


def pointer() -> Pointer:
    """The earlier version's pointer."""
    return Pointer.model_validate_json(messages()["pointer"])
