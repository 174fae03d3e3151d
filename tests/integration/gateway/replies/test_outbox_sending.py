"""Replies: one Message-ID each, sent by one replica, the same bytes whenever they are sent (I3)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hermes.domain.mails import MailRecord
from hermes.domain.replies import Reply, ReplyState
from tests import direct
from tests.eventually import eventually
from tests.integration.gateway.play import EVE, Dropped, Play


async def _row(play: Play, record: MailRecord) -> Reply:
    (row,) = await play.replies(record)
    return row


async def _refused(play: Play) -> MailRecord:
    """A reply that nobody has sent yet: its process died."""
    dying = await play.gateway()
    dying.processor._follow_ups = Dropped()
    _, record = await play.mail(dying, "Do it", sender=EVE)
    play.clock.advance(121)
    return record


async def test_two_replicas_that_find_a_reply_due_send_it_once(play: Play) -> None:
    record = await _refused(play)
    replicas = [await play.gateway(), await play.gateway(), await play.gateway()]

    await asyncio.gather(*(replica.sweeper.sweep() for replica in replicas))
    row = await play.sent(record)

    assert len(play.postbox.tried) == 1
    assert (row.attempts, row.due) == (1, None)


async def test_the_reply_is_the_one_in_the_row_and_answers_the_mail(play: Play) -> None:
    gateway = await play.gateway()
    message_id, record = await play.mail(gateway, "", subject="")
    row = await play.sent(record)

    (mail,) = play.postbox.mails()
    assert str(mail["Message-ID"]).strip() == row.message_id
    assert str(mail["In-Reply-To"]).strip() == message_id
    assert mail["Auto-Submitted"]
    assert [raw.replace(b"\r\n", b"\n").strip() for raw in play.postbox.raw] == [
        row.raw.replace(b"\r\n", b"\n").strip()
    ]


async def test_a_deferred_reply_is_sent_later_as_the_same_bytes(play: Play) -> None:
    gateway = await play.gateway()
    play.postbox.answers.extend(["451 4.7.1 Greylisted, come back", "421 4.3.2 Busy"])
    _, record = await play.mail(gateway, "", subject="")
    await play.event("reply.deferred")
    row = await _row(play, record)
    assert (row.state, "451" in row.error) == (ReplyState.PENDING, True)

    for wanted in (2, 3):
        await gateway.sweeper.sweep()
        assert len(play.postbox.tried) == wanted - 1, "not before it is due"
        play.clock.advance(60 * wanted)
        await gateway.sweeper.sweep()

        async def tried(wanted: int = wanted) -> bool:
            return len(play.postbox.tried) == wanted and not gateway.service._outbox._sending

        await eventually(tried)

    await play.sent(record)
    assert len(set(play.postbox.tried)) == 1
    assert len(play.postbox.raw) == 1


async def test_a_reply_that_is_refused_has_failed_and_can_be_seen(play: Play) -> None:
    gateway = await play.gateway()
    play.postbox.answers.append("554 5.6.0 We do not want this")
    _, record = await play.mail(gateway, "", subject="")

    await play.event("reply.failed")
    row = await _row(play, record)
    play.clock.advance(3600)
    await gateway.sweeper.sweep()

    assert (row.state, row.due) == (ReplyState.FAILED, None)
    assert "We do not want this" in row.error
    assert len(play.postbox.tried) == 1


async def test_a_refusal_of_our_account_is_told_and_the_reply_is_tried_on(play: Play) -> None:
    gateway = await play.gateway()
    play.postbox.answers.append("550 5.4.5 Daily user sending limit exceeded")
    _, record = await play.mail(gateway, "", subject="")

    told = await play.event("mail_server.refused")
    row = await _row(play, record)
    play.clock.advance(3600)
    await gateway.sweeper.sweep()

    assert "5.4.5 Daily user sending limit exceeded" in told.text
    assert (row.state, "5.4.5" in row.error) == (ReplyState.PENDING, True)
    assert (await play.sent(record)).state is ReplyState.SENT


async def test_a_reply_that_is_deferred_for_a_day_has_failed(play: Play) -> None:
    gateway = await play.gateway()
    play.postbox.answers.extend(["451 4.3.0 Later"] * 3)
    _, record = await play.mail(gateway, "", subject="")
    await play.event("reply.deferred")

    play.clock.advance(25 * 3600)
    await gateway.sweeper.sweep()
    await play.event("reply.failed")

    assert (await _row(play, record)).state is ReplyState.FAILED


async def test_a_crash_between_the_servers_ok_and_our_mark_sends_the_same_bytes_again(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing, other = await play.gateway(), await play.gateway()
    reached = asyncio.Event()

    async def never(*args: object, **more: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(crashing.records.outbox, "sent", never)
    _, record = await play.mail(crashing, "", subject="")
    async with asyncio.timeout(60):
        await reached.wait()
    await play.kill(crashing)
    await other.sweeper.sweep()
    assert len(play.postbox.raw) == 1, "the lease holds"

    play.clock.advance(121)
    await other.sweeper.sweep()
    await play.sent(record)

    assert len(play.postbox.raw) == 2
    assert play.postbox.raw[0] == play.postbox.raw[1]


async def test_a_mark_whose_answer_was_lost_sends_nothing_twice(play: Play) -> None:
    record = await _refused(play)
    gateway = await play.gateway()
    lost = direct.LostAnswers(play.stand.clients.dynamodb, "UpdateItem", times=2)

    await gateway.sweeper.sweep()
    await asyncio.sleep(0)
    for _ in range(2):
        play.clock.advance(121)
        await gateway.sweeper.sweep()
        await play.sent(record)

    assert lost.lost == 2
    assert len(play.postbox.raw) == 1


async def test_a_mail_server_that_is_away_is_asked_again(play: Play) -> None:
    gateway = await play.gateway(mail={"smtp": {"port": 1, "security": "none"}})
    _, record = await play.mail(gateway, "", subject="")
    await play.event("reply.deferred")
    healthy = await play.gateway()

    play.clock.advance(60)
    await healthy.sweeper.sweep()

    assert (await play.sent(record)).state is ReplyState.SENT
    assert len(play.postbox.raw) == 1


async def test_a_mailer_that_breaks_is_seen_in_the_row(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await play.gateway()

    async def broken(**facts: object) -> None:
        raise LookupError("a fault of ours")

    monkeypatch.setattr(gateway.service._outbox._mailer, "send", broken)
    _, record = await play.mail(gateway, "", subject="")
    await play.event("reply.deferred")

    assert "LookupError" in (await _row(play, record)).error


async def test_no_more_replies_are_handed_over_at_once_than_the_mail_server_takes(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await play.gateway(mail={"smtp": {"port": play.postbox.port, "security": "none", "connections": 2}})
    mailer, go_on, most = gateway.service._outbox._mailer, asyncio.Event(), 0
    send, at_once = mailer.send, 0

    async def slow(**facts: Any) -> str | None:
        nonlocal at_once, most
        at_once, most = at_once + 1, max(most, at_once + 1)
        await go_on.wait()
        try:
            return await send(**facts)
        finally:
            at_once -= 1

    monkeypatch.setattr(mailer, "send", slow)
    found = [await play.mail(gateway, "status") for _ in range(4)]

    async def busy() -> bool:
        return at_once == 2

    await eventually(busy)
    go_on.set()
    for _, record in found:
        await play.sent(record)
    assert most == 2
