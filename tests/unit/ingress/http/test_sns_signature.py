"""SNS posts: only what SNS signed for one of our topics is believed."""

from __future__ import annotations

import asyncio
import base64
import datetime
import json
import pathlib
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from hermes.ingress.http import sns_signature

_CORPUS = pathlib.Path(__file__).parents[5] / "shared" / "corpora" / "ses" / "action_mailbox_ingress"
_TOPIC = "arn:aws:sns:eu-west-1:111111111111:example-topic"
_ADDRESS = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a86cb10b4e1f29c941702d737128f7b6.pem"


class _Sns:
    """A service that signs with its own certificate."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
        day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        builder = builder.serial_number(77).not_valid_before(day).not_valid_after(day + datetime.timedelta(days=9999))
        self.pem = builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self.fetched: list[str] = []

    async def fetch(self, address: str) -> bytes:
        self.fetched.append(address)
        return self.pem

    def signed(self, version: str = "1", **fields: str) -> dict[str, str]:
        post = {
            "Type": "Notification",
            "MessageId": "1",
            "TopicArn": _TOPIC,
            "Message": "{}",
            "Timestamp": "2026-06-01T00:00:00.000Z",
            "SigningCertURL": _ADDRESS,
            "SignatureVersion": version,
            **fields,
        }
        text = sns_signature.string_to_sign(post)
        assert text is not None
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
        return post | {"Signature": base64.b64encode(self.key.sign(text, padding.PKCS1v15(), algorithm)).decode()}

    def verify(self, post: dict[str, Any]) -> str:
        return asyncio.run(sns_signature.verify(post, topics={_TOPIC}, fetch=self.fetch))


@pytest.fixture(scope="module")
def sns() -> _Sns:
    return _Sns()


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_sns_signed_is_believed(sns: _Sns, version: str) -> None:
    assert sns.verify(sns.signed(version)) == ""
    assert sns.verify(sns.signed(version, Subject="Amazon SES Email Receipt Notification")) == ""
    assert sns.verify(sns.signed(version, Type="SubscriptionConfirmation", Token="t", SubscribeURL="https://x")) == ""


@pytest.mark.parametrize("field", ["Message", "MessageId", "Timestamp", "Signature"])
def test_a_changed_post_is_not(sns: _Sns, field: str) -> None:
    post = sns.signed()
    other = "B" if post[field].startswith("A") else "A"
    assert sns.verify(post | {field: other + post[field][1:]}) != ""
    assert sns.verify({key: value for key, value in post.items() if key != field}) != ""


def test_a_subject_that_was_added_breaks_the_signature(sns: _Sns) -> None:
    assert sns.verify(sns.signed() | {"Subject": "x"}) == "the signature does not hold"


def test_a_signature_of_one_version_does_not_hold_in_another(sns: _Sns) -> None:
    assert sns.verify(sns.signed("1") | {"SignatureVersion": "2"}) != ""
    assert sns.verify(sns.signed("1") | {"SignatureVersion": "3"}) != ""


def test_another_topic_is_not_ours_and_nothing_is_fetched_for_it(sns: _Sns) -> None:
    before = len(sns.fetched)
    assert sns.verify(sns.signed(TopicArn="arn:aws:sns:eu-west-1:222222222222:other")) == "the topic is not one of ours"
    assert len(sns.fetched) == before


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a86cb10b4e1f29c941702d737128f7b6.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-a86cb10b4e1f29c941702d737128f7b6.pem",
        "https://evil.example/SimpleNotificationService-a86cb10b4e1f29c941702d737128f7b6.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-a86cb10b4e1f29c941702d737128f7b6.pem",
        "https://sns.eu-west-1.amazonaws.com/?x=SimpleNotificationService-a86cb10b4e1f29c941702d737128f7b6.pem",
        "https://bucket.s3.amazonaws.com/SimpleNotificationService-a86cb10b4e1f29c941702d737128f7b6.pem",
        _ADDRESS + "\n",
    ],
)
def test_a_certificate_from_elsewhere_is_never_fetched(sns: _Sns, address: str) -> None:
    before = len(sns.fetched)
    assert sns.verify(sns.signed(SigningCertURL=address)) == "the certificate's address is not one of SNS"
    assert len(sns.fetched) == before


@pytest.mark.parametrize("name", ["invalid_signature.json", "valid_signature.json", "inbound_email_s3.json"])
def test_posts_of_the_corpus_are_not_signed_by_our_certificate(sns: _Sns, name: str) -> None:
    if not _CORPUS.is_dir():
        pytest.skip("the corpus of SNS posts is not here")
    post = json.loads((_CORPUS / name).read_text(encoding="utf-8"))
    assert sns_signature.string_to_sign(post)
    assert sns.verify(post) != ""


@given(st.binary(max_size=200))
def test_a_broken_certificate_is_a_value_error_and_nothing_else(raw: bytes) -> None:
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(raw) + b"\n-----END CERTIFICATE-----\n"
    for certificate in (raw, pem):
        with pytest.raises(ValueError):
            sns_signature.public_key(certificate)
