"""Gives the sessions of an older version the shard by which the index of threads finds them. For `provision`, when it adds the index."""

from __future__ import annotations

from typing import Any

from hermes import errors, ids
from hermes.aws import calls, items
from hermes.aws.records.sessions import SHARD


async def give_every_session_one(client: Any, table: str) -> int:
    """Returns how many sessions got one. Safe to repeat; a gateway that writes a session meanwhile gives it the same."""
    given = 0
    start: dict[str, Any] = {}
    while True:
        answer = await calls.call(
            f"DynamoDB Scan {table}",
            client.scan(
                TableName=table,
                FilterExpression="attribute_not_exists(#s) AND attribute_exists(#u)",
                ProjectionExpression="session_id",
                ExpressionAttributeNames={"#s": SHARD, "#u": "updated_at"},
                **start,
            ),
        )
        for item in answer.get("Items", []):
            given += await _give(client, table, str(items.plain(item["session_id"])))
        if not answer.get("LastEvaluatedKey"):
            return given
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


async def _give(client: Any, table: str, session_id: str) -> int:
    try:
        await calls.call(
            f"DynamoDB UpdateItem {table}",
            client.update_item(
                TableName=table,
                Key={"session_id": {"S": session_id}},
                UpdateExpression="SET #s = :s",
                ConditionExpression="attribute_exists(session_id)",
                ExpressionAttributeNames={"#s": SHARD},
                ExpressionAttributeValues={":s": {"S": ids.due_shard(session_id)}},
            ),
        )
    except errors.ConditionFailed:
        return 0  # it expired since the scan
    return 1
