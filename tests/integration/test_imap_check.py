"""`hermes check` and the mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hermes.config import loading as config
from hermes.ops import mail_checks
from hermes.ops.findings import Found
from tests.integration.dovecot import PASSWORD, USER, Dovecot, dovecot

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
