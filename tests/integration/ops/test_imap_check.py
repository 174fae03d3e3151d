"""`hermes check` and the mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hermes.config import loading as config
from hermes.config.ingress_settings import ImapSettings, OAuthSettings
from hermes.ops import imap_check, mail_checks
from hermes.ops.findings import Found
from tests.integration.ingress.dovecot import PASSWORD, USER, Dovecot, dovecot
from tests.unit.ingress.imap.token_server import TokenServer

OURS = "site@hermes.test"


@pytest.fixture
async def server() -> AsyncIterator[Dovecot]:
    with dovecot() as made:
        await made.started()
        yield made


async def test_hermes_check_opens_the_mailbox_and_says_what_is_wrong(server: Dovecot) -> None:
    async def checked(**changes: str) -> Found:
        given = {"enabled": True, "host": "127.0.0.1", "port": server.port, "security": "none", "username": USER}
        imap = {**given, "password": PASSWORD, "address": OURS, **changes}
        project = {
            "client": "demo", "project": "site", "repository": "/nowhere", "agent": {"kind": "patch"},
            "addresses": [OURS], "owners": ["anna@people.test"],
        }  # fmt: skip
        settings = config.parse({"imap_ingress": imap, "projects": [project], "mail": {"mailer": "ses"}})
        return next(one for one in await mail_checks.run(settings) if one.name == "mail in by IMAP")

    await server.put(b"From: anna@people.test\r\nSubject: Hello\r\n\r\nPlease.\r\n")
    good = await checked()
    assert good.ok
    assert "1 mail(s) wait in it" in good.text
    assert "(IDLE)" in good.text
    with server.client() as client:
        assert client.uid("SEARCH", "UNSEEN")[1] == [b"1"]
    stranger, elsewhere = await checked(password="not this one"), await checked(folder="Nowhere")
    assert "the server refused the login" in stranger.text
    assert "HERMES_IMAP_INGRESS__PASSWORD" in stranger.todo
    assert "the folder does not open" in elsewhere.text
    assert "imap_ingress.folder" in elsewhere.todo


async def test_a_mailbox_that_takes_tokens_alone() -> None:
    async with TokenServer(user=USER).listening() as provider:
        with dovecot() as server:
            server.introspection_url = f"{provider.url}/introspect"
            await server.started()
            wanted = ImapSettings(
                enabled=True, host="127.0.0.1", port=server.port, security="none", username=USER, address=OURS,
                oauth=OAuthSettings(token_url=f"{provider.url}/token", client_id="app", client_secret="s"),
            )  # fmt: skip
            found = await imap_check.mailbox(wanted)
            assert found.ok, (found.text, server.log())

            provider.answer = (200, {"access_token": "revoked", "expires_in": 3600})
            refused = await imap_check.mailbox(wanted)
            assert not refused.ok
            assert "consent" in refused.todo
