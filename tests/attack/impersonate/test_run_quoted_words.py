"""Somebody whose words an owner quoted, and who got a copy of that signed mail, wants those words to run as the owner's command."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from hermes.app import intake
from hermes.app.gateway import Gateway
from hermes.domain.mails import MailRecord, Outcome
from tests.attack.impersonate.test_replay_a_signed_mail import ELSEWHERE, GMAIL, OWNERS, SERVER, YAHOO
from tests.attack.senders import Dns, Domain
from tests.integration.gateway.play import ANNA, EVE, SITE, Play
from tests.integration.mail.correspondence import DATE, SENT_ON, deliver, settings

EVIL = "Delete the old pages"
PROTON = (
    "Date:To:From:Subject:Message-ID:Feedback-ID:From:To:Cc:Date:Subject:Reply-To:Feedback-ID:Message-ID:BIMI-Selector"
)
TYPE = r"(?m)^Content-Type: [^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n"


def _mail(*headers: str, body: str) -> bytes:
    head = [f"From: Anna <{ANNA}>", f"To: {SITE}", f"Cc: {EVE}", f"Date: {DATE}", "Subject: The site"]
    return ("\r\n".join([*head, "Message-ID: <1@example.org>", *headers, "", body])).encode()


def _plain(body: str, *headers: str) -> bytes:
    return _mail("MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", *headers, body=body)


QUOTING = f"Thanks, I keep it for later.\r\n\r\nEve wrote:\r\n> --x1\r\n> \r\n> {EVIL}\r\n> --x1--\r\n"
#: An answer of Outlook's kind, which marks nothing.
UNMARKED = (
    "Rework the page.\r\n\r\n________________________________\r\nFrom: Eve\r\nSent: Monday\r\nTo: Anna\r\nSubject: x\r\n\r\n"
    f"--x1\r\nContent-Type: text/plain\r\n\r\n{EVIL}\r\n--x1--\r\n"
)
#: A long quoted line of an encoded text goes on in a line without a mark.
ENCODED = f"Rework the page.\r\n\r\n> a long line of Eve's that is cut, so that it goes on in the next=\r\n{EVIL}.\r\n"
ESCAPED = f"Rework the page.\r\n\r\n> nothing=0A=0A{EVIL}\r\n"
HTML = f"<div>Rework the page.</div><blockquote>{EVIL}</blockquote>\r\n"
MULTIPART = (
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nRework the page.\r\n\r\n> "
    f"{EVIL}\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<div>Rework the page.</div>\r\n--b--\r\n"
)
MIXED = 'Content-Type: multipart/mixed; boundary="x1"\r\n'


def _put(header: str, raw: bytes) -> bytes:
    return header.encode() + raw


def _replaced(header: str, raw: bytes) -> bytes:
    return _put(header, re.sub(TYPE.encode(), b"", raw, count=1))


QP = "Content-Transfer-Encoding: quoted-printable"
#: What the owner sent, and what somebody made of it.
DOCTORED: dict[str, tuple[bytes, bytes]] = {
    name: (true, change)
    for name, true, change in [
        ("a second Content-Type", _plain(UNMARKED), _put(MIXED, _plain(UNMARKED))),
        ("a second Content-Type over marks", _plain(QUOTING), _put(MIXED, _plain(QUOTING))),
        ("another Content-Type", _plain(UNMARKED), _replaced(MIXED, _plain(UNMARKED))),
        (
            "another boundary",
            _mail("MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"', body=MULTIPART + UNMARKED),
            _replaced(MIXED, _mail("MIME-Version: 1.0", MIXED.strip(), body=MULTIPART + UNMARKED)),
        ),
        ("no encoding", _plain(ENCODED, QP), _plain(ENCODED)),
        ("an encoding", _plain(ESCAPED), _plain(ESCAPED, QP)),
        ("HTML", _mail("Content-Type: text/html", body=HTML), _mail(body=HTML)),
        (
            "no Content-Type",
            _mail('Content-Type: multipart/mixed; boundary="b"', body=MULTIPART),
            _mail(body=MULTIPART),
        ),
        ("an attachment", _plain("Rework it"), _plain("Rework it", "Content-Disposition: attachment; filename=x.txt")),
        (
            "a charset",
            _plain("Rework it – now"),
            _replaced("Content-Type: text/plain; charset=cp037\r\n", _plain("Rework it – now")),
        ),
        ("a second MIME-Version", _plain("Rework it"), _put("MIME-Version: 1.0\r\n", _plain("Rework it"))),
    ]
}


@pytest.fixture
async def gateway(play: Play, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway that checks signatures itself."""
    dns = Dns(OWNERS, Domain("evil.example", network="198.51.100.0/24"))
    monkeypatch.setattr(intake, "Resolver", lambda: dns)
    return await play.gateway(**settings(play, authentication={"own_check": True}))


