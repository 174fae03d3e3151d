"""The key of a signature, as DNS is to publish it."""

from __future__ import annotations

import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hermes import errors
from hermes.mail.write import sign
from hermes.mail.write.sign import Signer


@pytest.fixture(scope="module", params=[1024, 2048])
def private(request: pytest.FixtureRequest) -> rsa.RSAPrivateKey:
    size: int = request.param
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


@pytest.fixture
def signer(private: rsa.RSAPrivateKey) -> Signer:
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return Signer(domain="agent.example", selector="s1", key=pem)


def test_the_record_holds_the_public_key_under_its_name(signer: Signer, private: rsa.RSAPrivateKey) -> None:
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert signer.record_name == "s1._domainkey.agent.example"
    assert signer.record() == f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"
    assert signer.bits == private.key_size


def test_a_record_is_known_however_it_is_written(signer: Signer) -> None:
    record = signer.record()
    at = record.index("p=") + 9
    for same in (record, f" {record} ;", record.replace("; ", ";"), f"{record[:at]} \t{record[at:]}", f"n=x; {record}"):
        assert signer.publishes(same)
    for other in ("", "v=DKIM1; p=", "v=DKIM1", record[:-4], record.replace("p=", "q=")):
        assert not signer.publishes(other)


@pytest.mark.parametrize(
    "key", [b"", b"no key", b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"]
)
def test_a_key_that_is_none_is_a_mistake_of_the_settings_that_names_the_domain(key: bytes) -> None:
    signer = Signer(domain="agent.example", selector="s1", key=key)
    for ask in (signer.record, lambda: signer.bits, lambda: signer.sign(b"From: a@agent.example\r\n\r\nx")):
        with pytest.raises(errors.ConfigError, match=r"the DKIM key for agent\.example cannot be used"):
            ask()
    assert "AAAA" not in repr(signer)


def test_what_it_signs_holds_by_the_record_that_it_publishes(signer: Signer) -> None:
    raw = b"From: site@agent.example\r\nTo: anna@acme.example\r\nSubject: Done\r\n\r\nIt is blue.\r\n"
    signed = signer.sign(raw)
    asked: list[str] = []

    def answer(name: bytes, timeout: float = 0) -> bytes:
        asked.append(name.decode())
        return signer.record().encode()

    assert signed.endswith(raw)
    assert dkim.verify(signed, dnsfunc=answer)
    assert asked == [f"{signer.record_name}."]
    assert not dkim.verify(signed.replace(b"blue", b"grey"), dnsfunc=answer)


@pytest.mark.parametrize(("size", "length"), [(127, b"\x7f"), (128, b"\x81\x80"), (256, b"\x82\x01\x00")])
def test_a_length_of_der_has_more_than_one_byte_from_128_on(size: int, length: bytes) -> None:
    assert sign._der(4, bytes(size)) == b"\x04" + length + bytes(size)
