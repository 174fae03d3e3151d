"""STARTTLS: the dialogue begins again, nothing that was said before counts, and a renewed certificate is used without a restart."""

from __future__ import annotations

import asyncio
import os
import ssl
from pathlib import Path

import aiosmtplib
import pytest

from hermes import errors
from hermes.ingress.certificate import Certificate
from tests.integration.ingress.dovecot import certificate
from tests.unit.ingress.test_dialogue import OURS, serving

MAIL = b"From: anna@people.test\r\n\r\nPlease.\r\n"


def written(tmp_path: Path, name: str = "both.pem") -> Path:
    path = tmp_path / name
    path.write_bytes(certificate())
    return path


async def test_a_mail_goes_through_tls(tmp_path: Path) -> None:
    both = written(tmp_path)
    async with serving(certificate=Certificate(cert_file=both, key_file=both)) as served:
        trust = ssl.create_default_context(cafile=str(both))
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=served.ingress.port, start_tls=True, tls_context=trust, timeout=60
        )
        async with client:
            await client.sendmail("anna@people.test", [OURS], MAIL)
            assert "starttls" not in client.esmtp_extensions

        assert list(served.deposits.objects.values()) == [MAIL]


async def test_without_a_certificate_it_is_not_offered() -> None:
    async with serving() as served:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=served.ingress.port, start_tls=False, timeout=60)
        async with client:
            await client.ehlo()
            assert "starttls" not in client.esmtp_extensions


async def test_what_was_said_before_and_what_came_with_the_command_does_not_count(tmp_path: Path) -> None:
    both = written(tmp_path)
    async with serving(certificate=Certificate(cert_file=both, key_file=both)) as served:
        line = await served.line()
        await line.answer()
        await line.say("EHLO client")
        await line.say("MAIL FROM:<eve@people.test>")
        # A man in the middle puts commands behind STARTTLS in the same packet.
        assert (await line.say(f"STARTTLS\r\nRCPT TO:<{OURS}>\r\nDATA"))[:3] == "220"
        trust = ssl.create_default_context(cafile=str(both))
        await line.writer.start_tls(trust, server_hostname="127.0.0.1")

        assert (await line.say("MAIL FROM:<anna@people.test>"))[:3] == "503"
        assert (await line.say("EHLO client"))[:3] == "250"
        assert (await line.say(f"RCPT TO:<{OURS}>"))[:3] == "503"


async def test_a_handshake_that_fails_ends_the_connection_and_frees_its_place(tmp_path: Path) -> None:
    both = written(tmp_path)
    async with serving(certificate=Certificate(cert_file=both, key_file=both)) as served:
        for _ in range(30):
            line = await served.line()
            await line.answer()
            await line.say("EHLO client")
            await line.say("STARTTLS")
            line.writer.write(b"no TLS at all\r\n" * 10)
            async with asyncio.timeout(60):
                await line._reader.read()

        assert (await (await served.line()).answer())[:3] == "220"


def test_a_renewed_certificate_is_read_and_a_broken_one_is_not(tmp_path: Path) -> None:
    both = written(tmp_path)
    held = Certificate(cert_file=both, key_file=both)
    held.load()
    first = held.context
    assert held.context is first

    both.write_bytes(certificate())
    os.utime(both, ns=(1, 1))
    second = held.context
    assert second is not first

    both.write_text("half of it")
    os.utime(both, ns=(2, 2))
    assert held.context is second
    both.unlink()
    assert held.context is second


async def test_a_certificate_that_cannot_be_read_is_said_at_the_start(tmp_path: Path) -> None:
    missing = tmp_path / "none.pem"
    with pytest.raises(errors.ConfigError, match=r"none\.pem"):
        async with serving(certificate=Certificate(cert_file=missing, key_file=missing)):
            pass
