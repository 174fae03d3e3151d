"""A mail judged by each source alone: keys, name servers of a table, and what a server says of how it came."""

from __future__ import annotations

import asyncio
import base64
import pathlib
from collections.abc import Iterable, Mapping

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hermes import errors
from hermes.domain.pointer import SesVerdicts
from hermes.mail.authenticate import verdict
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings, Verdict

_ARC = pathlib.Path(__file__).parent / "arc"
ARC_KEY = (
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCZIBnBzUy7p8uLIYk6H7jXfHLOWtfByx+0VEV3e1ULQ5vigHd8DpzB3HEh4dB0bjGPWWgQ4L8eRMc13"
    "+im5oVtZIyBW9OGzM4OkEpnbyWEn71r4xQ42mFp8pnWBnneHon/3Wudww7df3GLvH5ZGsZ/sfKoalzAQaXOKOguDMbxmQIDAQAB"
)
MAIL = (
    b"From: Anna <anna@acme.example>\r\nTo: site@agent.example\r\nSubject: Title\r\nMessage-ID: <1@acme.example>\r\n"
    b"\r\nPlease update it.\r\n"
)
FACTS = DeliveryFacts(ingress="smtp")


class Dns:
    """A resolver over a table; names in `lost` give no answer."""

    def __init__(
        self, records: Mapping[tuple[str, str], Iterable[str]] | None = None, lost: Iterable[str] = ()
    ) -> None:
        self.records = {key: tuple(value) for key, value in (records or {}).items()}
        self.lost = frozenset(lost)
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        self.asked.append((name, kind))
        if name in self.lost:
            raise errors.DnsUnavailable(f"no answer for {name}")
        return self.records.get((name, kind), ())


class Key:
    def __init__(self, bits: int = 2048) -> None:
        private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        self.pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def judge(
    raw: bytes = MAIL,
    facts: DeliveryFacts = FACTS,
    settings: Settings | None = None,
    dns: Dns | None = None,
    domain: str = "acme.example",
) -> Verdict:
    given = settings or Settings()
    return asyncio.run(verdict.judge(facts, raw, domain, settings=given, resolver=dns or Dns()))


def ses_facts(**verdicts: str) -> DeliveryFacts:
    return DeliveryFacts(ingress="ses", ses=SesVerdicts(**{"spam": "PASS", "virus": "PASS", **verdicts}))


PINNED = Settings(authserv_id="mx.agent.example", own_check=False)
PASS = "mx.agent.example; dmarc=pass header.from=acme.example"
RECEIVED = b"Received: from x by mx.agent.example; Mon, 1 Jun 2026 10:00:00 +0000\r\n"


def with_results(*values: str, above: int = 1, below: int = 0) -> bytes:
    lines = b"".join(f"Authentication-Results: {value}\r\n".encode() for value in values)
    return RECEIVED * above + lines + RECEIVED * below + MAIL


KEY_NAME = ("s1._domainkey.acme.example", "TXT")


def signed_by(key: Key, raw: bytes = MAIL, domain: str = "acme.example", **options: object) -> bytes:
    signature: bytes = dkim.sign(raw, b"s1", domain.encode(), key.pem, **options)
    return signature + raw


def client_facts(address: str | None, sender: str | None = "anna@acme.example") -> DeliveryFacts:
    return DeliveryFacts(ingress="smtp", client_address=address, sender=sender)


SEALED = Settings(arc_sealers=frozenset({"forwarder.example"}))
ARC_DNS = {("s1._domainkey.forwarder.example", "TXT"): [ARC_KEY], ("s1._domainkey.second.example", "TXT"): [ARC_KEY]}


def arc_mail(name: str) -> bytes:
    return (_ARC / f"{name}.eml").read_bytes()
