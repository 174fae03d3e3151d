"""Logins at the sending mail server: a budget that outlives restarts, and access tokens in place of a password."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from hermes import errors, ids
from hermes.aws import schema
from hermes.aws.records.logins import LoginRecords
from hermes.aws.resource_names import ResourceNames
from hermes.aws.tables import Tables
from hermes.config import loading as config
from hermes.domain.decisions.logins import HOUR_SECONDS, LOGINS_MOST
from hermes.gateway.replies.mailer import SmtpMailer
from tests.direct import DirectDynamo
from tests.env import quiet
from tests.integration.smtp_script import ScriptedServer, playing
from tests.unit.ingress.imap.token_server import TokenServer

FROM, TO = "site@hermes.test", "anna@people.test"
MAIL = b"From: site@hermes.test\r\n\r\nHello\r\n"
CREDENTIALS = {"client_id": "app", "client_secret": "topsecret-secret"}


class Clock:
    """The time, by both clocks."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def rows() -> LoginRecords:
    dynamo, names = DirectDynamo(), ResourceNames(f"logins-{ids.new_id()[:8]}")
    await dynamo.create_table(**schema.table(names, "queues"))
    return LoginRecords(tables=Tables(client=dynamo), names=names)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with playing() as one:
        yield one


def mailer(port: int, rows: LoginRecords | None, clock: Clock, **settings: Any) -> SmtpMailer:
    """One of a new process."""
    given = {"host": "127.0.0.1", "port": port, "security": "none", "username": "hermes", **settings}
    around = quiet(now=clock, clock=clock)
    return SmtpMailer(settings=config.Smtp(**given), hostname="hermes.test", seconds=60.0, logins=rows, env=around)


async def tried(port: int, rows: LoginRecords, clock: Clock) -> str:
    """The refusal of a reply in a process that then ends."""
    one = mailer(port, rows, clock, password="wrong")
    with pytest.raises(errors.SenderRefused) as refused:
        await one.send(raw=MAIL, sender=FROM, recipient=TO)
    await one.close()
    return refused.value.message


async def test_a_process_that_is_started_again_and_again_logs_in_no_more_than_its_budget(
    rows: LoginRecords, server: ScriptedServer
) -> None:
    server.play("AUTH* 535 5.7.8 bad credentials")
    clock = Clock()
    for _ in range(3 * LOGINS_MOST):
        said = await tried(server.port, rows, clock)
        clock.at += 10.0
    assert server.steps["AUTH"] == LOGINS_MOST
    assert "accounts get locked" in said
    clock.at += HOUR_SECONDS
    await tried(server.port, rows, clock)
    assert server.steps["AUTH"] == LOGINS_MOST + 1


async def test_two_gateways_share_the_budget(rows: LoginRecords, server: ScriptedServer) -> None:
    server.play("AUTH* 535 5.7.8 bad credentials")
    clock = Clock()
    for _ in range(LOGINS_MOST):
        await asyncio.gather(*(tried(server.port, rows, clock) for _ in range(2)))
    assert server.steps["AUTH"] == LOGINS_MOST


async def test_a_login_that_works_ends_the_count(rows: LoginRecords, server: ScriptedServer) -> None:
    server.play("\n".join(["AUTH 535 5.7.8 bad credentials"] * (LOGINS_MOST - 1)))
    clock = Clock()
    for _ in range(LOGINS_MOST - 1):
        await tried(server.port, rows, clock)
    for _ in range(3):
        right = mailer(server.port, rows, clock, password="right")
        await right.send(raw=MAIL, sender=FROM, recipient=TO)
        await right.close()
    assert await rows.take(f"hermes@127.0.0.1:{server.port}", now=clock.at) is None
    assert len(server.taken) == 3


class TokenMailServer:
    """A real SMTP server (aiosmtpd) that takes the tokens of a token server, and nothing else."""

    def __init__(self, provider: TokenServer, method: str) -> None:
        self.provider = provider
        self.logins: list[bytes] = []
        self.raw: list[bytes] = []
        setattr(self, f"auth_{method}", self._log_in)

    async def _log_in(self, server: SMTP, args: list[str]) -> AuthResult:
        said = base64.b64decode(args[1])
        self.logins.append(said)
        token = said.split(b"auth=Bearer ")[1].split(b"\1")[0].decode()
        if token in self.provider.good:
            return AuthResult(success=True, auth_data=b"u")
        await server.challenge_auth('{"status":"401"}')
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert session.authenticated
        self.raw.append(bytes(envelope.original_content or b""))
        return "250 2.0.0 OK"

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        excluded = ("PLAIN", "LOGIN")
        made = await asyncio.get_running_loop().create_server(
            lambda: SMTP(
                self,
                hostname="mx.test",
                auth_require_tls=False,
                auth_exclude_mechanism=excluded,
                loop=asyncio.get_running_loop(),
            ),
            "127.0.0.1",
            0,
        )
        async with made:
            yield made.sockets[0].getsockname()[1]


