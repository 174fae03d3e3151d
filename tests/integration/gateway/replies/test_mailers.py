"""Replies out: one contract over both mailers, with real servers, and the faults that mail servers have."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Session
from botocore.exceptions import ClientError

from hermes import errors
from hermes.aws.clients import Clients
from hermes.aws.ses import Ses
from hermes.config import loading as config
from hermes.gateway.replies.mailer import Mailer, SesMailer, SmtpMailer, ses_message_id
from tests.integration.mx import Server, mx
from tests.integration.stand import REGION, Endpoint

FROM = "site@hermes.test"
TO = "anna@people.test"
MAIL = (
    b"From: Hermes <site@hermes.test>\r\nTo: anna@people.test\r\nMessage-ID: <1@hermes.test>\r\nSubject: Re: x\r\n\r\n"
    b"Done.\r\n.hidden dot\r\n"
)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with mx() as one:
        yield one


@pytest.fixture
def endpoint(moto: Endpoint) -> Endpoint:
    """SES in the contract is moto's."""
    return moto


def smtp(server: Server, *, seconds: float = 5.0, tls: ssl.SSLContext | None = None, **settings: Any) -> SmtpMailer:
    given = {"host": "127.0.0.1", "port": server.port, "security": "none", **settings}
    return SmtpMailer(settings=config.Smtp(**given), hostname="hermes.test", seconds=seconds, tls=tls)


# ── the contract ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["smtp", "ses"])
async def mailer(request: pytest.FixtureRequest, server: Server, aws_clients: Clients) -> Mailer:
    if request.param == "smtp":
        return smtp(server)
    await aws_clients.ses.create_email_identity(EmailIdentity=FROM)
    return SesMailer(ses=Ses(client=aws_clients.ses), region=REGION)


async def refuse(mailer: Mailer, server: Server, aws_clients: Clients) -> None:
    """Have the next mail refused for good."""
    server.data = "554 5.6.0 we do not like it"

    async def answer(**_: Any) -> None:
        raise _client_error("MessageRejected", 400)

    aws_clients.ses.meta.events.register("before-send.sesv2", answer)


async def defer(mailer: Mailer, server: Server, aws_clients: Clients) -> None:
    """Have the next mail refused for now."""
    server.data = "451 4.7.1 greylisted, come again in five minutes"

    async def answer(**_: Any) -> None:
        raise _client_error("TooManyRequestsException", 429)

    aws_clients.ses.meta.events.register("before-send.sesv2", answer)


def _client_error(code: str, status: int) -> Exception:
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    error: Exception = ClientError(answer, "SendEmail")
    return error


async def test_a_mail_is_taken(mailer: Mailer) -> None:
    given = await mailer.send(raw=MAIL, sender=FROM, recipient=TO)

    assert given is None or (given.startswith("<") and given.endswith(f"@{REGION}.amazonses.com>"))


async def test_a_refusal_for_good_is_rejected(mailer: Mailer, server: Server, aws_clients: Clients) -> None:
    await refuse(mailer, server, aws_clients)

    with pytest.raises(errors.MailRejected):
        await mailer.send(raw=MAIL, sender=FROM, recipient=TO)


async def test_a_refusal_for_now_is_deferred(mailer: Mailer, server: Server, aws_clients: Clients) -> None:
    await defer(mailer, server, aws_clients)

    with pytest.raises(errors.MailDeferred):
        await mailer.send(raw=MAIL, sender=FROM, recipient=TO)


# ── SMTP ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_bytes_arrive_as_they_are(server: Server) -> None:
    raw = MAIL + "Grüße an alle\r\n".encode()

    assert await smtp(server).send(raw=raw, sender="", recipient=TO) is None

    (envelope,) = server.taken
    assert envelope.original_content == raw
    assert envelope.mail_from == "<>"
    assert "BODY=8BITMIME" in envelope.mail_options


