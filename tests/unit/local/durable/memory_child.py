"""MiniStack over a journal, in a separate process: carries out calls, says what its memory holds, or ends without a word.

Run as `python -m tests.unit.local.durable.memory_child FOLDER SEED CALLS`: after the calls it prints its memory as JSON and dies by
SIGKILL.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ministack.core import persistence
from ministack.services import dynamodb, s3, sqs

from hermes.local import long_queues
from hermes.local.durable.store import DurableStore

TABLES, QUEUES, KEYS = ("one", "two"), ("plain", "inbound", "input.fifo"), ("a", "b", "mails/1", "mails/1/x")


class Caller:
    """Makes calls by the doors that MiniStack's own server uses."""

    def __init__(self, store: DurableStore, seed: int) -> None:
        self._store = store
        self._random = random.Random(seed)
        self._handles: list[tuple[str, str]] = []
        self._uploads: list[tuple[str, str]] = []
        self._acts: tuple[Callable[[], Awaitable[None]], ...] = (
            self.put, self.put, self.update, self.delete, self.transact, self.batch,
            self.send, self.send, self.send, self.receive, self.receive, self.answer, self.answer, self.purge,
            self.store_object, self.store_object, self.remove_object, self.tag, self.upload, self.attributes, self.rebuild,
        )  # fmt: skip

    async def begin(self) -> None:
        """WatchedTables, queues and a bucket."""
        for table in TABLES:
            await self.dynamodb(
                "CreateTable",
                TableName=table,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in (("id", "S"), ("shard", "S"), ("due", "N"))],
                BillingMode="PAY_PER_REQUEST",
                GlobalSecondaryIndexes=[
                    {
                        "IndexName": "due",
                        "KeySchema": [{"AttributeName": "shard", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            )  # fmt: skip
            await self.dynamodb(
                "UpdateTimeToLive",
                TableName=table,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
            )
        await self.sqs("CreateQueue", QueueName="dead")
        redrive = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 2}
        for queue in QUEUES:
            attributes = {"FifoQueue": "true"} if queue.endswith(".fifo") else {"RedrivePolicy": json.dumps(redrive)}
            await self.sqs("CreateQueue", QueueName=queue, Attributes=attributes)
        await self.s3("PUT", "/bucket")

    async def act(self) -> None:
        """One call, or a few, and then as the answer's layer does."""
        await self._random.choice(self._acts)()
        self._store.flush(control=True)
        if self._random.random() < 0.3:
            await self._store.journal.settled()

    def item(self) -> dict[str, Any]:
        """An item, sometimes one that is due."""
        item: dict[str, Any] = {"id": {"S": self._random.choice("abcdefgh")}, "n": {"N": str(self._random.random())}}
        if self._random.random() < 0.6:
            item |= {"shard": {"S": self._random.choice("xy")}, "due": {"N": str(self._random.randint(1, 9))}}
        return item

    async def put(self) -> None:
        """PutItem."""
        await self.dynamodb("PutItem", TableName=self._random.choice(TABLES), Item=self.item())

    async def update(self) -> None:
        """UpdateItem."""
        await self.dynamodb(
            "UpdateItem",
            TableName=self._random.choice(TABLES),
            Key={"id": {"S": self._random.choice("abcdefgh")}},
            UpdateExpression=self._random.choice(("SET due = :n", "REMOVE due", "ADD n :n")),
            ExpressionAttributeValues={":n": {"N": str(self._random.randint(1, 9))}},
        )

    async def delete(self) -> None:
        """DeleteItem."""
        key = {"id": {"S": self._random.choice("abcdefgh")}}
        await self.dynamodb("DeleteItem", TableName=self._random.choice(TABLES), Key=key)

    async def transact(self) -> None:
        """TransactWriteItems, which may fail on its condition."""
        puts: list[dict[str, Any]] = [{"Put": {"TableName": table, "Item": self.item()}} for table in TABLES]
        if self._random.random() < 0.5:
            puts[1]["Put"]["ConditionExpression"] = "attribute_not_exists(id)"
        await self.dynamodb("TransactWriteItems", TransactItems=puts)

    async def batch(self) -> None:
        """BatchWriteItem."""
        item = self.item()
        await self.dynamodb("BatchWriteItem", RequestItems={TABLES[0]: [{"PutRequest": {"Item": item}}]})

    async def send(self) -> None:
        """SendMessage, sometimes twice the same."""
        queue = self._random.choice(QUEUES)
        more = {}
        if queue.endswith(".fifo"):
            once = str(self._random.randint(1, 40))
            more = {"MessageGroupId": self._random.choice("gh"), "MessageDeduplicationId": once}
        await self.sqs("SendMessage", QueueUrl=queue, MessageBody=f"body {self._random.random()} \ud83d\ude00", **more)

    async def receive(self) -> None:
        """ReceiveMessage; it may move messages to the dead-letter queue."""
        queue = self._random.choice(QUEUES)
        answer = await self.sqs("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=3, VisibilityTimeout=0)
        self._handles += [(queue, message["ReceiptHandle"]) for message in answer.get("Messages", ())]

    async def answer(self) -> None:
        """DeleteMessage or ChangeMessageVisibility."""
        if self._handles:
            queue, handle = self._handles.pop(self._random.randrange(len(self._handles)))
            if self._random.random() < 0.5:
                await self.sqs("DeleteMessage", QueueUrl=queue, ReceiptHandle=handle)
            else:
                await self.sqs("ChangeMessageVisibility", QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=90)

    async def purge(self) -> None:
        """PurgeQueue, now and then."""
        if self._random.random() < 0.1:
            await self.sqs("PurgeQueue", QueueUrl=self._random.choice(QUEUES))

    async def store_object(self) -> None:
        """PutObject."""
        body = self._random.randbytes(self._random.choice((0, 10, 20_000)))
        await self.s3("PUT", f"/bucket/{self._random.choice(KEYS)}", body)

    async def remove_object(self) -> None:
        """DeleteObject."""
        await self.s3("DELETE", f"/bucket/{self._random.choice(KEYS)}")

    async def tag(self) -> None:
        """PutObjectTagging."""
        tags = b"<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
        await self.s3("PUT", f"/bucket/{self._random.choice(KEYS)}", tags, tagging="")

    async def upload(self) -> None:
        """One step of an upload in parts."""
        if not self._uploads or self._random.random() < 0.2:
            key = self._random.choice(KEYS)
            answer = await self.s3("POST", f"/bucket/{key}", uploads="")
            self._uploads.append((key, answer.partition("<UploadId>")[2].partition("<")[0]))
            return
        key, upload = self._random.choice(self._uploads)
        path = f"/bucket/{key}"
        if self._random.random() < 0.7:
            await self.s3("PUT", path, self._random.randbytes(3000), uploadId=upload, partNumber="1")
        elif self._random.random() < 0.5:
            await self.s3("DELETE", path, uploadId=upload)
        else:
            etag = s3._multipart_uploads.get(upload, {}).get("parts", {}).get(1, {}).get("etag", "")
            part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
            body = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
            await self.s3("POST", path, body, uploadId=upload)

    async def attributes(self) -> None:
        """SetQueueAttributes and TagQueue."""
        seconds = str(self._random.randint(1, 60))
        await self.sqs("SetQueueAttributes", QueueUrl="plain", Attributes={"VisibilityTimeout": seconds})
        await self.sqs("TagQueue", QueueUrl="plain", Tags={"seconds": seconds})

    async def rebuild(self) -> None:
        """DeleteQueue and DeleteTable, and the same names again."""
        if self._random.random() < 0.05:
            await self.sqs("DeleteQueue", QueueUrl="plain")
            await self.dynamodb("DeleteTable", TableName="two")
            if self._random.random() < 0.5:
                self._store.flush(control=True)
            await self.begin()

    async def dynamodb(self, action: str, **data: Any) -> None:
        """One call."""
        await dynamodb.handle_request("POST", "/", {"x-amz-target": f"D.{action}"}, json.dumps(data).encode(), {})

    async def sqs(self, action: str, **data: Any) -> Any:
        """One call, and its answer."""
        headers = {"x-amz-target": f"AmazonSQS.{action}"}
        return json.loads((await sqs.handle_request("POST", "/", headers, json.dumps(data).encode(), {}))[2])

    async def s3(self, method: str, path: str, body: bytes = b"", **query: str) -> str:
        """One call, and its answer."""
        answer = await s3.handle_request(method, path, {}, body, {name: [value] for name, value in query.items()})
        return bytes(answer[2]).decode("latin-1")


def memory() -> str:
    """All that MiniStack holds, in a form that compares."""
    buckets = {
        scope[1]: {
            key: ({**held, "body": None}, s3._read_body(scope[1], key, held).hex())
            for key, held in bucket["objects"].items()
        }
        for scope, bucket in s3._buckets._data.items()
    }
    uploads = {
        str(scope): {**upload, "parts": {n: (dict(p), p["body"].hex()) for n, p in upload["parts"].items()}}
        for scope, upload in s3._multipart_uploads._data.items()
    }
    indexes = {
        str((scope, value)): table["items"]
        .indexes["due"]
        .find({"KeyConditionExpression": "shard = :s", "ExpressionAttributeValues": {":s": {"S": value}}})
        for scope, table in dynamodb._tables._data.items()
        for value in "xy"
    }
    queues = {
        str(scope): {
            **{n: v for n, v in q.items() if n != "attributes"},
            "order": [m.order for m in q["messages"]],
            "attributes": {n: v for n, v in q["attributes"].items() if not n.startswith("Approx")},
        }
        for scope, q in sqs._queues._data.items()
    }
    entries = {name: getattr(s3, f"_{name}")._data for name in ("object_tags", "completed_multipart_uploads")}
    held = {
        "tables": {str(scope): table for scope, table in dynamodb._tables._data.items()},
        "ttl": {str(scope): setting for scope, setting in dynamodb._ttl_settings._data.items()},
        "indexes": indexes,
        "queues": queues,
        "names": {str(scope): url for scope, url in sqs._queue_name_to_url._data.items()},
        "buckets": buckets,
        "uploads": uploads,
        "entries": {name: {str(k): v for k, v in entry.items()} for name, entry in entries.items()},
    }
    return json.dumps(held, sort_keys=True, default=persistence._json_default)


async def main() -> None:
    """Make the calls, print, die."""
    folder, seed, calls = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    long_queues.install(sqs)
    store = DurableStore(folder)
    if calls:
        caller = Caller(store, seed)
        await caller.begin()
        for _ in range(calls):
            await caller.act()
        await store.journal.settled()
    print(memory(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main())
