"""Somebody who got a copy of an owner's signed mail wants it to run again, as often as they like, in headers of their own."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import dkim
import pytest

from hermes.app import intake
from hermes.app.gateway import Gateway
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.reply_facts import ReplyKind
from tests.attack.senders import Dns, Domain
from tests.integration.gateway.play import ANNA, BOB, EVE, SITE, Play
from tests.integration.mail.correspondence import SENT_ON, deliver, settings, settled, written

#: As Gmail, as Yahoo (no Message-ID) and as Fastmail write it.
GMAIL = (
    "to:subject:message-id:date:from:in-reply-to:references:mime-version:from:to:cc:subject:date:message-id:reply-to"
)
YAHOO = "Date:From:To:Cc:Subject:References:From:Subject:Reply-To"
FASTMAIL = (
    "cc:content-transfer-encoding:content-type:content-type:date:date:from:from:in-reply-to:in-reply-to:message-id"
    ":mime-version:references:reply-to:subject:subject:to:to"
)
#: As Yahoo, with what tells how to read the body: then nothing but the copy can be told by.
NAMELESS = f"{YAHOO}:content-type:content-transfer-encoding"
#: All but Date.
UNDATED = "from:to:cc:subject:message-id:content-type:content-transfer-encoding:mime-version"
OWNERS = Domain("example.org")
SERVER, ELSEWHERE = "192.0.2.7", "198.51.100.7"


@pytest.fixture
async def gateway(play: Play, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway that checks signatures itself."""
    dns = Dns(OWNERS)
    monkeypatch.setattr(intake, "Resolver", lambda: dns)
    return await play.gateway(**settings(play, authentication={"own_check": True}))


async def _send(play: Play, gateway: Gateway, raw: bytes, *, way: str = "smtp", client: str = ELSEWHERE) -> MailRecord:
    """As it comes from the owner's own server, or from anybody who has the mail."""
    sender = ANNA if client == SERVER else EVE
    if way == "ses":
        ses = SENT_ON.model_copy(update={"spf": "PASS"})
        return await deliver(play, gateway, raw, ses=ses, sender=sender)
    return await deliver(play, gateway, raw, ingress="smtp", sender=sender, client=client)


async def _commands(play: Play) -> set[str]:
    return {record.command_id for record in await play.stand.sessions.all_mails() if record.command_id}


def _rewritten(raw: bytes) -> bytes:
    """The same signature in other words: RSA takes a number with zeros before it."""
    found = re.search(rb"[;\s]b=([A-Za-z0-9+/=\s]+?)\r\n(?=\S)", raw)
    assert found is not None
    number = base64.b64decode(b"".join(found[1].split()))
    return raw.replace(found[1], base64.b64encode(b"\0\0" + number), 1)


def _without(name: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: re.sub(rb"(?m)^" + name + rb": [^\r\n]*\r\n", b"", raw, count=1)


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "as it was": lambda raw: raw,
    "another Message-ID above": lambda raw: b"Message-ID: <2@example.org>\r\n" + raw,
    "another Message-ID below": lambda raw: raw.replace(b"\r\n\r\n", b"\r\nMessage-ID: <2@example.org>\r\n\r\n", 1),
    "another Message-ID in its place": lambda raw: b"Message-ID: <2@example.org>\r\n" + _without(b"Message-ID")(raw),
    "SES's Message-ID in its place": lambda raw: b"Message-ID: <2@amazonses.com>\r\n" + _without(b"Message-ID")(raw),
    "no Message-ID": _without(b"Message-ID"),
    "another thread": lambda raw: b"In-Reply-To: <9@example.org>\r\n" + raw,
    "a stamp above": lambda raw: b"Received: from a by b\r\nX-More: 1\r\n" + raw,
    "another Date above": lambda raw: b"Date: " + formatdate().encode() + b"\r\n" + raw,
    "another Subject above": lambda raw: b"Subject: Other\r\n" + raw,
    "wider white space": lambda raw: raw.replace(b"Subject: ", b"Subject:   ", 1).replace(b"To: ", b"TO:\t", 1),
    "the signature twice": lambda raw: raw[: raw.index(b"Message-ID:")] + raw,
    "the signature in other words": _rewritten,
    "a bare copy": lambda raw: b"Message-ID: <2@example.org>\r\n" + _rewritten(_without(b"Message-ID")(raw)),
}


