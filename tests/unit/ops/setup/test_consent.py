"""Consent by a code, against a token server: what the person is told, and what a provider may answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hermes import errors
from hermes.config.ingress_settings import OAuthSettings
from hermes.https.access_tokens import AccessTokens
from hermes.https.device_code import ConsentProvider, DevicePrompt
from hermes.ops.setup import consent
from tests.unit.ingress.imap.token_server import TokenServer

CODE = {
    "device_code": "topsecret-device",
    "user_code": "ABC-DEF",
    "verification_uri": "https://page.example",
    "interval": 3,
}
PENDING = (400, {"error": "authorization_pending"})
GIVEN = (200, {"access_token": "a", "refresh_token": "topsecret-refresh"})


class Provider(TokenServer):
    """Answers in the order that a test says; then as its parent."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        super().__init__()
        self.answers = list(answers)

    def _give(self, form: dict[str, str]) -> tuple[int, Any]:
        if self.answers:
            self.asked.append(form)
            return self.answers.pop(0)
        return super()._give(form)


class Asked:
    """One run of the wizard's step."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.provider = Provider(*answers)
        self.prompts: list[DevicePrompt] = []
        self.slept: list[float] = []

    async def run(self) -> dict[str, str]:
        async with self.provider.listening():
            wanted = ConsentProvider(
                device_url=f"{self.provider.url}/device",
                token_url=f"{self.provider.url}/token",
                scope="mail",
                client_id="app",
            )
            found = await consent.settings(wanted, self.prompts.append, sleep=self.slept.append)
            tokens = AccessTokens(OAuthSettings.model_validate(found), clock=lambda: 0.0)
            assert await asyncio.to_thread(tokens.token)
            return found


@pytest.fixture
async def provider() -> AsyncIterator[TokenServer]:
    async with TokenServer().listening() as made:
        yield made


async def test_the_person_is_told_the_page_and_the_code_and_the_refresh_token_gets_tokens() -> None:
    asked = Asked((200, CODE), PENDING, (400, {"error": "slow_down"}), PENDING, GIVEN)
    found = await asked.run()
    assert (found["refresh_token"], found["client_id"]) == ("topsecret-refresh", "app")
    (prompt,) = asked.prompts
    assert (prompt.page, prompt.code) == ("https://page.example", "ABC-DEF")
    assert "topsecret" not in repr(prompt)
    assert asked.slept == [3.0, 3.0, 8.0, 8.0]
    assert asked.provider.asked[0] == {"client_id": "app", "scope": "mail"}
    assert asked.provider.asked[1]["device_code"] == "topsecret-device"
    assert asked.provider.asked[-1]["grant_type"] == "refresh_token"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([(401, {"error": "invalid_client", "error_description": "AADSTS7000218"})], "AADSTS7000218"),
        ([(400, {"error": "invalid_scope"})], "invalid_scope"),
        ([(200, {"user_code": "x"})], "gives no consent"),
        ([(200, CODE), (400, {"error": "access_denied"})], "was declined"),
        ([(200, CODE), (400, {"error": "expired_token"})], "expired_token"),
        ([(200, CODE), (200, {"access_token": "a"})], "no refresh token"),
        ([(200, {**CODE, "interval": "x", "expires_in": 9}), PENDING, PENDING], "nobody typed in the code"),
    ],
)
async def test_what_goes_wrong_is_a_sentence(answers: list[tuple[int, Any]], said: str) -> None:
    asked = Asked(*answers)
    with pytest.raises(errors.TokenRefused, match=said) as refused:
        await asked.run()
    assert "topsecret" not in refused.value.message


def test_the_providers_are_known_by_name() -> None:
    found = consent.provider("microsoft", client_id="app", client_secret="", tenant="acme.example")
    assert found.token_url == "https://login.microsoftonline.com/acme.example/oauth2/v2.0/token"
    assert "offline_access" in found.scope
    assert (
        consent.provider("google", client_id="app", client_secret="s", tenant="x").scope == "https://mail.google.com/"
    )
    with pytest.raises(errors.ConfigError, match="known are microsoft, google"):
        consent.provider("yahoo", client_id="app", client_secret="", tenant="x")
