"""A provider ends a refresh token with its first use and gives another: the newest outlives restarts, and serves every gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hermes import errors, ids
from hermes.app.oauth import kept
from hermes.aws import schema
from hermes.aws.records.refresh_tokens import RefreshTokenRecords
from hermes.aws.resource_names import ResourceNames
from hermes.aws.tables import Tables
from hermes.config.ingress_settings import OAuthSettings
from hermes.https.access_tokens import AccessTokens
from tests.direct import DirectDynamo
from tests.env import quiet
from tests.unit.ingress.imap.token_server import TokenServer


class Rotating(TokenServer):
    """Takes a refresh token once."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = "consent-0"

    def _give(self, form: dict[str, str]) -> tuple[int, Any]:
        if form["refresh_token"] != self.takes:
            self.asked.append(form)
            return 400, {"error": "invalid_grant", "error_description": "used before"}
        self.takes = f"consent-{len(self.asked) + 1}"
        self.more = {"expires_in": 3600, "refresh_token": self.takes}
        return super()._give(form)


@pytest.fixture
async def provider() -> AsyncIterator[Rotating]:
    made = Rotating()
    async with made.listening():
        yield made


class Rows(RefreshTokenRecords):
    """Rows of the embedded AWS, whose writes may fail."""

    refuses = False

    async def keep(self, configured: str, given: str, *, now: float) -> None:
        if self.refuses:
            raise errors.AwsUnavailable("dynamodb: not now")
        await super().keep(configured, given, now=now)


@pytest.fixture
async def dynamo() -> DirectDynamo:
    return DirectDynamo()


@pytest.fixture
async def rows(dynamo: DirectDynamo) -> Rows:
    names = ResourceNames(f"oauth-{ids.new_id()[:8]}")
    await dynamo.create_table(**schema.table(names, "queues"))
    return Rows(tables=Tables(client=dynamo), names=names)


def process(provider: Rotating, rows: Rows, *, configured: str = "consent-0") -> AccessTokens:
    """The tokens of a gateway that has just started."""
    settings = OAuthSettings(token_url=f"{provider.url}/token", client_id="app", refresh_token=configured)
    return AccessTokens(settings, clock=lambda: 0.0, kept=kept(settings, rows, quiet()))


async def test_the_newest_token_outlives_a_restart(provider: Rotating, rows: Rows) -> None:
    for number in range(1, 4):
        assert await asyncio.to_thread(process(provider, rows).token) == f"token-{number}"
    assert [one["refresh_token"] for one in provider.asked] == ["consent-0", "consent-1", "consent-2"]


async def test_a_gateway_whose_token_another_has_used_goes_on_with_the_others(provider: Rotating, rows: Rows) -> None:
    one, other = process(provider, rows), process(provider, rows)
    for tokens in (one, other, one, other):
        tokens.forget()
        assert await asyncio.to_thread(tokens.token)
    assert provider.takes == "consent-4"


async def test_a_token_that_another_takes_at_the_same_moment_is_read_again(
    provider: Rotating, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    newest = rows.newest

    async def late(configured: str) -> str | None:
        nonlocal looks
        looks += 1
        if looks == 1:  # the other gateway is served between our look and our question
            await asyncio.to_thread(process(provider, rows).token)
            return None
        return await newest(configured)

    tokens = process(provider, rows)
    with monkeypatch.context() as patched:
        patched.setattr(rows, "newest", late)
        assert await asyncio.to_thread(tokens.token)
    assert provider.takes == f"consent-{len(provider.asked)}"


async def test_a_token_that_could_not_be_kept_is_kept_at_the_next_turn(provider: Rotating, rows: Rows) -> None:
    tokens = process(provider, rows)
    rows.refuses = True
    assert await asyncio.to_thread(tokens.token) == "token-1"
    tokens.forget()
    rows.refuses = False
    assert await asyncio.to_thread(tokens.token) == "token-2"

    assert await rows.newest("consent-0") == provider.takes
    assert await asyncio.to_thread(process(provider, rows).token) == "token-3"


async def test_a_new_consent_in_the_settings_begins_anew(provider: Rotating, rows: Rows) -> None:
    await asyncio.to_thread(process(provider, rows).token)
    provider.takes = "renewed"

    await asyncio.to_thread(process(provider, rows, configured="renewed").token)

    assert provider.asked[-1]["refresh_token"] == "renewed"


async def test_a_consent_that_is_revoked_is_said(provider: Rotating, rows: Rows) -> None:
    provider.takes = "none"
    with pytest.raises(errors.TokenRefused, match="used before"):
        await asyncio.to_thread(process(provider, rows).token)
    assert len(provider.asked) == 1


async def test_the_row_says_nothing_to_who_has_not_the_configured_token(
    provider: Rotating, rows: Rows, dynamo: DirectDynamo
) -> None:
    await asyncio.to_thread(process(provider, rows).token)

    found = (await dynamo.scan(TableName=rows._table))["Items"]
    assert len(found) == 1
    assert "consent" not in str(found)
