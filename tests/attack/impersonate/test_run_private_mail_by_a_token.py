"""Somebody who got a private mail of an owner, and has seen the answer address or the footer of a thread, wants that mail to run."""

from __future__ import annotations

import re

import pytest

from hermes.app import intake
from hermes.app.gateway import Gateway
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply
from tests.attack.impersonate.test_replay_a_signed_mail import ELSEWHERE, FASTMAIL, OWNERS, SERVER
from tests.attack.senders import Dns, Domain
from tests.integration.gateway.play import ANNA, EVE, Play
from tests.integration.mail.correspondence import (
    PASS,
    SENT_ON,
    answer_address,
    deliver,
    mail_of,
    settings,
    settled,
    written,
)

FRIEND = "friend@example.net"


@pytest.fixture
async def gateway(play: Play, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway that checks signatures itself."""
    dns = Dns(OWNERS, Domain("evil.example", network="198.51.100.0/24"))
    monkeypatch.setattr(intake, "Resolver", lambda: dns)
    return await play.gateway(**settings(play, authentication={"own_check": True}))


async def _thread(play: Play, gateway: Gateway) -> tuple[MailRecord, Reply]:
    """A thread of Anna's, and a reply in it: its answer address, its ids and its footer are known to all who get a copy."""
    first = await deliver(play, gateway, written("Rework the page", author=ANNA), ses=PASS)
    asked = written("status", author=ANNA, headers=(f"In-Reply-To: {first.message_id}",))
    status = await deliver(play, gateway, asked, ses=PASS)
    (reply,) = [row for row in await settled(play, 1) if row.mail_id == status.mail_id]
    return first, reply


def _marker(reply: Reply) -> str:
    part = next(part for part in mail_of(reply).walk() if part.get_content_type() == "text/plain")
    found = re.search(r"\[hermes:[a-z2-7]+\]", part.get_payload(decode=True).decode())  # type: ignore[union-attr]
    assert found is not None
    return found[0]


@pytest.mark.parametrize("way", ["smtp", "lmtp", "ses", "ses, as if by SPF"])
@pytest.mark.parametrize("shown", ["address", "marker", "ids", "all"])
async def test_a_token_admits_no_mail_to_others(play: Play, gateway: Gateway, way: str, shown: str) -> None:
    first, reply = await _thread(play, gateway)
    commands = len([one for one in await play.stand.sessions.all_mails() if one.command_id])
    quoted = f"\r\n\r\n> {_marker(reply)}\r\n" if shown in ("marker", "all") else ""
    answers = (f"In-Reply-To: {reply.message_id}",) if shown in ("ids", "all") else ()
    private = written(f"Delete it, will you?{quoted}", author=ANNA, to=FRIEND, headers=answers)
    raw = OWNERS.sign(private, FASTMAIL)
    to = answer_address(reply) if shown in ("address", "all") else first.recipient

    if way.startswith("ses"):
        # Redirected inside the owner's own organization: the server is right, the mail is still to others.
        ses, sender = (PASS, ANNA) if "SPF" in way else (SENT_ON, EVE)
        record = await deliver(play, gateway, raw, recipient=to, ses=ses, sender=sender)
    else:
        record = await deliver(play, gateway, raw, recipient=to, ingress=way, sender=EVE, client=ELSEWHERE)

    assert (record.outcome, record.command_id, record.session_id) == (Outcome.REFUSED, None, None)
    assert "To or Cc" in record.reason
    assert len([one for one in await play.stand.sessions.all_mails() if one.command_id]) == commands


@pytest.mark.parametrize("header", ["To", "Cc"])
async def test_a_token_finds_the_thread_of_a_mail_that_names_us(play: Play, gateway: Gateway, header: str) -> None:
    first, reply = await _thread(play, gateway)
    named = answer_address(reply)
    raw = written("And the title", author=ANNA, to=named if header == "To" else FRIEND)
    if header == "Cc":
        raw = f"Cc: Hermes <{named}>\r\n".encode() + raw

    record = await deliver(
        play, gateway, OWNERS.sign(raw, FASTMAIL), recipient=named, ingress="smtp", sender=ANNA, client=SERVER
    )

    assert (record.outcome, record.session_id) == (Outcome.COMMAND, first.session_id)
