"""Mailboxes that take no password: tokens are fetched, renewed before they end, and fetched again where one is refused."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hermes import errors
from hermes.config.ingress_settings import ImapSettings, OAuthSettings
from hermes.https.access_tokens import AccessTokens
from hermes.ingress.imap.folder import ImapFolder
from tests.eventually import eventually
from tests.unit.ingress.imap.reading import Clock, mail, reading
from tests.unit.ingress.imap.scripted_imap import Mail, On, ScriptedImap, Session
from tests.unit.ingress.imap.token_server import TokenServer

MICROSOFT = {"client_id": "app", "client_secret": "topsecret-secret", "scope": "https://outlook.office365.com/.default"}
GOOGLE = {"client_id": "app", "client_secret": "topsecret-secret", "refresh_token": "topsecret-refresh"}


@pytest.fixture
async def provider() -> AsyncIterator[TokenServer]:
    async with TokenServer().listening() as made:
        yield made


def tokens_of(provider: TokenServer, clock: Clock, **given: str) -> AccessTokens:
    return AccessTokens(OAuthSettings(token_url=f"{provider.url}/token", **{**MICROSOFT, **given}), clock=clock.clock)


async def test_the_applications_own_credentials(provider: TokenServer) -> None:
    tokens = tokens_of(provider, Clock())

    assert await asyncio.to_thread(tokens.token) == "token-1"
    assert provider.asked == [{**MICROSOFT, "grant_type": "client_credentials"}]


async def test_a_refresh_token_and_the_new_one_that_comes_with_an_answer(provider: TokenServer) -> None:
    clock = Clock()
    tokens = tokens_of(provider, clock, **GOOGLE, scope="")
    provider.more = {"expires_in": 3600, "refresh_token": "next"}

    await asyncio.to_thread(tokens.token)
    clock.passed += 3600
    await asyncio.to_thread(tokens.token)

    assert [one["refresh_token"] for one in provider.asked] == ["topsecret-refresh", "next"]
    assert {one["grant_type"] for one in provider.asked} == {"refresh_token"}


@pytest.mark.parametrize(("life", "kept"), [(3600, 3299), ("3600", 3299), (None, 299), ("soon", 299), (60, -1)])
async def test_a_token_is_renewed_before_it_ends(provider: TokenServer, life: Any, kept: int) -> None:
    clock = Clock()
    tokens = tokens_of(provider, clock)
    provider.more = {} if life is None else {"expires_in": life}
    await asyncio.to_thread(tokens.token)

    clock.passed = max(kept, 0)
    assert await asyncio.to_thread(tokens.token) == ("token-1" if kept > 0 else "token-2")
    clock.passed = kept + 2
    assert await asyncio.to_thread(tokens.token) == ("token-2" if kept > 0 else "token-3")


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ((400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}), True),
        ((401, {"error": "invalid_client", "error_description": "AADSTS7000222: the secret has ended"}), True),
        ((503, {"error": "temporarily_unavailable"}), False),
        ((500, b"<html>"), False),
        ((200, {"token_type": "Bearer"}), False),
        ((302, {"access_token": "stolen"}), False),
        ((200, ["token"]), False),
    ],
)
async def test_what_a_provider_says_in_place_of_a_token(provider: TokenServer, answer: Any, refused: bool) -> None:
    provider.answer = answer
    with pytest.raises(errors.NoAnswer) as raised:
        await asyncio.to_thread(tokens_of(provider, Clock()).token)

    assert isinstance(raised.value, errors.TokenRefused) is refused
    assert "topsecret" not in raised.value.message


async def test_a_provider_that_does_not_answer() -> None:
    gone = OAuthSettings(token_url="http://127.0.0.1:9/token", **MICROSOFT)
    with pytest.raises(errors.NoAnswer, match="no answer"):
        await asyncio.to_thread(AccessTokens(gone, clock=lambda: 0.0).token)


@pytest.mark.parametrize(
    ("offered", "command", "secret"),
    [
        ("AUTH=XOAUTH2 AUTH=OAUTHBEARER", "XOAUTH2", b"user=a,b=c\1auth=Bearer token-1\1\1"),
        ("AUTH=OAUTHBEARER", "OAUTHBEARER", b"n,a=a=2Cb=3Dc,\1host=127.0.0.1\1port=%d\1auth=Bearer token-1\1\1"),
    ],
)
async def test_the_token_goes_by_what_the_server_offers(
    provider: TokenServer, offered: str, command: str, secret: bytes
) -> None:
    server = ScriptedImap({})
    server.capabilities = f"IMAP4rev1 {offered}"
    async with server.listening():
        settings = ImapSettings(
            enabled=True, host="127.0.0.1", port=server.port, security="none", username="a,b=c", address="s@h.test",
            oauth=OAuthSettings(token_url=f"{provider.url}/token", **MICROSOFT),
        )  # fmt: skip
        folder = ImapFolder(settings, tokens_of(provider, Clock()))
        await asyncio.to_thread(folder.open)
        await asyncio.to_thread(folder.close)

    assert f"AUTHENTICATE {command}" in server.lines
    expected = secret % server.port if b"%d" in secret else secret
    assert base64.b64decode(server.secrets[0]) == expected


async def test_a_token_that_the_mail_server_refuses_is_fetched_anew(provider: TokenServer) -> None:
    async def refuse(session: Session, tag: str) -> None:
        await session.write("+ ")
        await session.reader.readline()
        await session.write("+ " + base64.b64encode(b'{"status":"401"}').decode())
        assert await session.reader.readline() == b"\r\n"
        await session.write(f"{tag} NO [AUTHENTICATIONFAILED] AUTHENTICATE failed.")

    server = ScriptedImap({7: Mail(mail(7))}, [On("AUTHENTICATE", refuse)], idle=False)
    server.capabilities = "IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED"
    oauth = {"token_url": f"{provider.url}/token", **MICROSOFT}
    async with reading(server, clock=Clock(), password="", oauth=oauth) as found:
        await eventually(lambda: server.seen == [7])

        assert len(provider.asked) == 2
        assert found.said("imap.refused")
        assert "token-1" not in str(found.events)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"token_url": "http://login.example.com/token"}, "in the clear"),
        ({"client_secret": ""}, "client_secret, or refresh_token"),
    ],
)
def test_settings_that_cannot_work(changed: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        OAuthSettings.model_validate({"token_url": "https://login.example.com/token", **MICROSOFT, **changed})