async def test_an_address_beyond_ascii_asks_for_smtputf8(server: Server) -> None:
    await smtp(server).send(raw=MAIL, sender=FROM, recipient="jürgen@people.test")

    assert server.taken[0].rcpt_tos == ["jürgen@people.test"]
    assert server.taken[0].smtp_utf8


async def test_a_domain_beyond_ascii_needs_no_smtputf8(server: Server) -> None:
    await smtp(server).send(raw=MAIL, sender=FROM, recipient="anna@straße.test")

    assert server.taken[0].rcpt_tos == ["anna@xn--strae-oqa.test"]
    assert not server.taken[0].smtp_utf8


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "kind"), [("450 4.2.1 later", errors.MailDeferred), ("552 5.3.4 no", errors.MailRejected)]
)
async def test_every_stage_may_refuse_for_now_or_for_good(
    server: Server, stage: str, answer: str, kind: type[Exception]
) -> None:
    setattr(server, stage, answer)

    with pytest.raises(kind, match=answer[:3]):
        await smtp(server).send(raw=MAIL, sender=FROM, recipient=TO)

    assert server.taken == []


@pytest.mark.parametrize(
    ("stage", "kind"),
    [("mail", errors.SenderRefused), ("rcpt", errors.MailRejected), ("data", errors.MailRejected)],
)
async def test_a_mailbox_that_is_not_there_is_the_recipients_once_the_server_knows_one(
    server: Server, stage: str, kind: type[Exception]
) -> None:
    setattr(server, stage, "550 5.1.1 no")

    with pytest.raises(kind, match="no"):
        await smtp(server).send(raw=MAIL, sender=FROM, recipient=TO)

    assert server.taken == []


async def test_a_lost_answer_after_the_data_is_deferred_though_the_mail_arrived(server: Server) -> None:
    async def cut(protocol: SMTP) -> None:
        assert isinstance(protocol.transport, asyncio.WriteTransport)
        protocol.transport.abort()

    server.before_data_answer = cut

    with pytest.raises(errors.MailDeferred):
        await smtp(server).send(raw=MAIL, sender=FROM, recipient=TO)

    assert len(server.taken) == 1


async def test_a_server_that_falls_silent_is_given_up_in_time(server: Server) -> None:
    forever = asyncio.Event()

    async def wait(_: SMTP) -> None:
        await forever.wait()

    server.before_data_answer = wait

    with pytest.raises(errors.MailDeferred, match="did not finish in"):
        await smtp(server, seconds=0.3).send(raw=MAIL, sender=FROM, recipient=TO)
    forever.set()


async def test_greylisting_passes_at_the_second_try(server: Server) -> None:
    server.rcpt = "450 4.7.1 greylisted"
    with pytest.raises(errors.MailDeferred, match="greylisted"):
        await smtp(server).send(raw=MAIL, sender=FROM, recipient=TO)

    server.rcpt = "250 OK"
    await smtp(server).send(raw=MAIL, sender=FROM, recipient=TO)

    assert len(server.taken) == 1


async def test_nobody_there_is_deferred(unused_tcp_port: int, server: Server) -> None:
    server.port = unused_tcp_port

    with pytest.raises(errors.MailDeferred, match=f"127.0.0.1:{unused_tcp_port}"):
        await smtp(server).send(raw=MAIL, sender=FROM, recipient=TO)


async def test_a_farewell_that_fails_changes_nothing(server: Server) -> None:
    async def quit_badly(protocol: SMTP) -> None:
        assert protocol.transport is not None
        asyncio.get_running_loop().call_later(0.01, protocol.transport.close)

    server.before_data_answer = quit_badly

    await smtp(server).send(raw=MAIL, sender=FROM, recipient=TO)


async def test_a_missing_starttls_is_the_operators_to_mend(server: Server) -> None:
    with pytest.raises(errors.MailDeferred):
        await smtp(server, security="starttls").send(raw=MAIL, sender=FROM, recipient=TO)

    assert server.taken == []