@pytest.fixture
async def provider() -> AsyncIterator[TokenServer]:
    async with TokenServer().listening() as made:
        yield made


@pytest.mark.parametrize(
    ("method", "secret"),
    [
        ("XOAUTH2", b"user=a,b=c\1auth=Bearer token-1\1\1"),
        ("OAUTHBEARER", b"n,a=a=2Cb=3Dc,\1auth=Bearer token-1\1\1"),
    ],
)
async def test_a_reply_goes_with_a_token_that_is_renewed_before_it_ends(
    provider: TokenServer, rows: LoginRecords, method: str, secret: bytes
) -> None:
    mail_server, clock = TokenMailServer(provider, method), Clock()
    oauth = {"token_url": f"{provider.url}/token", **CREDENTIALS, "refresh_token": "topsecret-refresh"}
    async with mail_server.listening() as port:
        one = mailer(port, rows, clock, username="a,b=c", oauth=oauth)
        await one.send(raw=MAIL, sender=FROM, recipient=TO)
        await one.close()
        one = mailer(port, rows, clock, username="a,b=c", oauth=oauth)
        for _ in range(2):
            await one.send(raw=MAIL, sender=FROM, recipient=TO)
            clock.at += 3600.0
            await one._connections.close()
            one._connections._closed = False
        await one.close()
    assert mail_server.logins[0] == secret
    assert [b"token-%d" % number in said for number, said in enumerate(mail_server.logins, start=1)] == [True] * 3
    assert {asked["grant_type"] for asked in provider.asked} == {"refresh_token"}
    assert len(mail_server.raw) == 3


async def test_a_token_that_the_mail_server_refuses_is_the_operators_matter_and_fetched_anew(
    provider: TokenServer, rows: LoginRecords
) -> None:
    mail_server, clock = TokenMailServer(provider, "XOAUTH2"), Clock()
    oauth = {"token_url": f"{provider.url}/token", **CREDENTIALS}
    async with mail_server.listening() as port:
        one = mailer(port, rows, clock, oauth=oauth)
        provider.answer = (200, {"access_token": "revoked", "expires_in": 3600})
        with pytest.raises(errors.SenderRefused, match="login"):
            await one.send(raw=MAIL, sender=FROM, recipient=TO)
        with pytest.raises(errors.SenderRefused, match="not tried again yet"):
            await one.send(raw=MAIL, sender=FROM, recipient=TO)
        assert len(mail_server.logins) == 1
        provider.answer = None
        clock.at += 121.0
        await one.send(raw=MAIL, sender=FROM, recipient=TO)
        await one.close()
    assert [asked["grant_type"] for asked in provider.asked] == ["client_credentials"] * 2
    assert len(mail_server.raw) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}),
            errors.SenderRefused,
        ),
        ((503, {"error": "temporarily_unavailable"}), errors.MailDeferred),
    ],
)
async def test_what_a_provider_says_in_place_of_a_token(
    provider: TokenServer, rows: LoginRecords, answer: Any, kind: type[errors.MailDeferred]
) -> None:
    mail_server = TokenMailServer(provider, "XOAUTH2")
    provider.answer = answer
    async with mail_server.listening() as port:
        one = mailer(port, rows, Clock(), oauth={"token_url": f"{provider.url}/token", **CREDENTIALS})
        with pytest.raises(errors.MailDeferred, match=r"OAuth: 127\.0\.0\.1 gives no token") as raised:
            await one.send(raw=MAIL, sender=FROM, recipient=TO)
        await one.close()
    assert type(raised.value) is kind
    assert "topsecret" not in raised.value.message
    assert mail_server.logins == []


async def test_a_server_that_takes_no_token_is_named_with_what_it_takes(
    provider: TokenServer, server: ScriptedServer
) -> None:
    one = mailer(server.port, None, Clock(), oauth={"token_url": f"{provider.url}/token", **CREDENTIALS})
    with pytest.raises(errors.SenderRefused, match=r"no access token \(it offers plain, login\)"):
        await one.send(raw=MAIL, sender=FROM, recipient=TO)
    await one.close()


def refused() -> Iterator[tuple[dict[str, Any], str]]:
    oauth = {"token_url": "https://login.example.com/token", **CREDENTIALS}
    yield {"oauth": oauth, "password": "x", "username": "u"}, "set password or oauth"
    yield {"oauth": oauth}, "oauth needs username"
    yield {"oauth": oauth, "username": "u", "security": "none", "host": "mail.example.com"}, "in the clear"


@pytest.mark.parametrize(("settings", "said"), list(refused()))
def test_settings_that_cannot_work(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.ConfigError, match=said):
        config.parse({"mail": {"smtp": settings}})
