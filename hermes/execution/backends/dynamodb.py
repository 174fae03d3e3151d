"""A backend in a DynamoDB table, which processes on many machines share."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any, Final

from hermes.execution import signals
from hermes.execution.backends.backend import BACKEND_SECONDS, ExecutionBackend, InterruptQuery, read_signal, superseded
from hermes.execution.checkpoints import snapshot
from hermes.execution.events import events
from hermes.execution.exceptions import SnapshotError

#: An item may have 400 KB, names and numbers included.
SNAPSHOT_BYTES: Final = 390_000

_HISTORY: Final = "interrupts"


class DynamoBackend(ExecutionBackend):
    """Items of one table with the keys `id` and `part`, both strings (`create_table` makes it).

    `client` is an aiobotocore client of DynamoDB, whose owner closes it. Snapshots are compressed; one that an item still has no
    room for is a `SnapshotError`, as is one that would replace one with a higher number.
    """

    def __init__(self, client: Any, *, table: str = "hermes-executions") -> None:
        self._client = client
        self._table = table

    async def create_table(self) -> None:
        """Create the table, paid for by request, unless it is there; returns before DynamoDB has it ready."""
        keys = {"id": "HASH", "part": "RANGE"}
        try:
            await self._client.create_table(
                TableName=self._table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
                KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            )
        except Exception as error:
            if _code(error) != "ResourceInUseException":
                raise

    async def request_interrupt(self, execution_id: str, signal: signals.InterruptSignal) -> None:
        """Ask the execution to stop, wherever it runs."""
        await self._put(execution_id, "interrupt", {"json": {"S": signal.model_dump_json()}})

    async def requested(self, execution_id: str) -> signals.InterruptSignal | None:
        """The request to stop it, or None."""
        item = await self._get(execution_id, "interrupt")
        return None if item is None else read_signal(item["json"]["S"])

    async def withdraw(self, execution_id: str) -> None:
        """Delete the request; does nothing if there is none."""
        await self._delete(execution_id, "interrupt")

    async def keep(self, event: events.InterruptEvent) -> None:
        """Add an interrupt to the history."""
        part = f"{_time(event.at)}#{event.execution_id}"
        await self._put(_HISTORY, part, {"json": {"S": event.model_dump_json()}}, id_kind="list")

    async def interrupts(self, query: InterruptQuery | None = None) -> list[events.InterruptEvent]:
        """Interrupts of the history, the newest first."""
        query = query or InterruptQuery()
        oldest = _time(query.since or 0.0)
        newest = (
            _time(query.until) + "$" if query.until is not None else ":"
        )  # both sort after what they are to include
        asked: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "id = :id AND part BETWEEN :oldest AND :newest",
            "ExpressionAttributeValues": {
                ":id": {"S": f"list#{_HISTORY}"},
                ":oldest": {"S": oldest},
                ":newest": {"S": newest},
            },
            "ScanIndexForward": False,
        }
        found: list[events.InterruptEvent] = []
        while len(found) < query.limit:
            async with asyncio.timeout(BACKEND_SECONDS):
                page = await self._client.query(**asked)
            read = (events.InterruptEvent.model_validate_json(item["json"]["S"]) for item in page["Items"])
            found += [event for event in read if query.wants(event)]
            if "LastEvaluatedKey" not in page:
                break
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return found[: query.limit]

    async def save(self, snapshot: snapshot.Snapshot) -> None:
        """Keep the snapshot in place of an earlier one. Raises `SnapshotError` if a newer one is there, or it is too large."""
        packed = zlib.compress(snapshot.to_json().encode())
        if len(packed) > SNAPSHOT_BYTES:
            raise SnapshotError(
                f"the snapshot of {snapshot.execution_id!r} has {len(packed)} bytes compressed, over the {SNAPSHOT_BYTES} of a"
                " DynamoDB item: let its steps return less"
            )
        number = {"N": str(snapshot.number)}
        try:
            await self._put(
                snapshot.execution_id,
                "snapshot",
                {"zlib": {"B": packed}, "number": number},
                ConditionExpression="attribute_not_exists(id) OR #number < :number OR (#number = :number AND #zlib = :zlib)",
                ExpressionAttributeNames={"#number": "number", "#zlib": "zlib"},
                ExpressionAttributeValues={":number": number, ":zlib": {"B": packed}},
            )
        except Exception as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            raise SnapshotError(superseded(snapshot.execution_id)) from error

    async def load(self, execution_id: str) -> snapshot.Snapshot | None:
        """The one kept, or None. Raises `SnapshotError` if it cannot be read."""
        item = await self._get(execution_id, "snapshot")
        if item is None:
            return None
        try:
            text = zlib.decompress(item["zlib"]["B"])
        except (KeyError, zlib.error) as error:
            raise SnapshotError(f"the snapshot of {execution_id!r} cannot be read: {error}") from error
        return snapshot.Snapshot.from_json(text)

    async def delete(self, execution_id: str) -> None:
        """Delete it; does nothing if there is none."""
        await self._delete(execution_id, "snapshot")

    async def _put(self, name: str, part: str, content: dict[str, Any], *, id_kind: str = "of", **more: Any) -> None:
        async with asyncio.timeout(BACKEND_SECONDS):
            await self._client.put_item(TableName=self._table, Item=_key(name, part, id_kind) | content, **more)

    async def _get(self, execution_id: str, part: str) -> dict[str, Any] | None:
        async with asyncio.timeout(BACKEND_SECONDS):
            found = await self._client.get_item(
                TableName=self._table, Key=_key(execution_id, part, "of"), ConsistentRead=True
            )
        item: dict[str, Any] | None = found.get("Item")
        return item

    async def _delete(self, execution_id: str, part: str) -> None:
        async with asyncio.timeout(BACKEND_SECONDS):
            await self._client.delete_item(TableName=self._table, Key=_key(execution_id, part, "of"))


def _key(name: str, part: str, id_kind: str) -> dict[str, Any]:
    """The key of an item; ids of executions and of lists never meet."""
    return {"id": {"S": f"{id_kind}#{name}"}, "part": {"S": part}}


def _time(epoch_seconds: float) -> str:
    """Digits that sort as the times do."""
    return f"{max(epoch_seconds, 0.0):020.6f}"


def _code(error: Exception) -> str:
    """The code of botocore's ClientError, which this module does not import."""
    answer = getattr(error, "response", None)
    return str(answer.get("Error", {}).get("Code", "")) if isinstance(answer, dict) else ""
