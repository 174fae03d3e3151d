"""What our own check proves: the envelope beside the signature, the body's form, the time that DNS may take."""

from __future__ import annotations

import asyncio
import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hermes import errors
from hermes.domain.pointer import Pointer, SesVerdicts
from hermes.mail.authenticate import verdict
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings, Source, Verdict

MAIL = (
    b"From: Anna <anna@acme.example>\r\nTo: site@agent.example\r\nSubject: Title\r\nDate: Thu, 18 Nov 2026 10:40:00 +0000\r\n"
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\n\r\nPlease update it.\r\n"
)
SPF = {("acme.example", "TXT"): ("v=spf1 ip4:192.0.2.0/24 -all",)}
SENT = DeliveryFacts(ingress="smtp", client_address="192.0.2.7", sender="anna@acme.example")


class Key:
    def __init__(self) -> None:
        private = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        self.pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"

    def sign(self, selector: bytes = b"s1", raw: bytes = MAIL, **options: object) -> bytes:
        signature: bytes = dkim.sign(raw, selector, b"acme.example", self.pem, **options)
        return signature


@pytest.fixture(scope="module")
def key() -> Key:
    return Key()


def judge(
    raw: bytes, facts: DeliveryFacts, records: dict[tuple[str, str], tuple[str, ...]]
) -> tuple[Verdict, list[str]]:
    asked: list[str] = []

    async def resolve(name: str, kind: str) -> tuple[str, ...]:
        asked.append(name)
        await asyncio.sleep(0)
        return records.get((name, kind), ())

    return asyncio.run(verdict.judge(facts, raw, "acme.example", settings=Settings(), resolver=resolve)), asked


def keys(key: Key, *selectors: str) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(f"{selector}._domainkey.acme.example", "TXT"): (key.record,) for selector in selectors}


def test_a_signature_that_leaves_headers_open_is_completed_by_the_server_that_sent_the_mail(key: Key) -> None:
    raw = key.sign(include_headers=[b"from", b"to"]) + MAIL
    found, _ = judge(raw, SENT, keys(key, "s1") | SPF)
    assert (found.passed, found.source) == (True, Source.DKIM)
    assert found.evidence.envelope
    assert found.evidence.covers("subject")
    alone, _ = judge(raw, SENT, keys(key, "s1"))
    assert alone.passed
    assert not alone.evidence.envelope
    assert not alone.evidence.covers("subject")


def test_a_signature_over_everything_needs_no_word_of_the_server(key: Key) -> None:
    names = [b"from", b"to", b"cc", b"subject", b"date", b"content-type", b"content-transfer-encoding", b"reply-to",
             b"in-reply-to", b"references", b"message-id", b"thread-index", b"mime-version", b"sender"]  # fmt: skip
    found, asked = judge(key.sign(include_headers=names) + MAIL, SENT, keys(key, "s1") | SPF)
    assert found.passed
    assert "acme.example" not in asked
    assert not found.evidence.envelope


def test_of_two_signatures_the_one_whose_body_is_this_one_is_found(key: Key) -> None:
    other = key.sign(raw=MAIL.replace(b"update", b"delete"))
    found, _ = judge(other + key.sign(b"s2") + MAIL, DeliveryFacts(ingress="smtp"), keys(key, "s1", "s2"))
    assert (found.passed, found.reason) == (True, "DKIM pass for acme.example")
    none, _ = judge(other + MAIL, DeliveryFacts(ingress="smtp"), keys(key, "s1"))
    assert not none.passed
    assert "the body is not the one that acme.example signed" in none.reason


def test_questions_side_by_side_share_one_time(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "VERDICT_SECONDS", 0.05)
    raw = key.sign() + key.sign(b"s2") + key.sign(b"s3") + MAIL
    begun: list[str] = []

    async def hangs(name: str, kind: str) -> tuple[str, ...]:
        begun.append(name)
        if "_domainkey" in name:
            await asyncio.sleep(600)
        return ()

    async def main() -> None:
        async with asyncio.timeout(60):
            await verdict.judge(DeliveryFacts(ingress="smtp"), raw, "acme.example", settings=Settings(), resolver=hangs)

    with pytest.raises(errors.DnsUnavailable):
        asyncio.run(main())
    assert len([name for name in begun if "_domainkey" in name]) == 3


def test_the_facts_of_a_delivery_are_those_of_its_pointer() -> None:
    given = {"key": "k", "recipient": "site@agent.example", "received_at": 1.0, "order": 1.0}
    smtp = Pointer(**given, ingress="smtp", client_address="192.0.2.7", sender="anna@acme.example", trusted=True)
    assert DeliveryFacts.of(smtp) == DeliveryFacts(
        ingress="smtp", trusted=True, client_address="192.0.2.7", sender="anna@acme.example"
    )
    ses = Pointer(**given, ingress="ses", ses=SesVerdicts(dmarc="PASS"))
    assert DeliveryFacts.of(ses) == DeliveryFacts(ingress="ses", ses=SesVerdicts(dmarc="PASS"))
