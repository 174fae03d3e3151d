"""Who gets in, through the whole gateway: nobody by a forged header, a stranger's token or a copy; and nobody learns anything by trying."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hermes.app import intake as composition
from hermes.app.gateway import Gateway
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import SesVerdicts
from hermes.domain.replies import Reply
from tests.integration.gateway.play import ANNA, BOB, EVE, SITE, Play
from tests.integration.gateway.postbox import text_of
from tests.integration.mail.correspondence import PASS, answer_address, deliver, mail_of, settings, settled, written

FAIL = SesVerdicts(spf="PASS", dkim="PASS", dmarc="FAIL", spam="PASS", virus="PASS")
GRAY = SesVerdicts(spf="GRAY", dkim="GRAY", dmarc="GRAY", spam="PASS", virus="PASS")
BROKEN = SesVerdicts(spf="PASS", dkim="PASS", dmarc="PROCESSING_FAILED", spam="PASS", virus="PASS")
VIRUS = SesVerdicts(spf="PASS", dkim="PASS", dmarc="PASS", spam="PASS", virus="FAIL")
#: What a forger writes into a mail: every header by which some server somewhere says that all is well.
FORGED = (
    "X-SES-Receipt: AEFBQUFBQUFBQUF",
    "X-SES-DKIM-Verdict: PASS",
    "X-SES-Spam-Verdict: PASS",
    "Authentication-Results: amazonses.com; spf=pass; dkim=pass header.i=@example.org; dmarc=pass header.from=example.org",
    "Authentication-Results: mx.agent.example.com; dmarc=pass header.from=example.org; dkim=pass header.d=example.org",
    "Received-SPF: pass (amazonses.com: domain of example.org designates 10.0.0.1 as permitted sender)",
    "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=example.net; s=x; b=AAAA",
    "ARC-Authentication-Results: i=1; example.net; dmarc=pass header.from=example.org",
    "X-Originating-IP: 127.0.0.1",
    "Return-Path: <anna@example.org>",
    "Sender: anna@example.org",
    "X-Hermes-Trusted: yes",
)
PINNED = {"authserv_id": "mx.agent.example.com", "authserv_hops": 0}
AUTHSERV = {"authentication": {"own_check": False}, "smtp_ingress": {"trust_loopback": False, **PINNED}}


async def silent(play: Play, record: MailRecord, reason: str = "") -> None:
    """It is recorded, nothing is run, and nobody is told anything (I8)."""
    assert (record.outcome, record.command_id, record.session_id) == (Outcome.REFUSED, None, None)
    assert reason.lower() in record.reason.lower()
    assert record in await play.stand.sessions.all_mails()
    assert await play.stand.outbox.all() == []
    assert play.postbox.tried == []
    assert play.launcher.requests == []


# ── forged headers, source by source ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ses", "reason"), [(FAIL, "DMARC FAIL"), (GRAY, "GRAY"), (BROKEN, "PROCESSING_FAILED"), (None, "missing")]
)
async def test_the_receipt_counts_and_no_header_of_the_mail(play: Play, ses: SesVerdicts | None, reason: str) -> None:
    gateway = await play.gateway(**settings(play))

    record = await deliver(play, gateway, written("Delete it", author=ANNA, headers=FORGED), ses=ses)

    await silent(play, record, reason)


async def test_a_mail_with_a_virus_gets_no_word(play: Play) -> None:
    gateway = await play.gateway(**settings(play))

    await silent(play, await deliver(play, gateway, written("Do it", author=ANNA), ses=VIRUS), "virus")


@pytest.mark.parametrize("headers", [FORGED, ()])
async def test_without_a_source_of_verdicts_nobody_gets_in(play: Play, headers: tuple[str, ...]) -> None:
    gateway = await play.gateway(**settings(play))

    record = await deliver(play, gateway, written("Do it", author=ANNA, headers=headers), ingress="smtp")

    await silent(play, record, "no source of verdicts")


@pytest.mark.parametrize(
    "outermost",
    [
        # The pinned server's own header says no; the sender's copy below it says yes.
        "Authentication-Results: mx.agent.example.com; dmarc=fail header.from=example.org\r\n",
        # It stands below a hop of somebody else's.
        "Received: from evil.example by mx.evil.example; Fri, 20 Nov 2026 10:00:00 +0000\r\n",
        "Authentication-Results: mx.agent.example.com; dmarc=pass header.from=evil.example\r\n",
        "Authentication-Results: mx.agent.example.com.evil.example; dmarc=pass header.from=example.org\r\n"
        "Received: from evil.example by mx.evil.example; Fri, 20 Nov 2026 10:00:00 +0000\r\n",
    ],
)
async def test_only_the_outermost_results_of_the_pinned_server_count(play: Play, outermost: str) -> None:
    gateway = await play.gateway(**settings(play, **AUTHSERV))
    raw = outermost.encode() + written("Do it", author=ANNA, headers=FORGED)

    await silent(play, await deliver(play, gateway, raw, ingress="smtp"))


async def test_the_pinned_servers_own_pass_lets_the_owner_in(play: Play) -> None:
    gateway = await play.gateway(**settings(play, **AUTHSERV))
    good = "Authentication-Results: mx.agent.example.com; dmarc=pass header.from=example.org\r\n"

    record = await deliver(play, gateway, good.encode() + written("Do it", author=ANNA), ingress="smtp")

    assert record.outcome is Outcome.COMMAND


COVERED = b"from to subject date message-id content-type content-transfer-encoding".split()


def _signed(raw: bytes, pem: bytes, domain: str) -> bytes:
    signature: bytes = dkim.sign(raw, b"s", domain.encode(), pem, include_headers=COVERED)
    return signature + raw


def _tampered(raw: bytes) -> bytes:
    return raw.replace(b"Do it", b"Delete it")


def _second_from(raw: bytes) -> bytes:
    return f"From: {ANNA}\r\n".encode() + raw


async def test_a_signature_counts_for_its_own_domain_and_its_own_words(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    key = f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"
    records: Mapping[tuple[str, str], tuple[str, ...]] = {
        ("s._domainkey.example.org", "TXT"): (key,),
        ("s._domainkey.evil.example", "TXT"): (key,),
        ("evil.example", "TXT"): ("v=spf1 +all",),
    }

    async def resolve(name: str, kind: str) -> tuple[str, ...]:
        return records.get((name.rstrip("."), kind), ())

    monkeypatch.setattr(composition, "Resolver", lambda: resolve)
    gateway = await play.gateway(**settings(play, authentication={"own_check": True}))
    raw = written("Do it", author=ANNA)
    smtp: dict[str, Any] = {"ingress": "smtp"}

    for forged in (
        _signed(raw, pem, "evil.example"),
        _tampered(_signed(raw, pem, "example.org")),
        _second_from(_signed(written("Do it", author=EVE), pem, "evil.example")),
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s; h=from; bh=AAAA; b=AAAA\r\n" + raw,
    ):
        await silent(play, await deliver(play, gateway, forged, sender=EVE, **smtp))

    assert (await deliver(play, gateway, _signed(raw, pem, "example.org"), **smtp)).outcome is Outcome.COMMAND


async def test_loopback_is_believed_only_where_the_operator_says_so(play: Play) -> None:
    gateway = await play.gateway(**settings(play))
    letter = await play.letter("Do it", trusted=True)

    await silent(play, await gateway.processor.handle(letter.pointer, order=1.0))


@pytest.mark.parametrize(
    "headers",
    [
        (f"From: {EVE}",),
        (f"Reply-To: {EVE}", "X-Original-From: bob@acme.example"),
        (f"Resent-From: {ANNA}",),
    ],
)
async def test_who_is_answered_is_the_author_alone(play: Play, headers: tuple[str, ...]) -> None:
    gateway = await play.gateway(**settings(play))

    record = await deliver(play, gateway, written("status", author=ANNA, headers=headers), ses=PASS)
    rows = await settled(play)

    if record.outcome is Outcome.REFUSED:
        assert rows == []
    else:
        assert [row.recipient for row in rows] == [ANNA]
        assert EVE not in str(rows[0].raw)


# ── tokens, threads and copies ─────────────────────────────────────────────────────────────────────────────────────


async def _annas_session(play: Play, gateway: Gateway) -> tuple[MailRecord, Reply]:
    """Anna's session, and a reply of it with all that leads back to it."""
    first = await deliver(play, gateway, written("Paint the secret door", author=ANNA), ses=PASS)
    raw = written("status", author=ANNA, headers=(f"In-Reply-To: {first.message_id}",))
    status = await deliver(play, gateway, raw, ses=PASS)
    (reply,) = [row for row in await settled(play, 1) if row.mail_id == status.mail_id]
    return first, reply


