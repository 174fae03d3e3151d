"""Calls on a store, one after the other, until the process is killed; each is printed once it is acknowledged.

Run as `python -m tests.unit.local.durable.crashing_child FOLDER FIRST`: writers 0 to 7 put items, send messages and store objects from
number FIRST on. `python -m … FOLDER` reads: it prints what is there.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from ministack.services import dynamodb, s3, sqs

from hermes import errors
from hermes.local.durable.store import DurableStore

WRITERS = 8


async def dynamodb_call(action: str, **data: Any) -> Any:
    """One call."""
    answer = await dynamodb.handle_request("POST", "/", {"x-amz-target": f"D.{action}"}, json.dumps(data).encode(), {})
    return answer[0], json.loads(answer[2])


async def sqs_call(action: str, **data: Any) -> Any:
    """One call."""
    headers = {"x-amz-target": f"AmazonSQS.{action}"}
    return (await sqs.handle_request("POST", "/", headers, json.dumps(data).encode(), {}))[0]


async def settled(store: DurableStore) -> bool:
    """What the answer's layer does at the end of a call; false if the call could not be written."""
    store.flush(control=True)
    try:
        await store.journal.settled()
    except errors.NoRoom:
        return False
    return True


async def write(store: DurableStore, writer: int, first: int) -> None:
    """One call after the other."""
    number = first
    while True:
        name = f"{writer}-{number}"
        item = {"id": {"S": name}, "pad": {"S": "x" * (writer * 300)}}
        pair = [{"Put": {"TableName": table, "Item": item}} for table in ("one", "two")]
        await dynamodb_call("TransactWriteItems", TransactItems=pair)
        await sqs_call(
            "SendMessage", QueueUrl="q.fifo", MessageBody=name, MessageGroupId=str(writer), MessageDeduplicationId=name
        )
        await s3.handle_request("PUT", f"/bucket/{name}", {}, name.encode() * 1000, {})
        print(name if await settled(store) else f"refused {name}", flush=True)
        number += 1
        await asyncio.sleep(0)


async def main() -> None:
    """Write until the end, or read."""
    store = DurableStore(Path(sys.argv[1]))
    if len(sys.argv) == 2:
        found = {
            "items": [sorted(t["items"]) for _, t in sorted(dynamodb._tables._data.items())],
            "messages": [m["body"] for q in sqs._queues._data.values() for m in q["messages"]],
            "objects": sorted(k for b in s3._buckets._data.values() for k in b["objects"]),
            "bodies": all(
                s3._read_body("bucket", k, o) == k.encode() * 1000
                for b in s3._buckets._data.values()
                for k, o in b["objects"].items()
            ),
            "lost": store.journal.lost,
            "damaged": len(store.journal.damaged),
        }
        print(json.dumps(found))
        return
    for table in ("one", "two"):
        await dynamodb_call(
            "CreateTable",
            TableName=table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    await sqs_call("CreateQueue", QueueName="q.fifo", Attributes={"FifoQueue": "true"})
    await s3.handle_request("PUT", "/bucket", {}, b"", {})
    await settled(store)
    await asyncio.gather(*(write(store, writer, int(sys.argv[2])) for writer in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main())
