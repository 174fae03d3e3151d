"""The attacker runs on this machine (an agent, a page in a browser, another user) and wants the emulated AWS to do its bidding."""

from __future__ import annotations

import asyncio
import datetime
import http.client
import json
import os
import statistics
import time
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from botocore import auth, awsrequest, credentials

from hermes import errors
from hermes.aws import calls, clients
from hermes.aws.objects import Objects
from hermes.local.emulator import Emulator
from hermes.local.signature import Key
from tests.attack.table import Figures

REGION = "eu-central-1"
FORGED = json.dumps({"QueueName": "hermes-inbound"})


@pytest.fixture
async def emulator(tmp_path: Path) -> AsyncIterator[Emulator]:
    async with Emulator(state=tmp_path / "aws", environment=os.environ) as one:
        yield one


async def connected(emulator: Emulator, key: Key) -> Any:
    return clients.connect(
        region=REGION, endpoint_url=emulator.endpoint_url, access_key=key.access, secret_key=key.secret
    )


async def ask(
    emulator: Emulator, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one plain request."""

    def go() -> tuple[int, dict[str, str], bytes]:
        host = urllib.parse.urlsplit(emulator.endpoint_url)
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=60)
        try:
            connection.request(method, path, body=body or None, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    return await asyncio.to_thread(go)


def signed(
    emulator: Emulator, key: Key, *, path: str = "/", body: str = FORGED, method: str = "POST", **more: str
) -> dict[str, str]:
    """The headers of a call of SQS, signed by botocore."""
    headers = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0", **more}
    request = awsrequest.AWSRequest(method, emulator.endpoint_url + path, headers=headers, data=body)
    auth.SigV4Auth(credentials.Credentials(key.access, key.secret), "sqs", REGION).add_auth(request)
    return dict(request.headers.items())


def authority(emulator: Emulator) -> str:
    return urllib.parse.urlsplit(emulator.endpoint_url).netloc


async def test_a_caller_without_the_key_gets_nothing(emulator: Emulator) -> None:
    plain = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"}
    assert (await ask(emulator, "POST", "/", body=FORGED.encode(), headers=plain))[0] == 403
    for path in ("/", "/hermes-mail", "/hermes-mail/mails/1", "/000000000000/hermes-inbound?Action=ReceiveMessage"):
        assert (await ask(emulator, "GET", path))[0] == 403

    for key in (
        Key("test", "test"),
        Key("local", "local"),
        Key(emulator.key.access, "test"),
        Key("another", emulator.key.secret),
    ):
        assert (await ask(emulator, "POST", "/", body=FORGED.encode(), headers=signed(emulator, key)))[0] == 403
        async with await connected(emulator, key) as made:
            with pytest.raises((errors.AwsRefused, errors.AwsUnavailable)):
                await calls.call("SQS", made.sqs.list_queues())
            with pytest.raises((errors.AwsRefused, errors.AwsUnavailable)):
                await calls.call("S3", made.s3.list_buckets())
            with pytest.raises((errors.AwsRefused, errors.AwsUnavailable)):
                await calls.call("DynamoDB", made.dynamodb.list_tables())

    async with await connected(emulator, emulator.key) as made:
        assert (await made.sqs.list_queues()).get("QueueUrls", []) == []


async def test_a_signed_request_cannot_be_changed(emulator: Emulator) -> None:
    headers = signed(emulator, emulator.key)
    other = json.dumps({"QueueName": "another"}).encode()

    assert (await ask(emulator, "POST", "/", body=other, headers=headers))[0] == 403
    assert (await ask(emulator, "POST", "/x", body=FORGED.encode(), headers=headers))[0] == 403
    changed = {**headers, "X-Amz-Target": "AmazonSQS.DeleteQueue"}
    assert (await ask(emulator, "POST", "/", body=FORGED.encode(), headers=changed))[0] == 403
    added = {**headers, "X-Amz-Security-Token": "x"}
    assert (await ask(emulator, "POST", "/", body=FORGED.encode(), headers=added))[0] == 403
    assert (await ask(emulator, "POST", "/", body=FORGED.encode(), headers=headers))[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:{port}", "localhost.evil.example", "a@127.0.0.1"]
)
async def test_a_name_that_was_turned_to_loopback_is_refused(emulator: Emulator, host: str) -> None:
    port = authority(emulator).rpartition(":")[2]
    name = host.format(port=port)
    headers = signed(emulator, emulator.key, Host=name)

    assert (await ask(emulator, "POST", "/", body=FORGED.encode(), headers=headers))[0] == 403


async def test_a_page_in_a_browser_is_refused_and_learns_nothing(emulator: Emulator) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for method, headers in (
        ("OPTIONS", asked),
        ("OPTIONS", {}),
        ("POST", signed(emulator, emulator.key, Origin="https://evil.example")),
        ("POST", signed(emulator, emulator.key, Origin="null")),
    ):
        status, told, _ = await ask(emulator, method, "/", body=FORGED.encode(), headers=headers)
        assert status == 403
        assert not [name for name in told if name.startswith("access-control-")]

    status, told, _ = await ask(emulator, "POST", "/", body=FORGED.encode(), headers=signed(emulator, emulator.key))
    assert status == 200
    assert not [name for name in told if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_ministack/reset"),
        ("GET", "/_ministack/sqs/messages"),
        ("GET", "/_ministack/ses/messages"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/health"),
        ("GET", "/_localstack/health"),
        ("GET", "/health"),
        ("POST", "/%5fministack/reset"),
        ("POST", "/%5Fministack/reset"),
        ("POST", "/_ministack%2Freset"),
    ],
)
async def test_the_emulators_own_doors_are_closed(emulator: Emulator, method: str, path: str) -> None:
    assert (await ask(emulator, method, path))[0] == 403
    for key in (Key("test", "test"), emulator.key):
        headers = signed(emulator, key, path=path, body="", method=method)
        assert (await ask(emulator, method, path, headers=headers))[0] == 403


async def test_a_leaked_link_gives_one_object_to_read_for_its_time(emulator: Emulator) -> None:
    async with await connected(emulator, emulator.key) as made:
        await made.s3.create_bucket(Bucket="mail", CreateBucketConfiguration={"LocationConstraint": REGION})
        store = Objects(client=made.s3, bucket="mail")
        await store.put("mails/a b+c/ü.eml", b"mine")
        await store.put("mails/other", b"theirs")
        link = urllib.parse.urlsplit(await store.link("mails/a b+c/ü.eml", seconds=60))
        short = urllib.parse.urlsplit(await store.link("mails/other", seconds=1))
        target = f"{link.path}?{link.query}"

        assert (await ask(emulator, "GET", target))[::2] == (200, b"mine")
        assert (await ask(emulator, "GET", target, headers={"Range": "bytes=0-1"}))[::2] == (206, b"mi")
        for method, path in (
            ("PUT", target),
            ("DELETE", target),
            ("POST", target),
            ("HEAD", target),
            ("GET", f"/mail/mails/other?{link.query}"),
            ("GET", f"/mail?{link.query}"),
            ("GET", f"/?{link.query}"),
            ("GET", f"{target}&acl="),
            ("GET", f"{target}&list-type=2"),
            ("GET", f"{target}&X-Amz-Expires=604800"),
            ("GET", target.replace("X-Amz-Expires=60", "X-Amz-Expires=604800")),
            ("POST", f"/?{link.query}&Action=ListQueues"),
        ):
            status, told, _ = await ask(emulator, method, path)
            assert status == 403, (method, path)
            assert "access-control-allow-origin" not in told
        await asyncio.sleep(2.1)  # a link's time has whole seconds
        assert (await ask(emulator, "GET", f"{short.path}?{short.query}"))[0] == 403
        assert await store.get("mails/other") == b"theirs"


async def test_an_old_request_is_refused_and_its_caller_tries_again(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a laptop's sleep: what was signed before is not taken, which passes; what is signed now is."""
    async with await connected(emulator, emulator.key) as made:
        with monkeypatch.context() as patch:
            patch.setattr(auth, "get_current_datetime", lambda *_, **__: _naive(hours=-8))
            with pytest.raises(errors.AwsUnavailable, match="difference between the request time"):
                await calls.call("SQS ListQueues", made.sqs.list_queues())
            patch.setattr(auth, "get_current_datetime", lambda *_, **__: _naive(minutes=-14))
            await calls.call("SQS ListQueues", made.sqs.list_queues())
        await calls.call("SQS ListQueues", made.sqs.list_queues())


def _naive(**ago: float) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(**ago)


async def test_its_state_and_its_key_are_for_nobody_else(emulator: Emulator, tmp_path: Path) -> None:
    async with await connected(emulator, emulator.key) as made:
        await made.sqs.create_queue(QueueName="kept")

    assert (tmp_path / "aws").stat().st_mode & 0o077 == 0
    assert emulator.pid is not None
    seen = [Path(f"/proc/{emulator.pid}/{name}").read_bytes() for name in ("environ", "cmdline")]
    files = [path.read_bytes() for path in (tmp_path / "aws").rglob("*") if path.is_file()]
    for content in (*seen, *files):
        assert emulator.key.secret.encode() not in content
        assert emulator.key.access.encode() not in content


async def test_a_call_takes_no_longer_for_its_check(emulator: Emulator, large: bool, figures: Figures) -> None:
    times: list[float] = []
    async with await connected(emulator, emulator.key) as made:
        await made.sqs.create_queue(QueueName="kept")
        for _ in range(1500 if large else 100):
            begun = time.perf_counter()
            await made.sqs.get_queue_url(QueueName="kept")
            times.append(time.perf_counter() - begun)
    figures.add("call_ms", statistics.median(times) * 1000)
