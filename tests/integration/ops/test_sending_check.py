"""`hermes check` offers a reply as the gateway would, up to the mail itself."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.config import loading as config
from hermes.mail.authenticate import token
from hermes.ops import sending_check
from hermes.ops.findings import Found
from tests.integration.smtp_script import ScriptedServer, playing, steps

KEY = "k" * 32
SITE, SHOP = "site@agent.example.com", "shop@other.example"


async def checked(server: ScriptedServer, *, owners: tuple[str, ...] = ("anna@people.test",), **mail: Any) -> Found:
    smtp = {"host": "127.0.0.1", "port": server.port, "security": "none", **mail.pop("smtp", {})}
    project = {
        "client": "acme",
        "project": "site",
        "repository": "https://git.example.com/site.git",
        "addresses": [SITE, SHOP],
        "owners": list(owners),
        "agent": {"kind": "patch"},
    }
    return await sending_check.run(config.parse({"mail": {"smtp": smtp, **mail}, "projects": [project]}))


async def test_each_address_is_tried_with_a_return_path_as_replies_have_and_nothing_is_sent() -> None:
    async with playing() as server:
        found = await checked(server, token_key=KEY)

    assert found.ok, found
    assert "2 address(es)" in found.text
    senders = [line.partition("<")[2].partition(">")[0] for line in server.said if line.startswith("MAIL")]
    assert [token.read_return_path(KEY.encode(), one) is not None for one in senders] == [True, True]
    assert [one.rpartition("@")[2] for one in senders] == ["agent.example.com", "other.example"]
    assert [verb for verb in steps(server) if verb != "EHLO"] == ["MAIL", "RCPT", "RSET"] * 2
    assert server.taken == []


async def test_without_a_key_the_address_itself_is_the_return_path() -> None:
    async with playing() as server:
        await checked(server)

    assert any(line.startswith(f"MAIL FROM:<{SITE}>") for line in server.said)


async def test_of_an_owner_that_is_a_whole_domain_the_postmaster_is_asked_for() -> None:
    async with playing() as server:
        await checked(server, owners=("@people.test",))

    assert "RCPT TO:<postmaster@people.test>" in server.said


@pytest.mark.parametrize(
    ("script", "says", "todo"),
    [
        ("MAIL 553 5.7.1 Sender address rejected: not owned by user", "not owned", "let the account send from"),
        ("RCPT 553 5.7.1 Sender address rejected: not owned by user", "not owned", "of that form"),
        ("RCPT 554 5.7.1 Relay access denied", "Relay", "relay to anna@people.test"),
        ("MAIL 530 5.7.0 Authentication required", "Authentication", "let the account"),
        ("RCPT 504 5.5.2 Helo command rejected", "Helo", "let the account"),
        ("RCPT 550 5.1.1 User unknown", "anna@people.test", "owners"),
        ("greeting 554 5.7.1 blocked", "blocked", "lets this host in"),
        ("greeting 421 4.3.2 busy !cut", "busy", "that the server runs"),
        ("EHLO* 250-mx.test|250 AUTH PLAIN\nAUTH* 535 5.7.8 bad", "535", "mail.smtp.username"),
        ("EHLO* 250 mx.test", "no login", "mail.smtp.username"),
    ],
)
async def test_what_would_keep_replies_from_going_out_is_a_red_line(script: str, says: str, todo: str) -> None:
    login = {"username": "hermes", "password": "wrong"} if "EHLO" in script else {}
    async with playing(script) as server:
        found = await checked(server, smtp=login, token_key=KEY)

    assert (found.ok, says in found.text, todo in found.todo) == (False, True, True), found


async def test_a_server_that_greylists_is_well() -> None:
    async with playing("RCPT 450 4.7.1 greylisted") as server:
        found = await checked(server)

    assert found.ok
    assert "greylisted" in found.text
