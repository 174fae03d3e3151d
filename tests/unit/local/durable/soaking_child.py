"""Years of mail in seconds: MiniStack over a journal, with a clock that goes on by a day for each few mails.

Run as `python -m tests.unit.local.durable.soaking_child FOLDER MAILS LOOKS`: it prints a line of sizes after each of so many equal parts.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from pathlib import Path

from ministack.services import sqs

from hermes.local import long_queues
from hermes.local.durable import journal
from hermes.local.durable.store import DurableStore
from tests.unit.local.durable.memory_child import Caller

#: Everything of a mail is kept so long.
KEEP_DAYS, MAILS_A_DAY = 90, 5
_DAY = 86_400.0
_RULE = (
    "<LifecycleConfiguration><Rule><ID>mails</ID><Status>Enabled</Status><Filter><Prefix>mails/</Prefix></Filter>"
    f"<Expiration><Days>{KEEP_DAYS}</Days></Expiration></Rule></LifecycleConfiguration>"
).encode()


class Years:
    """A mailbox over years."""

    def __init__(self, folder: Path) -> None:
        self.days = 0.0
        self._began = time.time()
        self._folder = folder
        self._store = DurableStore(folder, now=self.now)
        self._caller = Caller(self._store, 1)

    def now(self) -> float:
        return self._began + self.days * _DAY

    async def run(self, mails: int, looks: int) -> None:
        await self._caller.begin()
        await self._caller.s3("PUT", "/bucket", _RULE, lifecycle="")
        for number in range(1, mails + 1):
            await self._mail(number)
            if number % (mails // looks) == 0:
                await self._store.journal.settled()
                print(json.dumps(self._sizes()), flush=True)
        await self._store.journal.close()

    async def _mail(self, number: int) -> None:
        caller, name = self._caller, f"mail-{number}"
        expires = {"N": str(round(self.now() + KEEP_DAYS * _DAY))}
        await caller.s3("PUT", f"/bucket/mails/{name}", b"x" * 4000)
        await caller.sqs("SendMessage", QueueUrl="inbound", MessageBody=name)
        await self._taken("inbound")
        item = {"id": {"S": name}, "expires_at": expires, "text": {"S": "x" * 500}}
        due = {"shard": {"S": "x"}, "due": {"N": str(number)}}
        puts = [{"Put": {"TableName": "one", "Item": item}}, {"Put": {"TableName": "two", "Item": item | due}}]
        await caller.dynamodb("TransactWriteItems", TransactItems=puts)
        once = {"MessageGroupId": name, "MessageDeduplicationId": name}
        await caller.sqs("SendMessage", QueueUrl="input.fifo", MessageBody=name, **once)
        await self._taken("input.fifo")
        done = {"UpdateExpression": "REMOVE due", "Key": {"id": {"S": name}}}
        await caller.dynamodb("UpdateItem", TableName="two", **done)
        self._store.flush(control=False)
        self.days += 1 / MAILS_A_DAY
        if number % 20 == 0:
            self._store.expire_some()
            await self._store.journal.settled()

    async def _taken(self, queue: str) -> None:
        answer = await self._caller.sqs("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10)
        for message in answer.get("Messages", ()):
            await self._caller.sqs("DeleteMessage", QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def _sizes(self) -> dict[str, int]:
        gc.collect()
        (rows,) = self._store.journal._reader.execute("SELECT count(*) FROM rows").fetchone()
        (bodies,) = self._store.journal._reader.execute("SELECT count(*) FROM bodies").fetchone()
        return {
            "rows": rows,
            "bodies": bodies,
            "file": (self._folder / journal.FILE).stat().st_size,
            "log": (self._folder / f"{journal.FILE}-wal").stat().st_size,
            "blocks": sys.getallocatedblocks(),
        }


async def main() -> None:
    """The years, look by look."""
    long_queues.install(sqs)
    await Years(Path(sys.argv[1])).run(int(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    asyncio.run(main())
