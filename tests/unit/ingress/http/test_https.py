"""Fetching over https: only a 200, no redirects, within a time and a size."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hermes import errors, limits
from hermes.ingress.http import https

_ANSWERS = {
    "/ok?a=b": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "/": b"HTTP/1.1 302 Found\r\nLocation: /ok?a=b\r\nContent-Length: 0\r\n\r\n",
    "/endless": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (limits.CERTIFICATE_BYTES * 2),
    "/broken": b"nonsense\r\n\r\n",
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
async def port(certificate: Path) -> AsyncIterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        if path in _ANSWERS:
            writer.write(_ANSWERS[path])
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    yield int(server.sockets[0].getsockname()[1])
    server.close()


async def test_a_200_is_fetched(port: int, certificate: Path) -> None:
    context = ssl.create_default_context(cafile=str(certificate))

    assert await https.fetch(f"https://127.0.0.1:{port}/ok?a=b", context=context) == b"hi"
    assert len(await https.fetch(f"https://127.0.0.1:{port}/endless", context=context)) == limits.CERTIFICATE_BYTES


@pytest.mark.parametrize("path", ["/", "/broken", "/silent"])
async def test_anything_else_is_no_answer(port: int, certificate: Path, path: str) -> None:
    context = ssl.create_default_context(cafile=str(certificate))

    with pytest.raises(errors.AwsUnavailable):
        await https.fetch(f"https://127.0.0.1:{port}{path}", context=context, seconds=0.5)


async def test_a_certificate_that_nobody_vouches_for_and_plain_http_are_refused(port: int) -> None:
    for address in (
        f"https://127.0.0.1:{port}/ok?a=b",
        f"http://127.0.0.1:{port}/",
        "https:///x",
        "file:///etc/passwd",
    ):
        with pytest.raises(errors.AwsUnavailable):
            await https.fetch(address)
