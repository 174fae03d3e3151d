"""The holder of one presigned link wants more of the bucket with it: another file, another method, another bucket, or more time."""

from __future__ import annotations

import urllib.parse

import aiohttp
import pytest

from tests.attack.table import Figures
from tests.integration.gateway.play import Play

pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

_KEY, _OTHER = "logs/acme-site-one/1.log", "mails/2026/secret.eml"


def _changed(link: str, **parameters: str) -> str:
    parts = urllib.parse.urlsplit(link)
    query = dict(urllib.parse.parse_qsl(parts.query)) | parameters
    return parts._replace(query=urllib.parse.urlencode(query)).geturl()


async def test_a_link_opens_one_file_for_reading_for_its_time_and_nothing_else(play: Play, figures: Figures) -> None:
    objects, bucket = play.stand.objects, play.stand.bucket
    await objects.put(_KEY, b"the log")
    await objects.put(_OTHER, b"a mail")
    link = await objects.link(_KEY, seconds=600)
    bare = link.partition("?")[0]
    root = bare.removesuffix(f"/{_KEY}").removesuffix(f"/{bucket}")
    query = "?" + link.partition("?")[2]
    attempts = {
        "another file": ("GET", link.replace(_KEY, _OTHER)),
        "a way round": ("GET", link.replace(_KEY, f"logs/acme-site-one/../../{_OTHER}")),
        "an escaped way round": ("GET", link.replace(_KEY, f"logs/acme-site-one/..%2F..%2F{_OTHER}")),
        "the list of the bucket": ("GET", f"{root}/{bucket}{query}"),
        "the list of the buckets": ("GET", f"{root}/{query}"),
        "another bucket": ("GET", link.replace(bucket, f"{bucket}-two")),
        "writing": ("PUT", link),
        "deleting": ("DELETE", link),
        "starting an upload": ("POST", _changed(link, uploads="")),
        "more time": ("GET", _changed(link, **{"X-Amz-Expires": "604800"})),
        "another day": ("GET", _changed(link, **{"X-Amz-Date": "20300101T000000Z"})),
        "another's signature": ("GET", _changed(link, **{"X-Amz-Signature": "0" * 64})),
        "no signature": ("GET", bare),
        "its versions": ("GET", _changed(link, versions="")),
        "other rights": ("GET", _changed(link, acl="")),
        "another content type": ("GET", _changed(link, **{"response-content-type": "text/html"})),
    }
    async with aiohttp.ClientSession() as client:

        async def ask(method: str, url: str) -> tuple[int, bytes]:
            async with client.request(method, url, data=b"evil" if method in ("PUT", "POST") else None) as answer:
                return answer.status, await answer.read()

        assert await ask("GET", link) == (200, b"the log")
        answers = {what: await ask(*attempt) for what, attempt in attempts.items()}
    figures.add("attempts", len(attempts))

    assert {what: status for what, (status, _) in answers.items() if status != 403} == {}
    assert not [what for what, (_, body) in answers.items() if b"a mail" in body]
    assert (await objects.get(_KEY), await objects.get(_OTHER)) == (b"the log", b"a mail")


@pytest.mark.parametrize("seconds", [-1, 0])
async def test_a_link_whose_time_is_over_opens_nothing(
    play: Play, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = play.stand.objects
    await objects.put(_KEY, b"the log")
    link = await objects.link(_KEY, seconds=600)
    old = _changed(link, **{"X-Amz-Expires": str(seconds)})
    async with aiohttp.ClientSession() as client, client.get(old) as answer:
        assert answer.status == 403
