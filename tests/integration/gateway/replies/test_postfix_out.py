"""Replies to a real Postfix: what it takes arrives as it was written, and what it refuses is told apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.gateway.replies.mailer import SmtpMailer
from hermes.ops import sending_check
from tests.eventually import eventually
from tests.integration.gateway.replies.test_mailers import MAIL as DATELESS
from tests.integration.gateway.replies.test_mailers import certificate
from tests.integration.postfix import Postfix, needs_postfix, postfix

#: Postfix adds a Date to a mail that has none.
MAIL = b"Date: Thu, 26 Nov 2026 04:28:16 +0000\r\n" + DATELESS
SITE, VERP = "site@hermes.test", "site+b-abc-final-xyz@hermes.test"
PEOPLE = {
    "anna@people.test": "anna",
    "anna b@people.test": "quoted",
    "jürgen@people.test": "juergen",
    "full@people.test": "full",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postfix]:
    """One server for all of them; senders and recipients of certain names are refused."""
    needs_postfix()
    folder = tmp_path_factory.mktemp("postfix")
    with certificate(folder):
        pass
    (folder / "senders").write_text("/^map/ REJECT not owned by user hermes\n/^later/ DEFER not now\n")
    (folder / "recipients").write_text("grey@people.test 450 4.7.1 Greylisted\nfull@people.test 552 5.2.2 over quota\n")
    with postfix(
        people=PEOPLE,
        smtpd_tls_security_level="may",
        smtpd_tls_cert_file=str(folder / "crt.pem"),
        smtpd_tls_key_file=str(folder / "key.pem"),
        message_size_limit="20000",
        smtpd_helo_required="yes",
        smtpd_helo_restrictions="reject_non_fqdn_helo_hostname",
        smtpd_sender_restrictions=f"check_sender_access regexp:{folder}/senders",
        smtpd_recipient_restrictions=f"check_recipient_access texthash:{folder}/recipients, reject_unauth_destination",
    ) as made:
        made.certificate = folder / "crt.pem"
        yield made


def mailer(server: Postfix, *, hostname: str = "hermes.test", **settings: Any) -> SmtpMailer:
    given = {"host": "127.0.0.1", "port": server.port, "security": "none", **settings}
    return SmtpMailer(settings=config.Smtp(**given), hostname=hostname)


async def arrived(server: Postfix, person: str) -> bytes:
    return bytes((await eventually(lambda: server.mails(person)))[-1])


@pytest.mark.parametrize(
    ("recipient", "person"),
    [
        ("anna@people.test", "anna"),
        ('"anna b"@people.test', "quoted"),
        ("jürgen@people.test", "juergen"),
    ],
)
async def test_what_it_takes_arrives_as_it_was_written(server: Postfix, recipient: str, person: str) -> None:
    sends = mailer(server)
    await sends.send(raw=MAIL, sender=VERP, recipient=recipient)
    await sends.close()

    found = await arrived(server, person)
    assert found.endswith(MAIL.replace(b"\r\n", b"\n"))
    assert f"Return-Path: <{VERP}>".encode() in found


async def test_mails_that_follow_each_other_share_a_connection(server: Postfix) -> None:
    sends = mailer(server)
    for _ in range(3):
        await sends.send(raw=MAIL, sender=VERP, recipient="anna@people.test")
    await sends.close()

    # As its log counts the commands of one connection.
    await eventually(lambda: "ehlo=1 mail=3 rcpt=3 data=3 rset=2 quit=1" in server.log)


@pytest.mark.parametrize(
    ("kind", "words", "facts"),
    [
        (errors.MailRejected, "5.1.1", {"recipient": "nobody@people.test"}),
        (errors.MailRejected, "5.2.2", {"recipient": "full@people.test"}),
        (errors.MailRejected, "5.3.4", {"raw": MAIL + b"x" * 70 * 300}),
        (errors.SenderRefused, "5.7.1.*[Rr]elay", {"recipient": "anna@elsewhere.test"}),
        (errors.SenderRefused, "5.7.1.*not owned", {"sender": "map@hermes.test"}),
        (errors.SenderRefused, "5.5.2.*Helo", {"hostname": "hermes"}),
        (errors.MailDeferred, "Greylisted", {"recipient": "grey@people.test"}),
        (errors.MailDeferred, "not now", {"sender": "later@hermes.test"}),
        (errors.SenderRefused, "no login", {"username": "hermes", "password": "secret"}),
        (errors.SenderRefused, "CERTIFICATE_VERIFY_FAILED", {"host": "localhost", "security": "starttls"}),
    ],
)  # fmt: skip
async def test_what_it_refuses_is_told_apart(
    server: Postfix, kind: type[errors.HermesError], words: str, facts: dict[str, Any]
) -> None:
    mail = {"raw": MAIL, "sender": VERP, "recipient": "anna@people.test"}
    settings = {name: value for name, value in facts.items() if name not in mail}

    with pytest.raises(kind, match=words) as raised:
        await mailer(server, **settings).send(**{**mail, **{n: v for n, v in facts.items() if n in mail}})

    assert type(raised.value) is kind


async def test_its_private_certificate_is_believed_by_its_file(server: Postfix) -> None:
    sends = mailer(server, host="localhost", security="starttls", ca_file=server.certificate)

    await sends.send(raw=MAIL, sender=VERP, recipient="anna@people.test")
    await sends.close()


async def test_check_finds_a_sender_map_that_lets_only_some_addresses_through(server: Postfix) -> None:
    def settings(address: str) -> config.Config:
        project = {
            "client": "acme",
            "project": "site",
            "repository": "https://git.example.com/site.git",
            "addresses": [address],
            "owners": ["anna@people.test"],
            "agent": {"kind": "patch"},
        }
        smtp = {"host": "127.0.0.1", "port": server.port, "security": "none"}
        mail = {"domain": "hermes.test", "token_key": "k" * 32, "smtp": smtp}
        return config.parse({"mail": mail, "projects": [project]})

    well, refused = [await sending_check.run(settings(one)) for one in (SITE, "map@hermes.test")]

    assert (well.ok, refused.ok) == (True, False)
    assert "not owned" in refused.text