def _answer(reply: Reply, author: str, text: str = "status", *, to: str = SITE, quoted: bool = True) -> bytes:
    """An answer by somebody who has the whole reply: its ids, its address, its footer."""
    quote = "\r\n".join(f"> {line}" for line in text_of(mail_of(reply)).splitlines()) if quoted else ""
    headers = (f"In-Reply-To: {reply.message_id}", f"References: {reply.message_id}")
    return written(
        f"{text}\r\n\r\nOn Fri, Nov 20, 2026 at 10:00 AM Hermes <{SITE}> wrote:\r\n{quote}",
        author=author,
        to=to,
        headers=headers,
    )


async def test_a_stranger_with_a_right_token_learns_nothing_of_the_session(play: Play) -> None:
    gateway = await play.gateway(**settings(play))
    _, reply = await _annas_session(play, gateway)
    address = answer_address(reply)

    record = await deliver(play, gateway, _answer(reply, EVE, to=address), recipient=address, ses=PASS)
    forged = await deliver(play, gateway, _answer(reply, ANNA, to=address), recipient=address, ses=FAIL)

    assert {record.outcome, forged.outcome} == {Outcome.REFUSED}
    assert (record.session_id, forged.session_id) == (None, None)
    assert {row.recipient for row in await settled(play)} == {ANNA}, "they are not even told that they may not"


