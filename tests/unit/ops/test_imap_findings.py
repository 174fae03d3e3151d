"""`hermes check` and a scripted mailbox: what would keep mail from being taken is found, and the oldest unseen mail is named."""

from __future__ import annotations

from typing import Any

from hermes.config.ingress_settings import ImapSettings
from hermes.ops import imap_check
from hermes.ops.findings import Found
from tests.unit.ingress.imap.reading import mail
from tests.unit.ingress.imap.scripted_imap import Mail, On, ScriptedImap, no


async def checked(server: ScriptedImap, **changes: Any) -> Found:
    async with server.listening():
        given = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "u", "password": "p"}
        return await imap_check.mailbox(
            ImapSettings.model_validate({"enabled": True, "address": "site@hermes.test", **given, **changes})
        )


async def test_the_oldest_unseen_mail_is_named() -> None:
    old = Mail(mail(9).replace(b"Hello", b"=?utf-8?q?Gr=C3=BC=C3=9Fe?="), date="17-Jul-2023 02:44:25 +0000")
    found = await checked(ScriptedImap({3: Mail(mail(3)), 4: old, 5: Mail(mail(5), seen=True)}))

    assert found.ok
    assert "2 mail(s) wait in it, the oldest of 2023-07-17 02:44 UTC: UID 4, 'Grüße'; it is too old" in found.text


async def test_an_empty_mailbox_is_well() -> None:
    found = await checked(ScriptedImap({}))

    assert found.ok
    assert found.text.endswith("0 mail(s) wait in it")


async def test_a_folder_that_can_only_be_read() -> None:
    server = ScriptedImap({})
    server.selected = "[READ-ONLY] selected"
    found = await checked(server)

    assert not found.ok
    assert "can only be read" in found.text


async def test_a_folder_that_keeps_no_flag() -> None:
    server = ScriptedImap({})
    server.permanent = r"\Answered \Deleted"
    found = await checked(server)

    assert not found.ok
    assert "PERMANENTFLAGS" in found.text


async def test_a_connection_on_which_no_password_is_taken() -> None:
    server = ScriptedImap({})
    server.capabilities = "IMAP4rev1 LOGINDISABLED"
    found = await checked(server)

    assert not found.ok
    assert "LOGINDISABLED" in found.text
    assert "security" in found.todo


async def test_a_mail_of_which_the_server_says_nothing_hides_nothing_else() -> None:
    server = ScriptedImap({3: Mail(mail(3)), 4: Mail(mail(4))}, [On("FACTS", no(), uid=3), On("HEADER", no())])
    found = await checked(server)

    assert found.ok
    assert "UID 4" in found.text