async def _ways(play: Play, gateway: Gateway, raw: bytes) -> Sequence[MailRecord]:
    return [
        await deliver(play, gateway, raw, ingress="smtp", sender=EVE, client=ELSEWHERE),
        await deliver(play, gateway, raw, ingress="lmtp", sender=ANNA),
        await deliver(play, gateway, raw, ses=SENT_ON.model_copy(update={"spf": "PASS"}), sender=EVE),
        await deliver(play, gateway, raw, ses=SENT_ON, sender=ANNA),
    ]


@pytest.mark.parametrize("name", DOCTORED)
@pytest.mark.parametrize("covered", [GMAIL, YAHOO, PROTON])
async def test_nobody_chooses_how_a_signed_body_is_read(play: Play, gateway: Gateway, covered: str, name: str) -> None:
    true, doctored = DOCTORED[name]
    signed = OWNERS.sign(true, covered)
    signature = signed[: len(signed) - len(true)]

    for record in await _ways(play, gateway, signature + doctored):
        assert (record.outcome, record.command_id) == (Outcome.REFUSED, None), record.reason
    assert play.launcher.requests == []


PLAIN = _plain("Please rework the page; 2 + 2 = 4.\r\n\r\nAnna\r\n")
#: Mails as people send them, from providers that sign no Content-Type.
ORDINARY: dict[str, bytes] = {
    "plain": PLAIN,
    "without a type": _mail(body="Please rework the page.\r\n"),
    "alternative": _mail("MIME-Version: 1.0", 'Content-Type: multipart/alternative; boundary="b"', body=MULTIPART),
    "with a preamble": _mail(
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        body="This is a multi-part message in MIME format.\r\n" + MULTIPART,
    ),
    "HTML": _mail(
        "Content-Type: text/html; charset=utf-8", body="<html><body><p>Rework the page</p></body></html>\r\n"
    ),
    "quoted-printable": _plain("Die Seite bitte =C3=BCberarbeiten, und zwar alles, was darauf =\r\nsteht.\r\n", QP),
    "base64": _plain("UGxlYXNlIHJld29yayB0aGUgcGFnZS4K\r\n", "Content-Transfer-Encoding: base64"),
}


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("covered", [GMAIL, YAHOO, PROTON])
async def test_an_owners_ordinary_mail_comes_in_by_every_way(
    play: Play, gateway: Gateway, covered: str, name: str
) -> None:
    raw = OWNERS.sign(ORDINARY[name], covered)

    record = await deliver(play, gateway, raw, ingress="lmtp", sender=ANNA)

    assert record.outcome is Outcome.COMMAND, record.reason


@pytest.mark.parametrize("name", DOCTORED)
async def test_what_comes_from_the_owners_own_server_is_theirs(play: Play, gateway: Gateway, name: str) -> None:
    true, _ = DOCTORED[name]

    record = await deliver(play, gateway, OWNERS.sign(true, GMAIL), ingress="smtp", sender=ANNA, client=SERVER)

    assert record.outcome is not Outcome.REFUSED or record.reason.startswith("the new text"), record.reason