async def test_a_certificate_that_nobody_vouches_for_does_not_lose_the_mail(server: Server, tmp_path: Path) -> None:
    with certificate(tmp_path) as (context, _):
        server.settings = {"tls_context": context}
        with pytest.raises(errors.MailDeferred, match="CERTIFICATE_VERIFY_FAILED"):
            await smtp(server, host="localhost", security="starttls").send(raw=MAIL, sender=FROM, recipient=TO)

    assert server.taken == []


async def test_a_wrong_password_does_not_lose_the_mail(server: Server) -> None:
    server.settings = {"auth_require_tls": False, "authenticator": lambda *_: AuthResult(success=False, handled=False)}

    with pytest.raises(errors.MailDeferred, match="535"):
        await smtp(server, username="hermes", password="wrong").send(raw=MAIL, sender=FROM, recipient=TO)


@pytest.mark.parametrize("recipient", ["a@b.test>\r\nDATA", "a@b.test\nRCPT TO:<c@d.test>", "a b@c.test"])
async def test_an_address_that_would_end_the_command_is_not_said(server: Server, recipient: str) -> None:
    with pytest.raises(errors.MailRejected):
        await smtp(server).send(raw=MAIL, sender=FROM, recipient=recipient)

    assert server.taken == []


async def test_a_dot_alone_in_the_mail_does_not_end_it(server: Server) -> None:
    raw = MAIL + b"\r\n.\r\nMAIL FROM:<evil@evil.test>\r\nRCPT TO:<x@y.test>\n.\nmore\r\n"

    await smtp(server).send(raw=raw, sender=FROM, recipient=TO)

    assert len(server.taken) == 1
    content = server.taken[0].original_content
    assert content is not None
    assert content.replace(b"\r\n", b"\n") == raw.replace(b"\r\n", b"\n")


async def test_the_dialogue_is_encrypted_and_authenticated(server: Server, tmp_path: Path) -> None:
    with certificate(tmp_path) as (context, trust):
        seen: list[str] = []

        def check(_: Any, session: Session, *__: Any) -> AuthResult:
            seen.append("encrypted" if session.ssl else "in the open")
            return AuthResult(success=True)

        server.settings = {"tls_context": context, "authenticator": check}
        await smtp(server, host="localhost", security="starttls", username="hermes", password="secret", tls=trust).send(
            raw=MAIL, sender=FROM, recipient=TO
        )

    assert seen == ["encrypted"]
    assert len(server.taken) == 1


@contextmanager
def certificate(folder: Path) -> Iterator[tuple[ssl.SSLContext, ssl.SSLContext]]:
    """A server's context and a client's that trusts it."""
    key, crt = folder / "key.pem", folder / "crt.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", str(key), "-out", str(crt)], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(crt, key)
    yield context, ssl.create_default_context(cafile=str(crt))


# ── SES ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("MessageRejected", errors.MailRejected),
        ("BadRequestException", errors.MailRejected),
        ("SendingPausedException", errors.MailDeferred),
        ("AccountSuspendedException", errors.MailDeferred),
        ("MailFromDomainNotVerifiedException", errors.MailDeferred),
        ("LimitExceededException", errors.MailDeferred),
        ("AccessDeniedException", errors.MailDeferred),
    ],
)
async def test_what_is_about_the_account_is_deferred(aws_clients: Clients, code: str, kind: type[Exception]) -> None:
    async def answer(**_: Any) -> None:
        raise _client_error(code, 400)

    aws_clients.ses.meta.events.register("before-send.sesv2", answer)

    with pytest.raises(kind):
        await SesMailer(ses=Ses(client=aws_clients.ses), region=REGION).send(raw=MAIL, sender=FROM, recipient=TO)


def test_us_east_1_has_a_domain_of_its_own_kind() -> None:
    assert ses_message_id("0100", "us-east-1") == "<0100@email.amazonses.com>"
    assert ses_message_id("0102", "eu-west-1") == "<0102@eu-west-1.amazonses.com>"
