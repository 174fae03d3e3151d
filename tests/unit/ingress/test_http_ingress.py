"""Mail by HTTP posts through the real server: proofs, bounds, replays, and 200 only when stored."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import urllib.parse
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from hermes import errors, limits
from hermes.config.ingress_limits import IngressLimits
from hermes.config.ingress_settings import HttpProvider
from hermes.ingress.http import providers
from hermes.ingress.http.http import Posts, create_app
from hermes.ingress.http.http_server import HttpIngress
from hermes.ingress.shared_limits import SharedLimits
from hermes.ingress.spool import Spool, SpoolBudget
from tests.unit.ingress.deposits import Deposits
from tests.unit.ingress.http.test_form import multipart

NOW = 1_772_366_400.0
KEY = "a-key-of-twenty-chars"
RAW = b"From: anna@people.test\r\nTo: site@hermes.test\r\nSubject: Gr\xfc\xdfe\r\n\r\nPlease & thank you = 100 %.\r\n"


def accepts(recipient: str) -> bool:
    return recipient.endswith("@hermes.test")


class Served:
    """A server with one provider of each kind, and a client."""

    def __init__(self, deposits: Deposits, ingress: HttpIngress, client: aiohttp.ClientSession) -> None:
        self.deposits = deposits
        self.ingress = ingress
        self.client = client

    async def post(self, path: str, data: Any = b"", **headers: str) -> tuple[int, str]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"http://127.0.0.1:{self.ingress.port}{path}"
        async with self.client.post(url, data=data, headers=given) as answer:
            return answer.status, await answer.text()


@contextlib.asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[Served]:
    deposits = Deposits()
    made = {
        kind: providers.make(HttpProvider.model_validate({"name": kind, "kind": kind, "secret": KEY}), accepts=accepts)
        for kind in ("mailgun", "postmark", "hmac")
    }
    posts = Posts(depositor=deposits.depositor, providers=made, sns=None, now=lambda: NOW, **settings)
    ingress = HttpIngress(app=create_app(posts), close_seconds=5)
    await ingress.start()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as client:
        try:
            yield Served(deposits, ingress, client)
        finally:
            await client.close()
            await ingress.close()


def mailgun(
    raw: bytes = RAW, *, key: str = KEY, stamp: float = NOW, token: str = "t" * 50, **fields: str
) -> dict[str, Any]:
    stamped = str(int(stamp))
    signature = hmac.new(key.encode(), f"{stamped}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "recipient": "site@hermes.test",
        "sender": "anna@people.test",
        "timestamp": stamped,
        "token": token,
        "signature": signature,
        "body-mime": raw,
        **fields,
    }


def signed(raw: bytes = RAW, *, key: str = KEY, stamp: float = NOW, **more: str) -> dict[str, str]:
    recipient = more.pop("recipient", "site@hermes.test")
    signature = providers.sign(key.encode(), str(int(stamp)), more.get("X_Hermes_Sender"), recipient, raw).decode()
    return {
        "X_Hermes_Timestamp": str(int(stamp)),
        "X_Hermes_Recipient": recipient,
        "X_Hermes_Signature": f"sha256={signature}",
        **more,
    }


FORM = {"Content_Type": "application/x-www-form-urlencoded"}


async def test_mailguns_raw_mime_comes_through_byte_for_byte_in_both_encodings() -> None:
    async with serving() as served:
        one = urllib.parse.urlencode(mailgun(token="a" * 50)).encode()
        assert await served.post("/ingress/mailgun/mime", one, **FORM) == (200, "stored\n")
        fields = {name: value if isinstance(value, bytes) else value.encode() for name, value in mailgun().items()}
        two = multipart(fields)
        assert (await served.post("/ingress/mailgun", two, Content_Type="multipart/form-data; boundary=cut"))[0] == 200

        assert list(served.deposits.objects.values()) == [RAW, RAW]
        (first, second) = served.deposits.pointers
        assert (first.recipient, first.sender, first.ingress) == (
            "site@hermes.test",
            "anna@people.test",
            "http/mailgun",
        )
        assert (first.trusted, first.client_address) == (False, None)
        assert second.key != first.key


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"signature": ""}, 401),
        ({"token": ""}, 401),
        ({"signature": "0" * 64}, 403),
        ({"token": "x" * 50}, 403),
        ({"timestamp": str(int(NOW) + 1)}, 403),
        ({"recipient": "nobody@else.test"}, 406),
        ({"body-mime": " "}, 406),
    ],
)
async def test_what_mailgun_did_not_sign_or_nobody_wants_is_not_stored(changed: dict[str, str], status: int) -> None:
    async with serving() as served:
        body = urllib.parse.urlencode({**mailgun(), **changed}).encode()

        assert (await served.post("/ingress/mailgun/mime", body, **FORM))[0] == status
        assert served.deposits.objects == {}


@pytest.mark.parametrize(("pieces", "status"), [(2, 200), (500, 200), (501, 400)])
async def test_a_chunked_post_may_come_in_pieces_but_not_in_countless_ones(pieces: int, status: int) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(pieces - 1):
            yield b"x"
            await asyncio.sleep(0)
        yield b"\r\n"

    async with serving() as served:
        given = signed(b"x" * (pieces - 1) + b"\r\n")
        assert (await served.post("/ingress/hmac", body(), **given))[0] == status


@pytest.mark.parametrize(("age", "status"), [(0, 200), (8 * 3600, 200), (13 * 3600, 403), (-200, 200), (-400, 403)])
async def test_mailgun_may_repeat_for_hours_but_not_for_ever(age: float, status: int) -> None:
    async with serving() as served:
        body = urllib.parse.urlencode(mailgun(stamp=NOW - age)).encode()

        assert (await served.post("/ingress/mailgun/mime", body, **FORM))[0] == status


async def test_a_parsed_post_of_mailgun_says_what_to_change() -> None:
    async with serving() as served:
        fields = mailgun()
        del fields["body-mime"]

        status, said = await served.post("/ingress/mailgun", urllib.parse.urlencode(fields).encode(), **FORM)

        assert (status, "must end in /mime" in said) == (400, True)


async def test_a_replay_is_stored_once_and_carries_no_other_mail() -> None:
    async with serving() as served:
        one = urllib.parse.urlencode(mailgun()).encode()
        other = urllib.parse.urlencode(mailgun(b"From: eve@evil.test\r\n\r\nPlease.\r\n")).encode()
        assert await served.post("/ingress/mailgun/mime", one, **FORM) == (200, "stored\n")

        assert await served.post("/ingress/mailgun/mime", one, **FORM) == (200, "stored before\n")
        assert (await served.post("/ingress/mailgun/mime", other, **FORM))[0] == 403
        assert len(served.deposits.objects) == 1


@pytest.mark.parametrize("error", [errors.AwsTimeout(), errors.AwsRefused("no bucket", code="NoSuchBucket")])
async def test_what_is_not_stored_is_asked_for_again_and_then_taken(error: Exception) -> None:
    async with serving() as served:
        body = urllib.parse.urlencode(mailgun()).encode()
        served.deposits.error = error
        status, said = await served.post("/ingress/mailgun/mime", body, **FORM)
        assert (status, "bucket" in said) == (503, False)

        served.deposits.error = None

        assert await served.post("/ingress/mailgun/mime", body, **FORM) == (200, "stored\n")


async def test_a_repetition_while_the_first_is_stored_is_told_to_wait() -> None:
    async with serving() as served:
        body = urllib.parse.urlencode(mailgun()).encode()
        served.deposits.go_on.clear()
        first = asyncio.create_task(served.post("/ingress/mailgun/mime", body, **FORM))
        await asyncio.wait_for(served.deposits.asked.wait(), 60)

        assert (await served.post("/ingress/mailgun/mime", body, **FORM))[0] == 503
        served.deposits.go_on.set()
        assert (await first)[0] == 200


def basic(user: str = "hermes", password: str = KEY) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def test_postmarks_raw_email_is_taken_for_the_recipient_of_its_envelope() -> None:
    async with serving() as served:
        raw = "Return-Path: <anna@people.test>\r\nTo: shop@hermes.test\r\nSubject: Grüße\r\n\r\nBitte.\r\n"
        document = {"RawEmail": raw, "OriginalRecipient": "site+x@hermes.test", "TextBody": "Bitte."}
        forwarded = {**document, "OriginalRecipient": "hash@inbound.postmarkapp.com"}
        for one in (document, forwarded):
            assert (await served.post("/ingress/postmark", json.dumps(one).encode(), Authorization=basic()))[0] == 200

        (first, second) = served.deposits.pointers
        assert (first.recipient, first.sender) == ("site+x@hermes.test", "anna@people.test")
        assert second.recipient == "shop@hermes.test"
        assert served.deposits.objects[first.key] == raw.encode()


@pytest.mark.parametrize(
    ("authorization", "document", "status"),
    [
        ("", {"RawEmail": "To: site@hermes.test\n\nx"}, 401),
        (basic(password="wrong"), {"RawEmail": "To: site@hermes.test\n\nx"}, 401),
        (basic(user="other"), {"RawEmail": "To: site@hermes.test\n\nx"}, 401),
        ("Bearer " + KEY, {}, 401),
        ("Basic \xff", {}, 401),
        (basic(), {"TextBody": "x"}, 400),
        (basic(), [], 400),
        (basic(), {"RawEmail": "To: nobody@else.test\n\nx", "OriginalRecipient": ["x"]}, 403),
    ],
)
async def test_what_is_not_postmarks_is_not_stored(authorization: str, document: Any, status: int) -> None:
    async with serving() as served:
        found = await served.post("/ingress/postmark", json.dumps(document).encode(), Authorization=authorization)

        assert found[0] == status
        assert served.deposits.objects == {}


async def test_deep_json_is_unreadable_and_nothing_worse() -> None:
    async with serving() as served:
        assert (await served.post("/ingress/postmark", b"[" * 200_000, Authorization=basic()))[0] == 400


async def test_a_mail_signed_by_a_script_is_stored() -> None:
    async with serving() as served:
        headers = signed(recipient="site@hermes.test, shop@hermes.test", X_Hermes_Sender="anna@people.test")

        assert await served.post("/ingress/hmac", RAW, **headers) == (200, "stored\n")

        assert [one.recipient for one in served.deposits.pointers] == ["site@hermes.test", "shop@hermes.test"]
        assert list(served.deposits.objects.values()) == [RAW]


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (RAW, {}, 401),
        (RAW + b"x", signed(), 403),
        (RAW, signed(key="another-key-of-20-chars"), 403),
        (RAW, {**signed(), "X_Hermes_Recipient": "shop@hermes.test"}, 403),
        (RAW, {**signed(), "X_Hermes_Sender": "boss@people.test"}, 403),
        (RAW, signed(stamp=NOW - 400), 403),
        (RAW, signed(stamp=NOW + 400), 403),
        (RAW, signed(recipient="nobody@else.test"), 422),
    ],
)
async def test_what_the_script_did_not_sign_is_not_stored(raw: bytes, headers: dict[str, str], status: int) -> None:
    async with serving() as served:
        assert (await served.post("/ingress/hmac", raw, **headers))[0] == status
        assert served.deposits.objects == {}


async def test_paths_that_nobody_has_are_404_and_tell_nothing() -> None:
    async with serving() as served:
        for path in ("/ingress/sns", "/ingress/other", "/", "/docs", "/openapi.json"):
            assert (await served.post(path))[0] == 404


async def test_a_mail_or_a_post_too_large_is_413(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAIL_BYTES", 1000)
    monkeypatch.setattr(limits, "HTTP_BODY_BYTES", 5000)
    async with serving() as served:

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 1000

        large = RAW + b"x" * 1000
        assert (await served.post("/ingress/hmac", large, **signed(large)))[0] == 413
        assert (await served.post("/ingress/hmac", b"x" * 5001, **signed()))[0] == 413
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):  # the server may hang up while we still send
            assert (await served.post("/ingress/hmac", endless(), **signed()))[0] == 413
        assert served.deposits.objects == {}


async def test_bodies_are_bounded_together_and_given_back() -> None:
    limits_ = IngressLimits(memory_bytes=1024 * 1024, trusted_networks=())
    shared = SharedLimits(limits_, spool=Spool(limits_, body_memory_bytes=2000))
    shared.spool.disk = SpoolBudget(2000)
    async with serving(shared=shared) as served:
        for stamp in (NOW, NOW + 1, NOW + 2):
            half = b"x" * 900
            assert (await served.post("/ingress/hmac", half, **signed(half, stamp=stamp)))[0] == 200
            large = b"x" * 3000
            assert (await served.post("/ingress/hmac", large, **signed(large)))[0] == 503
        assert (await served.post("/ingress/hmac", RAW, **signed()))[0] == 200
    assert (shared.spool.memory.held, shared.spool.disk.held) == (0, 0)


async def test_a_body_that_trickles_is_given_up() -> None:
    async with serving(body_seconds=0.2) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.ingress.port)
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in signed().items()]
        head = "\r\n".join(["POST /ingress/hmac HTTP/1.1", "Host: x", "Content-Length: 100", *lines])
        writer.write(f"{head}\r\n\r\nFrom:".encode())

        assert b" 408 " in await asyncio.wait_for(reader.readline(), 60)
        writer.close()
        await writer.wait_closed()


async def test_close_lets_the_post_under_way_be_answered() -> None:
    async with serving() as served:
        served.deposits.go_on.clear()
        under_way = asyncio.create_task(served.post("/ingress/hmac", RAW, **signed()))
        await asyncio.wait_for(served.deposits.asked.wait(), 60)
        closing = asyncio.create_task(served.ingress.close())
        served.deposits.go_on.set()

        assert await under_way == (200, "stored\n")
        await asyncio.wait_for(closing, 60)


async def test_close_does_not_wait_for_ever_and_acknowledges_nothing() -> None:
    deposits = Deposits()
    settings = HttpProvider.model_validate({"name": "hmac", "kind": "hmac", "secret": KEY})
    posts = Posts(
        depositor=deposits.depositor,
        providers={"hmac": providers.make(settings, accepts=accepts)},
        sns=None,
        now=lambda: NOW,
    )
    ingress = HttpIngress(app=create_app(posts), close_seconds=1)
    await ingress.start()
    deposits.go_on.clear()
    async with aiohttp.ClientSession() as client:
        url = f"http://127.0.0.1:{ingress.port}/ingress/hmac"
        headers = {name.replace("_", "-"): value for name, value in signed().items()}

        async def post() -> int:
            async with client.post(url, data=RAW, headers=headers) as answer:
                return answer.status

        under_way = asyncio.create_task(post())
        await asyncio.wait_for(deposits.asked.wait(), 60)

        await asyncio.wait_for(ingress.close(), 60)

        with contextlib.suppress(aiohttp.ClientError):
            assert await asyncio.wait_for(under_way, 60) >= 500
    assert deposits.sent == []


async def test_a_port_that_is_taken_is_named() -> None:
    async with serving() as served:
        with pytest.raises(errors.ConfigError, match=f"another program listens on 127.0.0.1:{served.ingress.port}"):
            await HttpIngress(app=None, port=served.ingress.port).start()
