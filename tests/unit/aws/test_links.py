"""Links to objects: signed by version 4 for the bucket's own region, in every region."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from hermes.aws import clients
from hermes.aws.objects import Objects


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "bucket.s3.eu-central-1.amazonaws.com"),
        ("eu-west-1", "bucket.s3.eu-west-1.amazonaws.com"),
        ("us-east-1", "bucket.s3.us-east-1.amazonaws.com"),
        ("me-central-1", "bucket.s3.me-central-1.amazonaws.com"),
        ("cn-north-1", "bucket.s3.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "bucket.s3.us-gov-west-1.amazonaws.com"),
    ],
)
async def test_a_link_leads_to_the_regional_host(region: str, host: str) -> None:
    async with clients.connect(region=region, access_key="a", secret_key="b") as made:
        link = urlsplit(await Objects(client=made.s3, bucket="bucket").link("logs/s/1.log", seconds=60))

    asked = parse_qs(link.query)
    assert (link.scheme, link.hostname, link.path) == ("https", host, "/logs/s/1.log")
    assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert asked["X-Amz-Credential"][0].split("/")[2:] == [region, "s3", "aws4_request"]


async def test_a_bucket_with_dots_has_no_certificate_of_its_own_and_is_named_in_the_path() -> None:
    async with clients.connect(region="eu-west-1", access_key="a", secret_key="b") as made:
        link = urlsplit(await Objects(client=made.s3, bucket="a.dotted.bucket").link("k", seconds=60))

    assert (link.hostname, link.path) == ("s3.eu-west-1.amazonaws.com", "/a.dotted.bucket/k")
