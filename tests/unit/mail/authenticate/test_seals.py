"""What a signature may cost: dkimpy gets a header under limits, and never the body."""

from __future__ import annotations

import base64
import time

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hermes.mail.authenticate import body_hash, signatures
from hermes.mail.parse import head

_MAIL = b"From: Anna <anna@acme.example>\r\nTo: site@agent.example\r\nSubject: Title\r\n\r\nPlease update it.\r\n"
_FORGED = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=s1; h=%s; bh=aaaa; b=%s\r\n"
_NAME = "s1._domainkey.acme.example"


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


def _record(key: rsa.RSAPublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def _signed(private: rsa.RSAPrivateKey, **options: object) -> bytes:
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    signature: bytes = dkim.sign(_MAIL, b"s1", b"acme.example", pem, **options)
    return signature + _MAIL


@pytest.mark.parametrize("form", [b"simple", b"relaxed"])
def test_a_header_alone_is_verified_and_says_what_the_body_must_be(private: rsa.RSAPrivateKey, form: bytes) -> None:
    raw = _signed(private, canonicalize=(b"relaxed", form))
    found = signatures.candidates(head.of(raw), "acme.example", {"acme.example"})
    assert isinstance(found, tuple)
    assert signatures.verify(head.of(raw), found[0], {_NAME: _record(private.public_key())}) == ""
    assert found[0].canonical == form.decode()
    assert body_hash.of([b"Please update it.\r\n"], found[0].canonical) == found[0].body_hash


def test_a_key_whose_exponent_would_halt_the_process_is_not_used(private: rsa.RSAPrivateKey) -> None:
    raw = _signed(private)
    found = signatures.candidates(raw, "acme.example", {"acme.example"})
    assert isinstance(found, tuple)
    own = private.public_key().public_numbers()
    slow = rsa.RSAPublicNumbers(e=own.n // 2 | 1, n=own.n).public_key()
    assert "exponent" in signatures.verify(raw, found[0], {_NAME: _record(slow)})


@pytest.mark.parametrize(
    ("names", "more", "said"),
    [
        (b"from:" + b":".join(b"x%d" % n for n in range(signatures.SIGNED_HEADERS)), b"", "names of headers"),
        (b"from", b" \r\n" * 60 + b" ", "longer than any"),
        (b"from", b"a" * signatures.SIGNATURE_BYTES, "longer than any"),
    ],
)
def test_a_signature_that_would_keep_its_reader_busy_is_left_alone(names: bytes, more: bytes, said: str) -> None:
    raw = _FORGED % (names, b"aaaa" + more + b"aaaa") + _MAIL
    found = signatures.candidates(raw, "acme.example", {"acme.example"})
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    assert said in (found if isinstance(found, str) else signatures.verify(raw, found[0], {_NAME: _record(key)}))


@pytest.mark.parametrize(
    "fields",
    [b"a:\r\n" * 60_000, b"a: b\r\n" + b" \r\n" * 60_000, b"a: b\r\n" + b" b\r\n" * (signatures.HEADER_LINES + 1)],
)
def test_a_header_of_endless_lines_is_not_handed_over(fields: bytes) -> None:
    began = time.process_time()
    assert "header block" in str(
        signatures.candidates(_FORGED % (b"from", b"aaaa") + fields + _MAIL, "acme.example", {"acme.example"})
    )
    assert time.process_time() - began < 1