@pytest.mark.parametrize("way", ["smtp", "ses"])
@pytest.mark.parametrize("covered", [GMAIL, YAHOO, NAMELESS, FASTMAIL])
async def test_a_signed_mail_runs_once(play: Play, gateway: Gateway, way: str, covered: str) -> None:
    raw = OWNERS.sign(written("Rework the page", author=ANNA, message_id="<1@example.org>"), covered)
    first = await _send(play, gateway, raw, way=way, client=SERVER)
    assert first.outcome is Outcome.COMMAND
    # Another replica, which has nothing of it in memory.
    other = await play.gateway(**settings(play, authentication={"own_check": True}))

    held = 0
    for name, change in CHANGES.items():
        # SES would not pass what breaks the signature.
        if way == "ses" and not dkim.verify(change(raw), dnsfunc=lambda *_, **__: OWNERS.key.encode()):
            continue
        record = await _send(play, other, change(raw), way=way)
        assert record.command_id in (None, first.command_id), name
        held += record.reason.startswith("second copy")
    assert covered != NAMELESS or held >= 4, "known by what was signed"
    assert await _commands(play) == {first.command_id}
    assert len(play.launcher.requests) == 1
    # Its author hears of it once for each kind of change, not for each try.
    kinds = [row.kind for row in await settled(play) if row.mail_id != first.mail_id]
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("covered", [NAMELESS, FASTMAIL])
async def test_two_copies_at_once_run_once(play: Play, gateway: Gateway, covered: str) -> None:
    other = await play.gateway(**settings(play, authentication={"own_check": True}))
    raw = OWNERS.sign(written("Rework the page", author=ANNA, message_id="<1@example.org>"), covered)
    copies = [raw, CHANGES["another Message-ID in its place"](raw) if covered == NAMELESS else _rewritten(raw)]

    await asyncio.gather(
        *(_send(play, one, copy) for one, copy in zip((gateway, other, gateway, other), copies * 2, strict=True))
    )

    assert len(await _commands(play)) == 1


async def test_a_doctored_copy_that_comes_first_does_not_keep_the_true_mail_out(play: Play, gateway: Gateway) -> None:
    raw = OWNERS.sign(written("Rework the page", author=ANNA, message_id="<1@example.org>"), GMAIL)

    for doctored in (b"Subject: x\r\n" + raw, b"Message-ID: <1@example.org>\r\n" + raw):
        record = await _send(play, gateway, doctored)
        assert (record.outcome, record.command_id) == (Outcome.REFUSED, None)
    assert (await _send(play, gateway, raw, client=SERVER)).outcome is Outcome.COMMAND


# ── old mail ───────────────────────────────────────────────────────────────────────────────────────────────────────

DAY = 86400.0


def _dated(days: float, *, covered: str = FASTMAIL, **stamps: Any) -> bytes:
    now = time.time()
    raw = written("Rework the page", author=ANNA)
    date = formatdate(now + days * DAY).encode()
    return OWNERS.sign(re.sub(rb"Date: [^\r\n]*", lambda _: b"Date: " + date, raw), covered, **stamps)


@pytest.mark.parametrize(
    ("days", "stamps", "covered", "said"),
    [
        (-7.1, {}, FASTMAIL, "Date is older than 7 days"),
        (-700, {}, FASTMAIL, "Date is older than 7 days"),
        (1, {}, FASTMAIL, "Date lies in the future"),
        (0, {"stamp": -7.1}, FASTMAIL, "signature is older"),
        (0, {"stamp": 0.2}, FASTMAIL, "signature lies in the future"),
        (0, {"stamp": -1, "expires": -0.1}, FASTMAIL, "expired"),
        (0, {"stamp": None}, UNDATED, "could be of any age"),
        (-6.9, {"stamp": -6.9}, FASTMAIL, ""),
        (0.02, {"stamp": 0.02}, FASTMAIL, ""),
        (-1, {"stamp": None}, FASTMAIL, ""),
        (0, {}, UNDATED, ""),
        (-1, {"stamp": -1, "expires": 1}, FASTMAIL, ""),
    ],
)
async def test_a_mail_that_somebody_kept_is_no_command(
    play: Play, gateway: Gateway, days: float, stamps: dict[str, float | None], covered: str, said: str
) -> None:
    raw = _dated(days, covered=covered, **stamps)

    record = await _send(play, gateway, raw)

    assert record.outcome is (Outcome.REFUSED if said else Outcome.COMMAND), record.reason
    assert said in record.reason
    if said:
        assert [row.kind for row in await settled(play, 1)] == [ReplyKind.NOT_RECENT]
        await _send(play, gateway, b"X-Again: 1\r\n" + raw)
        assert len(await settled(play, 1)) == 1


async def test_how_old_a_mail_may_be_is_set(play: Play, gateway: Gateway) -> None:
    given = settings(play, authentication={"own_check": True})
    given["mail"] |= {"max_age_days": 30}
    patient = await play.gateway(**given)

    record = await _send(play, patient, _dated(-20, stamp=-20))

    assert (record.outcome, record.recipient) == (Outcome.COMMAND, SITE)


async def test_a_cc_that_somebody_adds_on_the_way_invites_nobody(play: Play, gateway: Gateway) -> None:
    covered = "from:to:subject:message-id:date:content-type:content-transfer-encoding:mime-version"
    raw = OWNERS.sign(written("Rework the page", author=ANNA, message_id="<1@example.org>"), covered)

    record = await _send(play, gateway, f"Cc: {BOB}\r\n".encode() + raw)
    session = await play.stand.sessions.get(str(record.session_id))

    assert record.outcome is Outcome.COMMAND
    assert session is not None
    assert session.participants == (ANNA,)