async def test_a_stranger_who_writes_out_of_the_blue_is_told_once_that_this_is_for_others(play: Play) -> None:
    gateway = await play.gateway(**settings(play))

    record = await deliver(play, gateway, written("Rework the page", author=EVE), ses=PASS)
    rows = await settled(play, 1)

    assert (record.outcome, record.session_id) == (Outcome.REFUSED, None)
    assert [(row.kind, row.recipient) for row in rows] == [("not_an_owner", EVE)]
    assert ANNA not in rows[0].raw.decode()


async def test_an_owner_with_anothers_token_begins_a_session_of_their_own(play: Play) -> None:
    gateway = await play.gateway(**settings(play))
    first, reply = await _annas_session(play, gateway)
    address = answer_address(reply)

    record = await deliver(play, gateway, _answer(reply, BOB, "Do more", to=address), recipient=address, ses=PASS)
    status = await deliver(play, gateway, _answer(reply, BOB, "status", to=address), recipient=address, ses=PASS)
    rows = [row for row in await settled(play, 2) if row.mail_id == status.mail_id]

    assert record.outcome is Outcome.COMMAND
    assert record.session_id not in (None, first.session_id)
    assert all("secret door" not in text_of(mail_of(row)) for row in rows)
    assert len(play.named("security.foreign_session")) >= 3, "by address, by id, by footer"
    assert any("no part" in line for line in record.trace)


async def test_a_stop_by_an_owner_with_anothers_token_stops_nothing(play: Play) -> None:
    gateway = await play.gateway(**settings(play))
    first, reply = await _annas_session(play, gateway)
    address = answer_address(reply)

    stop = await deliver(play, gateway, _answer(reply, BOB, "stop", to=address), recipient=address, ses=PASS)

    assert stop.session_id != first.session_id
    assert not (await play.command(first)).state.terminal
    assert (await play.command(first)).state.value == "accepted"


