"""The endpoint for SNS: signed notifications of our topics go on, subscriptions of ours are confirmed, nothing else is even asked."""

from __future__ import annotations

import asyncio
import base64
import datetime
import json

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from hermes import errors
from hermes.ingress.http import http, sns_signature
from hermes.ingress.http.http import Posts, create_app
from hermes.ingress.http.http_server import HttpIngress
from hermes.ingress.http.sns import SnsPosts
from tests.unit.ingress.deposits import Deposits

TOPIC = "arn:aws:sns:eu-central-1:111111111111:mail"
PEM = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-" + "a" * 32 + ".pem"
CONFIRM = f"https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"


class Sns:
    """A service that signs, and that notes what it is asked for."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
        day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self._key.public_key())
        builder = builder.serial_number(7).not_valid_before(day).not_valid_after(day + datetime.timedelta(days=999))
        self._pem = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self.asked: list[str] = []
        self.error: Exception | None = None

    async def fetch(self, address: str) -> bytes:
        self.asked.append(address)
        if self.error:
            raise self.error
        return self._pem if address == PEM else b"<ConfirmSubscriptionResponse/>"

    def post(self, **fields: str) -> bytes:
        post = {
            "Type": "Notification",
            "MessageId": "1",
            "TopicArn": TOPIC,
            "Message": json.dumps({"notificationType": "Received", "note": "ü"}),
            "Timestamp": "2026-06-01T00:00:00.000Z",
            "SigningCertURL": PEM,
            "SignatureVersion": "2",
            **fields,
        }
        text = sns_signature.string_to_sign(post)
        assert text is not None
        post["Signature"] = base64.b64encode(self._key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        return json.dumps(post).encode()


@pytest.fixture(scope="module")
def service() -> Sns:
    return Sns()


@pytest.fixture
def sns(service: Sns) -> Sns:
    service.asked.clear()
    service.error = None
    return service


@pytest.fixture
def deposits() -> Deposits:
    return Deposits()


@pytest.fixture
def posts(sns: Sns, deposits: Deposits) -> SnsPosts:
    return SnsPosts(depositor=deposits.depositor, topics={TOPIC}, fetch=sns.fetch)


async def test_a_notification_goes_on_the_queue_as_it_is_and_the_certificate_is_fetched_once(
    posts: SnsPosts, sns: Sns, deposits: Deposits
) -> None:
    body = sns.post()

    for _ in range(2):
        assert (await posts.take(body)).status == 200

    assert deposits.sent == [body.decode()] * 2
    assert deposits.objects == {}
    assert sns.asked == [PEM]


async def test_what_sns_did_not_sign_goes_nowhere(posts: SnsPosts, sns: Sns, deposits: Deposits) -> None:
    forged = {**json.loads(sns.post()), "Message": "{}"}
    foreign = sns.post(TopicArn=TOPIC + "2")

    assert (await posts.take(json.dumps(forged).encode())).status == 403
    assert (await posts.take(foreign)).status == 403
    assert deposits.sent == []
    assert sns.asked == [PEM]


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"1", b"{", b"[" * 100_000, b"{}"])
async def test_what_is_no_post_of_sns_is_refused(posts: SnsPosts, body: bytes) -> None:
    assert (await posts.take(body)).status in {400, 403}


async def test_a_subscription_to_our_topic_is_confirmed(posts: SnsPosts, sns: Sns) -> None:
    body = sns.post(Type="SubscriptionConfirmation", Token="t", SubscribeURL=CONFIRM)

    assert (await posts.take(body)).text == "confirmed"
    assert sns.asked == [PEM, CONFIRM]


@pytest.mark.parametrize(
    "address",
    [
        CONFIRM.replace("https", "http"),
        CONFIRM.replace("amazonaws.com", "amazonaws.com.evil.test"),
        CONFIRM.replace("sns.eu-central-1.amazonaws.com", "169.254.169.254"),
        CONFIRM.replace("sns.", "user@sns."),
        CONFIRM.replace("amazonaws.com", "amazonaws.com:8443"),
        CONFIRM.replace("ConfirmSubscription", "DeleteTopic"),
        CONFIRM.replace(TOPIC, TOPIC + "2"),
        "https://[",
        "",
    ],
)
async def test_a_confirmation_is_asked_of_sns_alone_and_for_our_topic_alone(
    posts: SnsPosts, sns: Sns, address: str
) -> None:
    body = sns.post(Type="SubscriptionConfirmation", Token="t", SubscribeURL=address)

    assert (await posts.take(body)).status == 403
    assert sns.asked == [PEM]


async def test_the_end_of_a_subscription_is_noted_and_not_undone(posts: SnsPosts, sns: Sns) -> None:
    body = sns.post(Type="UnsubscribeConfirmation", Token="t", SubscribeURL=CONFIRM)

    assert (await posts.take(body)).status == 200
    assert sns.asked == [PEM]


async def test_over_http_an_outage_is_503_and_a_large_post_413(posts: SnsPosts, sns: Sns, deposits: Deposits) -> None:
    taken = Posts(depositor=deposits.depositor, providers={}, sns=posts, now=lambda: 0.0)
    ingress = HttpIngress(app=create_app(taken), close_seconds=5)
    await ingress.start()
    url = f"http://127.0.0.1:{ingress.port}/ingress/sns"
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as client:

            async def status(body: bytes) -> int:
                async with client.post(url, data=body) as answer:
                    return answer.status

            sns.error = errors.AwsUnavailable("no network")
            assert await status(sns.post()) == 503
            sns.error = None
            deposits.error = errors.AwsTimeout()
            assert await status(sns.post()) == 503
            deposits.error = None
            assert await status(sns.post()) == 200
            assert await status(b"x" * (http.SNS_POST_BYTES + 1)) == 413
    finally:
        await asyncio.wait_for(ingress.close(), 60)
    assert len(deposits.sent) == 1
