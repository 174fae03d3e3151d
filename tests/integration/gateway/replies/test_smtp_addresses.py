"""A mail server with several addresses: one that is dead, deaf or unwilling costs a moment, not the reply."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.gateway.replies import smtp_opening
from hermes.gateway.replies.mailer import SmtpMailer
from tests.integration.gateway.replies.test_mailers import FROM, MAIL, TO, certificate
from tests.integration.smtp_script import ScriptedServer, playing


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """`mx.test` has these addresses, in this order."""

    async def found(_: Any, host: str, port: int, **__: Any) -> list[Any]:
        assert host == "mx.test"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in (2, 3, 1)]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", found)


def mailer(port: int, **settings: Any) -> SmtpMailer:
    given = {"host": "mx.test", "port": port, "security": "none", **settings}
    return SmtpMailer(settings=config.Smtp(**given), hostname="hermes.test", seconds=20.0)


@contextlib.contextmanager
def deaf(host: str, port: int) -> Iterator[None]:
    """Packets to it get no answer: its queue of connections is full."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind((host, port))
        listening.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((host, port))
        yield


@pytest.mark.usefixtures("several")
async def test_addresses_that_do_not_answer_are_passed_over_within_moments() -> None:
    async with playing() as server:
        with deaf("127.0.0.2", server.port), deaf("127.0.0.3", server.port):
            async with asyncio.timeout(60):
                await mailer(server.port).send(raw=MAIL, sender=FROM, recipient=TO)

    assert len(server.taken) == 1


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("greeting", ["!silent", "!cut", "421 4.3.2 too busy !cut", "554 5.7.1 not here !cut"])
async def test_an_address_that_does_not_greet_is_passed_over(greeting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_opening, "OTHER_GREETING_SECONDS", 0.2)
    async with playing() as server:
        first = ScriptedServer(f"greeting* {greeting}")
        first.port = server.port
        async with first.listening("127.0.0.2"):
            await mailer(server.port).send(raw=MAIL, sender=FROM, recipient=TO)

    assert (len(first.taken), len(server.taken)) == (0, 1)


@pytest.mark.usefixtures("several")
async def test_where_none_of_them_takes_the_mail_the_last_refusal_is_the_reason() -> None:
    async with playing("greeting* 421 4.3.2 too busy !cut") as server:
        with pytest.raises(errors.MailDeferred, match="too busy"):
            await mailer(server.port).send(raw=MAIL, sender=FROM, recipient=TO)


async def test_a_name_that_is_none_is_said() -> None:
    settings = config.Smtp(host="nowhere.invalid", security="none")
    with pytest.raises(errors.MailDeferred, match="the connection"):
        await SmtpMailer(settings=settings, hostname="hermes.test", seconds=20.0).send(
            raw=MAIL, sender=FROM, recipient=TO
        )


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_private_certificate_is_believed_by_its_file(security: str, tmp_path: Path) -> None:
    with certificate(tmp_path) as (context, _):
        hello = "EHLO 250-mx.test|250 STARTTLS"
        async with ScriptedServer(hello, tls=context).listening(tls=security == "tls") as server:
            given: dict[str, Any] = {"host": "localhost", "port": server.port, "security": security}
            strict = SmtpMailer(settings=config.Smtp(**given), hostname="hermes.test")
            with pytest.raises(errors.SenderRefused, match="CERTIFICATE_VERIFY_FAILED"):
                await strict.send(raw=MAIL, sender=FROM, recipient=TO)
            server.play(hello)
            trusting = SmtpMailer(settings=config.Smtp(**given, ca_file=tmp_path / "crt.pem"), hostname="hermes.test")
            await trusting.send(raw=MAIL, sender=FROM, recipient=TO)

            assert len(server.taken) == 1


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_is_named_at_the_start(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(errors.ConfigError, match=r"mail\.smtp\.ca_file .*ca\.pem"):
        SmtpMailer(settings=config.Smtp(ca_file=path), hostname="hermes.test")


def test_without_encryption_no_certificates_are_read(tmp_path: Path) -> None:
    assert SmtpMailer(settings=config.Smtp(security="none", ca_file=tmp_path / "none.pem"), hostname="hermes.test")


async def test_a_certificate_of_another_host_is_not_believed(tmp_path: Path) -> None:
    with certificate(tmp_path) as (context, trust):
        assert isinstance(trust, ssl.SSLContext)
        async with ScriptedServer("EHLO* 250-mx.test|250 STARTTLS", tls=context).listening() as server:
            settings = config.Smtp(host="127.0.0.1", port=server.port, ca_file=tmp_path / "crt.pem")
            with pytest.raises(errors.SenderRefused, match="IP address mismatch"):
                await SmtpMailer(settings=settings, hostname="hermes.test").send(raw=MAIL, sender=FROM, recipient=TO)
    assert server.taken == []