async def test_a_stranger_in_copy_gets_nothing_and_gets_in_nowhere(play: Play) -> None:
    gateway = await play.gateway(**settings(play))
    raw = written("status", author=ANNA, headers=(f"Cc: {EVE}",))
    asked = await deliver(play, gateway, raw, ses=PASS)
    (reply,) = await settled(play, 1)
    assert (reply.recipient, mail_of(reply)["To"], mail_of(reply)["Cc"]) == (ANNA, ANNA, None)

    record = await deliver(
        play,
        gateway,
        written("Delete it", author=EVE, headers=(f"In-Reply-To: {asked.message_id}", f"Cc: {ANNA}")),
        ses=PASS,
    )

    assert (record.outcome, record.session_id) == (Outcome.REFUSED, None)
    assert {row.recipient for row in await settled(play)} == {ANNA}
    assert play.launcher.requests == []


async def test_a_token_of_another_project_is_none_here(play: Play) -> None:
    gateway = await play.gateway(**settings(play))
    first, reply = await _annas_session(play, gateway)
    local, _, domain = answer_address(reply).partition("@")
    address = f"shop+{local.partition('+')[2]}@{domain}"

    raw = _answer(reply, ANNA, "Do more", to="friend@example.net")
    hidden = await deliver(play, gateway, raw, recipient=address, ses=PASS)
    raw = _answer(reply, ANNA, "Do more", to=address)
    record = await deliver(play, gateway, raw, recipient=address, ses=PASS)

    assert (hidden.outcome, hidden.command_id) == (Outcome.REFUSED, None), (
        "the token does not vouch for another project"
    )
    assert record.outcome is Outcome.COMMAND
    assert record.session_id != first.session_id
    assert (await play.command(record)).container_key.startswith("acme#shop#")


# ── machines that answer machines ──────────────────────────────────────────────────────────────────────────────────


def _own(raw: bytes) -> bytes:
    return raw


def _stripped(raw: bytes) -> bytes:
    """As a relay passes it on that takes out every header it does not know."""
    for name in (b"X-Hermes-Loop", b"X-Auto-Response-Suppress"):
        raw = b"\r\n".join(line for line in raw.split(b"\r\n") if not line.startswith(name))
    return raw


def _bare(raw: bytes) -> bytes:
    """As if nothing said that a machine wrote it: then the rate limit ends it."""
    return b"\r\n".join(line for line in _stripped(raw).split(b"\r\n") if not line.startswith(b"Auto-Submitted"))


@pytest.mark.parametrize("relay", [_own, _stripped])
async def test_two_hermes_that_answer_each_other_send_at_most_one_mail_each(play: Play, relay: Any) -> None:
    one, other = "one@agent.example.com", "two@agent.example.com"
    gateways = {
        one: await play.gateway(**settings(play, project={"project": "one", "addresses": [one], "owners": [other]})),
        other: await play.gateway(**settings(play, project={"project": "two", "addresses": [other], "owners": [one]})),
    }
    # Each holds the other for an owner. What begins it: a mail to each that looks as if the other had written it.
    for to, author in ((one, other), (other, one)):
        await deliver(play, gateways[to], written("status", author=author, to=to), recipient=to, ses=PASS)
    passed_on = 0
    for _ in range(6):
        await settled(play)
        fresh = play.postbox.raw[passed_on:]
        passed_on = len(play.postbox.raw)
        for raw in fresh:
            to = one if f"To: {one}".encode() in raw else other
            await deliver(play, gateways[to], relay(raw), recipient=to, ses=PASS)

    sent = [mail["From"] for mail in play.postbox.mails()]
    assert len(sent) == 2
    assert len(set(sent)) == 2
    assert play.launcher.requests == []


async def test_where_nothing_says_that_a_machine_writes_the_rate_limit_ends_it(play: Play) -> None:
    gateway = await play.gateway(**settings(play))

    for number in range(14):
        raw = written(f"status\r\n\r\n> {number}", author=ANNA)
        await deliver(play, gateway, _bare(raw), ses=PASS)
    await settled(play, 14)

    assert len(play.postbox.raw) == 10
