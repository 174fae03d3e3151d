"""`hermes check` on mail: what it finds, and what it says to do."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hermes import errors
from hermes.config import loading as config
from hermes.ops import mail_checks
from hermes.ops.findings import Found

NAME = "hermes._domainkey.agent.example.com"
STRONG = "9f2c4e81d0a6b357"


@pytest.fixture(scope="module")
def pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


async def found(name: str, given: dict[str, Any], records: tuple[str, ...] | None = ()) -> Found:
    """The one of this name. Port 9 takes no mail out; DNS has these records, None for no answer."""

    async def lookup(asked: str, kind: str) -> tuple[str, ...]:
        assert (asked, kind) == (NAME, "TXT")
        if records is None:
            raise errors.DnsUnavailable("DNS gave no answer")
        return records

    settings = config.parse({"mail": {"smtp": {"port": 9, "security": "none"}, **given.pop("mail", {})}, **given})
    return next(one for one in await mail_checks.run(settings, lookup=lookup) if one.name == name)


async def signature(key: bytes, tmp_path: Path, records: tuple[str, ...] | None = ()) -> Found:
    path = tmp_path / "dkim.pem"
    path.write_bytes(key)
    dkim = {"domain": "agent.example.com", "selector": "hermes", "key_file": str(path)}
    return await found("signature of replies", {"mail": {"dkim": dkim}}, records)


def record(todo: str) -> str:
    return todo[todo.index("v=DKIM1") :]


async def test_the_record_to_publish_is_said_and_then_holds(pem: bytes, tmp_path: Path) -> None:
    missing = await signature(pem, tmp_path)
    assert not missing.ok
    assert NAME in missing.todo

    wanted = record(missing.todo)
    assert (await signature(pem, tmp_path, (wanted,))).ok
    # As panels write it: other tags, other order, white space within the key.
    assert (await signature(pem, tmp_path, (f"p={wanted[18:60]} {wanted[60:]}; k=rsa; s=email",))).ok


async def test_the_record_is_the_one_that_verifies_what_is_signed(pem: bytes, tmp_path: Path) -> None:
    public = serialization.load_pem_private_key(pem, None).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    missing = await signature(pem, tmp_path)

    assert record(missing.todo) == f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (("v=DKIM1; k=rsa; p=MIIBIjANBg",), "another key"),
        (("v=DKIM1; p=",), "another key"),
        (("v=DKIM1; p=x", "v=DKIM1; p=y"), "2 records"),
        (None, "no answer"),
    ],
)
async def test_dns_that_does_not_have_the_key_is_told_with_the_record(
    pem: bytes, tmp_path: Path, records: tuple[str, ...] | None, said: str
) -> None:
    one = await signature(pem, tmp_path, records)

    assert not one.ok
    assert said in one.text
    assert record(one.todo).startswith("v=DKIM1; k=rsa; p=")


async def test_a_file_that_holds_no_key_is_told_with_how_to_make_one(tmp_path: Path) -> None:
    one = await signature(b"-----BEGIN PUBLIC KEY-----\n", tmp_path)

    assert not one.ok
    assert "openssl genrsa" in one.todo


def posts(*secrets: str) -> dict[str, Any]:
    providers = [{"name": f"way{n}", "kind": "hmac", "secret": secret} for n, secret in enumerate(secrets)]
    return {"http_ingress": {"enabled": True, "providers": providers}}


@pytest.mark.parametrize(
    ("secrets", "said"),
    [
        (("a" * 30,), "can be guessed"),
        (("a long random password",), "can be guessed"),
        ((STRONG, STRONG), "way0 and way1 have the same secret"),
    ],
)
async def test_a_secret_that_proves_nothing_is_told(secrets: tuple[str, ...], said: str) -> None:
    one = await found("mail in by HTTP", posts(*secrets))

    assert not one.ok
    assert said in one.text
    assert one.todo
    assert not any(secret in one.text + one.todo for secret in secrets)


async def test_good_secrets_are_told_with_the_paths() -> None:
    one = await found("mail in by HTTP", posts(STRONG, STRONG[::-1]))

    assert one.ok
    assert "/ingress/way0 (hmac), /ingress/way1 (hmac)" in one.text


async def test_a_mailbox_that_nobody_serves_is_told() -> None:
    imap = {"enabled": True, "host": "127.0.0.1", "port": 9, "security": "none", "username": "a", "password": "b"}
    project = {
        "client": "acme", "project": "site", "repository": "https://git.example.com/site.git", "agent": {"kind": "patch"},
        "addresses": ["site@agent.example.com"], "owners": ["@acme.example"],
    }  # fmt: skip
    given = {"imap_ingress": {**imap, "address": "site@agent.example.com"}, "projects": [project]}
    one = await found("mail in by IMAP", given)

    assert not one.ok
    assert "127.0.0.1:9" in one.text
    assert "imap_ingress.host" in one.todo


async def test_what_is_switched_off_is_not_looked_at() -> None:
    settings = config.parse({"mail": {"mailer": "ses"}})

    assert [one.name for one in await mail_checks.run(settings)] == ["mail out"]
