"""Replies name themselves in their return path and are signed; what comes back marks the row that it is about."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hermes import errors
from hermes.domain.mails import Outcome
from hermes.domain.replies import Reply, ReplyState
from hermes.mail.authenticate import token
from tests.integration.gateway.play import ANNA, EVE, SITE, Play
from tests.integration.mail.correspondence import KEY, PASS, deliver, mail_of, settings, settled, written


def report(reply: Reply, *, action: str = "failed", to: str = SITE, original: bool = True) -> bytes:
    """A delivery report as mail servers write it (RFC 3464)."""
    returned = f"\r\n--r\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {reply.message_id}\r\nSubject: x\r\n"
    return (
        f"Message-ID: <{action}-{original}@mx.example.org>\r\nFrom: MAILER-DAEMON@mx.example.org\r\nTo: {to}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"\r\n\r\n'
        "--r\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {reply.recipient}\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        f"{returned if original else ''}\r\n--r--\r\n"
    ).encode()


async def _reply(play: Play, gateway: Any, text: str = "status", author: str = ANNA) -> Reply:
    known = {row.reply_id for row in await play.stand.outbox.all()}
    await deliver(play, gateway, written(text, author=author), ses=PASS)
    (row,) = [row for row in await settled(play, len(known) + 1) if row.reply_id not in known]
    return row


@pytest.mark.parametrize("style", ["plus", "subdomain"])
async def test_a_bounce_to_the_return_path_marks_its_reply(play: Play, style: str) -> None:
    given = settings(play)
    given["mail"] |= {"token_style": style}
    gateway = await play.gateway(**given)
    reply = await _reply(play, gateway, "", author=EVE)
    assert reply.sender != SITE
    assert token.read_return_path(KEY.encode(), reply.sender) == reply.reply_id
    assert gateway.config.project_of(token.read(reply.sender)[0]) is not None

    raw = report(reply, original=False)
    record = await deliver(play, gateway, raw, recipient=reply.sender, sender="", ingress="smtp")
    row = await play.stand.outbox.get(reply.reply_id)

    assert row is not None
    assert (row.state, row.due) == (ReplyState.BOUNCED, None)
    assert EVE in row.error
    assert record.outcome is Outcome.IGNORED
    assert reply.reply_id in record.reason
    assert len(play.named("reply.bounced")) == 1
    assert len(await settled(play)) == 1, "a bounce is not answered"


@pytest.mark.parametrize(
    ("action", "forged"), [("delayed", False), ("delivered", False), ("relayed", False), ("failed", True)]
)
async def test_a_report_that_is_no_bounce_or_not_for_us_marks_nothing(play: Play, action: str, forged: bool) -> None:
    gateway = await play.gateway(**settings(play))
    reply = await _reply(play, gateway)
    local, _, domain = reply.sender.rpartition("@")
    to = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}" if forged else reply.sender

    record = await deliver(
        play, gateway, report(reply, action=action, original=False), recipient=to, sender="", ingress="smtp"
    )
    row = await play.stand.outbox.get(reply.reply_id)

    assert row is not None
    assert row.state is ReplyState.SENT
    assert record.outcome is Outcome.IGNORED


async def test_replies_are_signed_once_and_the_signature_holds(play: Play, tmp_path: Path) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key_file = tmp_path / "dkim.pem"
    key_file.write_bytes(pem)
    given = settings(play)
    given["mail"]["dkim"] = {"domain": "agent.example.com", "selector": "hermes", "key_file": str(key_file)}
    gateway = await play.gateway(**given)
    play.postbox.answers.append("451 4.7.1 Later")

    reply = await _reply(play, gateway)
    play.clock.advance(60)
    await gateway.sweeper.sweep()
    await settled(play)

    def records(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"hermes._domainkey.agent.example.com."
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    assert len(set(play.postbox.tried)) == 1
    assert len(play.postbox.tried) == 2
    assert dkim.verify(play.postbox.raw[0], dnsfunc=records)
    assert "d=agent.example.com" in str(mail_of(reply)["DKIM-Signature"])


async def test_a_key_that_cannot_be_used_is_told_at_the_start(play: Play, tmp_path: Path) -> None:
    bad = tmp_path / "dkim.pem"
    bad.write_text("no key")
    for path in (bad, tmp_path / "absent.pem"):
        given = settings(play)
        given["mail"]["dkim"] = {"domain": "agent.example.com", "selector": "hermes", "key_file": str(path)}
        with pytest.raises(errors.ConfigError, match="key"):
            await play.gateway(**given)
