"""S3: raw mails and large bodies."""

from __future__ import annotations

import asyncio
import urllib.request

import pytest

from hermes import errors
from tests.integration.stand import Stand

pytestmark = pytest.mark.rows


async def test_bytes_come_back_as_they_were(aws: Stand) -> None:
    raw = bytes(range(256)) * 5000
    await aws.objects.put("mails/1.eml", raw, content_type="message/rfc822")
    await aws.objects.put("mails/1.eml", raw, content_type="message/rfc822")

    assert await aws.objects.get("mails/1.eml") == raw
    assert await aws.objects.exists("mails/1.eml")
    assert await aws.objects.list("mails/") == ["mails/1.eml"]


async def test_what_is_not_there_is_refused_by_name(aws: Stand) -> None:
    assert not await aws.objects.exists("mails/none")
    with pytest.raises(errors.AwsRefused) as refused:
        await aws.objects.get("mails/none")
    assert refused.value.code == "NoSuchKey"
    await aws.objects.delete("mails/none")


async def test_an_empty_key_is_not_the_bucket(aws: Stand) -> None:
    with pytest.raises(errors.AwsRefused):
        await aws.objects.get("")
    with pytest.raises(errors.AwsRefused):
        await aws.objects.delete("")


async def test_more_than_is_wanted_is_refused_unread(aws: Stand) -> None:
    await aws.objects.put("big", b"x" * 1000)

    with pytest.raises(errors.Refused) as refused:
        await aws.objects.get("big", most=999)

    assert refused.value.refusal is errors.Refusal.TOO_LARGE
    assert len(await aws.objects.get("big", most=1000)) == 1000


async def test_another_bucket_may_be_read(aws: Stand) -> None:
    await aws.clients.s3.create_bucket(
        Bucket=f"{aws.bucket}-ses", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    await aws.clients.s3.put_object(Bucket=f"{aws.bucket}-ses", Key="inbound/x", Body=b"mail")

    assert await aws.objects.get("inbound/x", bucket=f"{aws.bucket}-ses") == b"mail"


async def test_a_link_opens_without_credentials(aws: Stand) -> None:
    await aws.objects.put("preview/index.html", b"<h1>hi</h1>", content_type="text/html")

    link = await aws.objects.link("preview/index.html", seconds=60)

    assert link.startswith(aws.endpoint.url)
    answer = await asyncio.to_thread(urllib.request.urlopen, link, timeout=10)
    with answer:
        assert answer.read() == b"<h1>hi</h1>"
