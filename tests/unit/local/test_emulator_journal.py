"""The embedded AWS and its journal, through its own door: SIGKILL, links, the folder of an older Hermes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hermes import errors
from hermes.aws import clients, provision
from hermes.aws.objects import Objects
from hermes.aws.queues import Queues
from hermes.aws.resource_names import ResourceNames
from hermes.local.durable.journal import FILE
from hermes.local.emulator import OLDER, Emulator

NAMES = ResourceNames("keep")


def emulator(state: Path) -> Emulator:
    return Emulator(state=state, environment=os.environ)


def connect(one: Emulator) -> Any:
    return clients.connect(
        region="eu-central-1", endpoint_url=one.endpoint_url, access_key=one.key.access, secret_key=one.key.secret
    )


async def killed(one: Emulator) -> None:
    assert one.pid is not None
    os.kill(one.pid, signal.SIGKILL)
    await asyncio.wait_for(one.wait(), 60)
    await one.stop()


async def test_what_it_acknowledged_is_there_after_sigkill(tmp_path: Path) -> None:
    one = emulator(tmp_path)
    await one.start()
    async with connect(one) as made:
        await provision.provision(clients=made, names=NAMES, bucket="keep-mail", region="eu-central-1")
        queues = Queues(polls=made.polls, client=made.sqs)
        places = await provision.find(queues=queues, names=NAMES)
        keys = await provision.create_queue_set(queues=queues, names=NAMES, places=places, key="a#b#c", now=1.0)
        await queues.send(keys.input_url, "first", group="g", deduplication="1")
        await queues.send(keys.input_url, "second", group="g", deduplication="2")
        (first,) = await queues.receive(keys.input_url, wait_seconds=1, most=1)
        await made.s3.put_object(Bucket="keep-mail", Key="mails/1", Body=b"raw")
        rows = [
            {"Put": {"TableName": f"keep-{noun}", "Item": {key: {"S": "1"}}}}
            for noun, key in (("mails", "mail_id"), ("commands", "command_id"))
        ]
        await made.dynamodb.transact_write_items(TransactItems=rows)
        await killed(one)

    async with emulator(tmp_path) as two, connect(two) as made:
        queues = Queues(polls=made.polls, client=made.sqs)
        # The first is still in somebody's hands, so its group waits; a repeated send is still the same message.
        await queues.send(keys.input_url, "second", group="g", deduplication="2")
        assert await queues.receive(keys.input_url, wait_seconds=0) == []
        await queues.delete(keys.input_url, [first.receipt])
        assert [message.body for message in await queues.receive(keys.input_url, wait_seconds=1)] == ["second"]
        for noun, key in (("mails", "mail_id"), ("commands", "command_id")):
            assert "Item" in await made.dynamodb.get_item(TableName=f"keep-{noun}", Key={key: {"S": "1"}})
        assert await Objects(client=made.s3, bucket="keep-mail").get("mails/1") == b"raw"


async def test_a_link_reads_its_object_and_no_other(tmp_path: Path) -> None:
    async with emulator(tmp_path) as one, connect(one) as made, aiohttp.ClientSession() as browser:
        await made.s3.create_bucket(
            Bucket="keep-mail", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        objects = Objects(client=made.s3, bucket="keep-mail")
        await objects.put("previews/1/index.html", b"<p>new</p>", content_type="text/html")
        await objects.put("mails/1", b"private")
        link = await objects.link("previews/1/index.html", seconds=60)
        async with browser.get(link) as answer:
            assert answer.status == 200
            assert await answer.read() == b"<p>new</p>"
        async with browser.get(link.replace("previews/1/index.html", "mails/1")) as answer:
            assert answer.status == 403


async def test_the_state_of_an_older_hermes_is_taken_over_once(tmp_path: Path) -> None:
    async with emulator(tmp_path) as one, connect(one) as made:
        await made.sqs.create_queue(QueueName="kept")
        port = one.endpoint_url.rpartition(":")[2]
    for file in tmp_path.glob(f"{FILE}*"):
        file.unlink()
    url = f"http://127.0.0.1:{port}/000000000000/old"
    message: dict[str, Any] = {
        "id": "m", "body": "of before", "md5_body": "x", "md5_attrs": None, "receipt_handle": None, "sent_at": 2e9, "visible_at": 1.0,
        "receive_count": 0, "first_receive_at": None, "message_attributes": {}, "sys": {}, "group_id": None, "dedup_id": None,
        "dedup_cache_key": None, "seq": None,
    }  # fmt: skip
    queue = {
        "name": "old", "url": url, "is_fifo": False, "messages": [message], "tags": {}, "dedup_cache": {}, "fifo_seq": 0,
        "attributes": {"QueueArn": "arn:aws:sqs:eu-central-1:000000000000:old", "VisibilityTimeout": "0"},
    }  # fmt: skip
    scoped = {"__account_region_scoped__": True, "data": {f"000000000000\0eu-central-1\0{url!r}": queue}}
    (tmp_path / OLDER).mkdir()
    state = {"__ministack_format__": 2, "payload": {"queues": scoped, "queue_name_to_url": {}}}
    (tmp_path / OLDER / "sqs.json").write_text(json.dumps(state))
    bucket = tmp_path / "objects" / "000000000000" / "keep-mail"
    (bucket / "mails").mkdir(parents=True)
    (bucket / "mails" / "1").write_bytes(b"raw of before")
    for _ in range(2):
        one = emulator(tmp_path)
        await one.start()
        async with connect(one) as made:
            found = await made.sqs.receive_message(QueueUrl=url)
            assert [m["Body"] for m in found["Messages"]] == ["of before"]
            assert await Objects(client=made.s3, bucket="keep-mail").get("mails/1") == b"raw of before"
        assert not (tmp_path / OLDER).exists()
        await killed(one)


async def test_without_room_new_mail_is_refused_and_what_is_under_way_goes_on(tmp_path: Path) -> None:
    async with emulator(tmp_path) as one, connect(one) as made:
        await provision.provision(clients=made, names=NAMES, bucket="keep-mail", region="eu-central-1")
        objects = Objects(client=made.s3, bucket="keep-mail")
        await objects.put("mails/2026/1.eml", b"raw")
    # The room is not there and cannot be made: something of another kind is in its place.
    (tmp_path / "reserve").unlink()
    (tmp_path / "reserve").mkdir()
    async with emulator(tmp_path) as one, connect(one) as made:
        objects = Objects(client=made.s3, bucket="keep-mail")
        with pytest.raises(errors.AwsUnavailable, match="no room on the machine"):
            await objects.put("mails/2026/2.eml", b"raw")
        await objects.put("transcripts/1", b"saved")
        item = {"command_id": {"S": "1"}, "state": {"S": "failed"}}
        await made.dynamodb.put_item(TableName="keep-commands", Item=item)
        assert await objects.get("mails/2026/1.eml") == b"raw"
    assert "There is no room on the disk" in (tmp_path / "emulator.log").read_text()
