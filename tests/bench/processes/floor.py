"""The floor: the AWS calls of Hermes' gateway for one command, by hand over aiobotocore, one message a call, in a process of its own.

It reads no mail beyond its headers, judges nobody, checks no state, handles no error, remembers nothing: what it takes is what the calls
take. It has as many receivers of mail as Hermes has slots, and one for each output queue; each starts a task for its one message and
receives again, so that what is open waits in the event loop. Nothing shares a call. Its clients and its SMTP connections are as the
libraries make them. Whoever changes Hermes' calls changes these: a test compares both.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import aiosmtplib

from hermes import ids
from hermes.app import gateway as composition
from hermes.aws.clients import Clients
from hermes.config import loading as config
from tests.bench import plain
from tests.bench.processes import child
from tests.bench.tally import Tally

_HEADER = re.compile(rb"^(Message-ID|From|In-Reply-To): *([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_YEAR = 365 * 86400


class Floor:
    """Does for each message what has to be done, and nothing else."""

    def __init__(self, *, conf: config.Config, clients: Clients, inbound: str, sets: list[dict[str, str]]) -> None:
        self._prefix = conf.prefix
        self._bucket = conf.aws.bucket
        self._smtp = conf.mail.smtp
        self._clients = clients
        self._inbound = inbound
        self._receivers = conf.gateway.concurrency
        self._sets = {one["key"]: one for one in sets}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._receivers):
                group.create_task(self._poll(self._inbound, self._mail))
            for one in self._sets.values():
                group.create_task(self._poll(one["output"], self._answer))

    async def _poll(self, url: str, take: Any) -> None:
        while True:
            answer = await self._clients.polls.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=1,
                WaitTimeSeconds=20,
                VisibilityTimeout=60,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp", "MessageGroupId"],
                MessageAttributeNames=["All"],
            )
            for message in answer.get("Messages", []):
                self._start(take(url, message))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ── a mail comes ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _mail(self, url: str, message: dict[str, Any]) -> None:
        pointer = json.loads(message["Body"])
        stored = await self._clients.s3.get_object(Bucket=self._bucket, Key=pointer["key"])
        async with stored["Body"] as stream:
            raw = await stream.read()
        headers = {name.decode().lower(): value.decode() for name, value in _HEADER.findall(raw)}
        person = headers["from"].rsplit("<")[-1].rstrip(">")
        mail_id, key = _id(headers["message-id"]), ids.container_key("acme", "site", person)
        named = [headers[name] for name in ("in-reply-to", "message-id") if name in headers]
        names = [*(f"acme/site {one}" for one in named), f"content {mail_id}"]
        wanted = {
            self._table("mails"): {"Keys": [{"mail_id": {"S": mail_id}}], "ConsistentRead": True},
            self._table("threads"): {"Keys": [{"message_id": {"S": name}} for name in names], "ConsistentRead": True},
        }
        found = await self._clients.dynamodb.batch_get_item(RequestItems=wanted)
        known = {one["message_id"]["S"]: one for one in found["Responses"].get(self._table("threads"), [])}
        alias = known.get(names[0]) if "in-reply-to" in headers else None
        session_id = alias["session_id"]["S"] if alias else f"acme-site-{mail_id[:8]}"
        session = head = None
        if alias is not None:
            session = await self._get("sessions", session_id=session_id)
            head = await self._get("commands", command_id=session["head"]["S"])
        command = self._command(headers["message-id"], session_id, person, raw, head)
        writes = [
            self._put("mails", {"mail_id": mail_id, "session_id": session_id, "recorded_at": time.time()} | _FILL),
            self._session(session, session_id, key, command),
            {"Put": {"TableName": self._table("commands"), "Item": command, **_absent("command_id")}},
            *(self._alias(name, session_id) for name in names if name not in known),
        ]
        if head is not None:
            writes.append(self._interrupting(head))
        await self._clients.dynamodb.transact_write_items(TransactItems=writes)
        if head is not None:
            child.tell(event="committed", session=session_id, at=time.monotonic())
            self._start(self._interrupt(session_id, int(command["seq"]["N"]), self._sets[key]["interrupts"]))
            self._start(self._look_at(session_id))
        self._start(self._dispatch(command))
        await self._delete(url, message)

    async def _dispatch(self, command: dict[str, Any]) -> None:
        key, plain = command["container_key"]["S"], {name: next(iter(one.values())) for name, one in command.items()}
        await self._clients.dynamodb.update_item(
            TableName=self._table("containers"),
            Key={"container_key": {"S": key}},
            UpdateExpression="SET #a = :a ADD #d :d",
            ConditionExpression="(#g = :g) AND (#s IN (:s0, :s1))",
            ExpressionAttributeNames={"#a": "active_at", "#d": "dispatched_seq", "#g": "gen", "#s": "state"},
            ExpressionAttributeValues={
                ":a": _n(time.time()), ":d": _n(1), ":g": _n(1), ":s0": {"S": "busy"}, ":s1": {"S": "ready"},
            },
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )  # fmt: skip
        body = {
            "v": 1, "commandId": plain["command_id"], "sessionId": plain["session_id"], "seq": int(plain["seq"]),
            "attempt": 1, "type": "edit", "instruction": plain["instruction"], "chatThreadId": "abc12345",
            "context": json.loads(plain["context"]), "traceparent": plain["trace"],
        }  # fmt: skip
        await self._clients.sqs.send_message(
            QueueUrl=self._sets[key]["input"],
            MessageBody=json.dumps(body),
            MessageGroupId=plain["session_id"],
            MessageDeduplicationId=f"{plain['command_id']}:1",
        )

    async def _interrupt(self, session_id: str, below: int, url: str) -> None:
        body = {
            "v": 1, "type": "interrupt", "priority": "high", "sessionId": session_id, "belowSeq": below,
            "reason": "priority_override", "message": "New message received in this thread",
            "timestamp": "2026-11-20T10:00:00.000+00:00",
        }  # fmt: skip
        await self._clients.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))

    async def _look_at(self, session_id: str) -> None:
        found = await self._clients.dynamodb.query(
            TableName=self._table("commands"),
            IndexName="by_session",
            KeyConditionExpression="#s = :s",
            ExpressionAttributeNames={"#s": "session_id"},
            ExpressionAttributeValues={":s": {"S": session_id}},
            ScanIndexForward=False,
            Limit=50,
        )
        still = [one for one in found["Items"] if one["state"]["S"] in ("accepted", "running", "interrupting")]
        if still:
            keys = [{"command_id": one["command_id"]} for one in still]
            await self._clients.dynamodb.batch_get_item(
                RequestItems={self._table("commands"): {"Keys": keys, "ConsistentRead": True}}
            )

    # ── an answer comes ────────────────────────────────────────────────────────────────────────────────────────────

    async def _answer(self, url: str, message: dict[str, Any]) -> None:
        said = json.loads(message["Body"])
        if said["kind"] == "result":
            await self._finish(said, message["Body"])
        await self._delete(url, message)

    async def _finish(self, result: dict[str, Any], body: str) -> None:
        command = await self._get("commands", command_id=result["commandId"])
        session_id, person = command["session_id"]["S"], command["origin"]["M"]["author"]["S"]
        reply_id, message_id = f"{result['commandId']}#final", f"<{uuid.uuid4().hex}@agent.example.com>"
        raw = _reply(command, person, message_id)
        writes = [
            {
                "Update": {
                    "TableName": self._table("commands"),
                    "Key": {"command_id": command["command_id"]},
                    "UpdateExpression": "SET #s = :s, #f = :f, #r = :r, #h = :h, #e = :e REMOVE #d, #x",
                    "ConditionExpression": "(#s = :seen) AND (#a <= :a)",
                    "ExpressionAttributeNames": {
                        "#s": "state", "#f": "finished_at", "#r": "result", "#h": "history", "#e": "expires_at",
                        "#d": "due", "#x": "due_shard", "#a": "attempt",
                    },
                    "ExpressionAttributeValues": {
                        ":s": {"S": "succeeded"}, ":f": _n(time.time()), ":r": {"S": body + " " * 350},
                        ":h": command["history"], ":e": _n(time.time() + _YEAR), ":seen": command["state"], ":a": _n(1),
                    },
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            },
            self._put("outbox", {
                "reply_id": reply_id, "message_id": message_id, "recipient": person, "raw": raw, "state": "pending",
                "created_at": time.time(), "due": time.time() + 120, "due_shard": "1", "session_id": session_id,
            } | _FILL),
            self._alias(f"acme/site {message_id}", session_id),
        ]  # fmt: skip
        await self._clients.dynamodb.transact_write_items(TransactItems=writes)
        self._start(self._send(reply_id, raw, person))
        self._start(self._look_at(session_id))

    async def _send(self, reply_id: str, raw: bytes, person: str) -> None:
        await aiosmtplib.send(
            raw,
            sender="site@agent.example.com",
            recipients=[person],
            hostname=self._smtp.host,
            port=self._smtp.port,
            start_tls=False,
            local_hostname="agent.example.com",
        )
        await self._clients.dynamodb.update_item(
            TableName=self._table("outbox"),
            Key={"reply_id": {"S": reply_id}},
            UpdateExpression="SET #s = :s, #a = :a, #e = :e REMOVE #d, #x",
            ConditionExpression="attribute_exists(#r)",
            ExpressionAttributeNames={
                "#s": "state", "#a": "sent_at", "#e": "expires_at", "#d": "due", "#x": "due_shard", "#r": "reply_id",
            },
            ExpressionAttributeValues={":s": {"S": "sent"}, ":a": _n(time.time()), ":e": _n(time.time() + _YEAR)},
            ReturnValues="ALL_NEW",
        )  # fmt: skip

    # ── calls ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _get(self, noun: str, **key: str) -> dict[str, Any]:
        name, value = next(iter(key.items()))
        answer = await self._clients.dynamodb.get_item(
            TableName=self._table(noun), Key={name: {"S": value}}, ConsistentRead=True
        )
        item: dict[str, Any] = answer["Item"]
        return item

    async def _delete(self, url: str, message: dict[str, Any]) -> None:
        entry = {"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}
        await self._clients.sqs.delete_message_batch(QueueUrl=url, Entries=[entry])

    def _table(self, noun: str) -> str:
        return f"{self._prefix}-{noun}"

    def _put(self, noun: str, plain: dict[str, Any]) -> dict[str, Any]:
        item = {name: _value(value) for name, value in plain.items()}
        return {"Put": {"TableName": self._table(noun), "Item": item, **_absent(next(iter(plain)))}}

    def _alias(self, name: str, session_id: str) -> dict[str, Any]:
        plain = {
            "message_id": name, "session_id": session_id, "kind": "inbound", "v": 1, "named": True,
            "expires_at": int(time.time() + _YEAR),
        }  # fmt: skip
        return self._put("threads", plain)

    def _session(
        self, seen: dict[str, Any] | None, session_id: str, key: str, command: dict[str, Any]
    ) -> dict[str, Any]:
        if seen is None:
            plain = {"session_id": session_id, "container_key": key, "head": command["command_id"]["S"], "seq": 1}
            return self._put("sessions", plain | _FILL | {"subject": "The site", "branch": f"thread-{session_id[-8:]}"})
        return {
            "Update": {
                "TableName": self._table("sessions"),
                "Key": {"session_id": {"S": session_id}},
                "UpdateExpression": "SET #h = :h, #q = :q, #i = :q, #u = :u",
                "ConditionExpression": "#q = :seen",
                "ExpressionAttributeNames": {"#h": "head", "#q": "seq", "#i": "interrupt_upto", "#u": "updated_at"},
                "ExpressionAttributeValues": {
                    ":h": command["command_id"], ":q": command["seq"], ":u": _n(time.time()), ":seen": seen["seq"],
                },
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }  # fmt: skip

    def _command(
        self, message_id: str, session_id: str, person: str, raw: bytes, head: dict[str, Any] | None
    ) -> dict[str, Any]:
        text = raw.partition(b"\r\n\r\n")[2].decode()
        mail_id, key = _id(message_id), ids.container_key("acme", "site", person)
        context: dict[str, Any] = {
            "branch": f"thread-{session_id[-8:]}", "policy": "interrupt", "attachments": [], "authorName": "Anna Example",
            "limits": {"wallSeconds": 1800.0, "costUsd": None, "outputBytes": 67108864, "memoryBytes": None},
            "authorEmail": person, "subject": "The site", "quoted": "", "agentSessionId": None, "previous": None,
        }  # fmt: skip
        plain = {
            "command_id": _id(mail_id), "session_id": session_id, "container_key": key, "mail_id": mail_id,
            "seq": int(head["seq"]["N"]) + 1 if head else 1, "type": "edit", "instruction": text, "state": "accepted",
            "context": json.dumps(context), "attempt": 1, "accepted_at": time.time(), "due": time.time() + 20,
            "due_shard": "1", "trace": f"00-{mail_id[:32]}-{mail_id[:16]}-01",
            "history": [{"at": time.time(), "what": "accepted", "detail": "first"}],
            "origin": {"message_id": message_id, "author": person, "subject": "The site", "address": "site@agent.example.com"},
        }  # fmt: skip
        return {name: _value(value) for name, value in (plain | _FILL).items()}

    def _interrupting(self, head: dict[str, Any]) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table("commands"),
                "Key": {"command_id": head["command_id"]},
                "UpdateExpression": "SET #s = :s, #h = :h, #d = :d, #i = :i",
                "ConditionExpression": "attribute_exists(#k) AND #a = :a",
                "ExpressionAttributeNames": {
                    "#s": "state", "#h": "history", "#d": "due", "#i": "interruption", "#k": "command_id", "#a": "attempt",
                },
                "ExpressionAttributeValues": {
                    ":s": {"S": "interrupting"}, ":h": head["history"], ":d": _n(time.time() + 20), ":a": _n(1),
                    ":i": _value({"reason": "priority_override", "message": "New message received in this thread"}),
                },
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }  # fmt: skip


#: What Hermes' records hold beside what the floor needs: the requests are to be of the same size.
_FILL = {"v": 1, "expires_at": 1_900_000_000, "created_at": 1_800_000_000.5, "more": "." * 240}


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _n(value: float) -> dict[str, str]:
    return {"N": repr(value)}


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case int() | float():
            return _n(value)
        case bytes():
            return {"B": value}
        case list():
            return {"L": [_value(one) for one in value]}
        case dict():
            return {"M": {name: _value(one) for name, one in value.items()}}
        case _:
            return {"S": value}


def _absent(name: str) -> dict[str, Any]:
    return {
        "ConditionExpression": "attribute_not_exists(#k)",
        "ExpressionAttributeNames": {"#k": name},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _reply(command: dict[str, Any], person: str, message_id: str) -> bytes:
    """A mail of the size of Hermes' own."""
    lines = [
        f"Message-ID: {message_id}",
        f"In-Reply-To: {command['origin']['M']['message_id']['S']}",
        "From: Hermes <site@agent.example.com>",
        f"To: {person}",
        "Subject: Re: The site",
        "",
        *["What Hermes would say here, in text and in HTML." for _ in range(60)],
        "",
    ]
    return "\r\n".join(lines).encode()


@contextlib.asynccontextmanager
async def life(settings: dict[str, Any]) -> AsyncIterator[child.Handle]:
    """From start to stop."""
    conf, tally = config.parse(settings["config"]), Tally()

    async def handle(order: dict[str, Any]) -> dict[str, Any]:
        return {"cpu": time.process_time(), "at": time.monotonic(), **tally.told()}

    async with composition.connect(conf) as ours:
        inbound = (await composition.records(conf, ours)).places.inbound
    async with plain.clients(conf, polls=conf.gateway.concurrency + len(settings["sets"])) as clients:
        tally.over(clients)
        floor = Floor(conf=conf, clients=clients, inbound=inbound, sets=settings["sets"])
        running = asyncio.create_task(floor.run())
        try:
            yield handle
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


if __name__ == "__main__":
    child.run(life)
