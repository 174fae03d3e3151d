"""The rate limit of replies in a running gateway: what it holds goes out later, what it drops is seen, and nothing resets it."""

from __future__ import annotations

import asyncio
from typing import Any

from hermes import limits
from hermes.domain.replies import Reply, ReplyState
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, EVE, Play

LIMITED = {"mail": {"rate_limit": True}}
MOST, SECONDS = limits.REPLY_RATES[0]


async def _rows(play: Play, wanted: int) -> list[Reply]:
    """The rows once none is on its way."""

    async def settled() -> list[Reply] | None:
        rows = await play.stand.outbox.all()
        still = [g for g in play.gateways if g.service._outbox._sending]
        return rows if len(rows) >= wanted and not still else None

    found: list[Reply] = await eventually(settled, seconds=20)
    return found


def _count(rows: list[Reply], state: ReplyState) -> int:
    return sum(row.state is state for row in rows)


async def _config(play: Play, **more: Any) -> dict[str, Any]:
    return {"mail": {"rate_limit": True, "smtp": {"port": play.postbox.port, "security": "none"}, **more}}


async def test_the_eleventh_answer_in_ten_minutes_waits_and_goes_out_then(play: Play) -> None:
    gateway = await play.gateway(**await _config(play))

    for _ in range(MOST + 2):
        await play.mail(gateway, "status")
    rows = await _rows(play, MOST + 2)

    assert len(play.postbox.raw) == MOST
    held = [row for row in rows if row.state is ReplyState.PENDING]
    assert len(held) == 2
    assert all("held" in row.error for row in held)
    assert all(row.due and row.due > play.clock.time() + SECONDS / 2 for row in held)
    assert len(play.named("reply.held")) == 2

    play.clock.advance(SECONDS + 1)
    await gateway.sweeper.sweep()
    await _rows(play, MOST + 2)
    assert len(play.postbox.raw) == MOST + 2


async def test_the_eleventh_small_correction_in_ten_minutes_is_answered_and_so_is_status(play: Play) -> None:
    gateway = await play.gateway(**await _config(play), gateway={"collect_seconds": 0})
    worker = None
    for number in range(MOST + 1):
        _, record = await play.mail(gateway, f"Make it {number} pixels wider")
        worker = worker or await play.worker()
        await worker.succeed(await worker.begin())
        assert (await play.sent(record)).kind == "succeeded"
    await play.mail(gateway, "status")

    rows = await _rows(play, MOST + 2)
    assert _count(rows, ReplyState.SENT) == MOST + 2


async def test_restarts_and_replicas_do_not_reset_the_rate_limit(play: Play) -> None:
    replicas = [await play.gateway(**await _config(play)) for _ in range(2)]
    for number in range(MOST - 2):
        await play.mail(replicas[number % 2], "status")
    await _rows(play, MOST - 2)
    restarted = await play.gateway(**await _config(play))

    for _ in range(4):
        await play.mail(restarted, "status")
        await _rows(play, 1)
    rows = await _rows(play, MOST + 2)

    assert _count(rows, ReplyState.SENT) == MOST
    assert _count(rows, ReplyState.PENDING) == 2


async def test_an_answer_now_and_then_asks_for_no_count(play: Play, monkeypatch: Any) -> None:
    gateway = await play.gateway(**await _config(play))
    asked: list[str] = []
    ask = gateway.records.outbox.sent_to

    async def counting(recipient: str, *, most: int) -> Any:
        asked.append(recipient)
        return await ask(recipient, most=most)

    monkeypatch.setattr(gateway.records.outbox, "sent_to", counting)
    for number in range(6):
        await play.mail(gateway, "status")
        await _rows(play, number + 1)
        play.clock.advance(SECONDS)

    assert asked == [ANNA]


async def test_a_stranger_is_turned_away_once_a_day(play: Play) -> None:
    gateway, other = [await play.gateway(**await _config(play)) for _ in range(2)]

    records = [(await play.mail(one, f"Do it {n}", sender=EVE))[1] for n, one in enumerate([gateway, other, gateway])]
    rows = await _rows(play, 1)

    assert [row.kind for row in rows] == ["not_an_owner"]
    assert len(play.postbox.raw) == 1
    assert len({record.mail_id for record in records}) == 3
    assert len(await play.stand.sessions.all_mails()) == 3

    # Another day by the calendar, within 24 hours: the row is new, and the rate limit drops it.
    play.clock.advance(limits.REJECTION_SECONDS - 60)
    await play.mail(gateway, "Do it again", sender=EVE)
    rows = await _rows(play, 2)
    assert _count(rows, ReplyState.FAILED) == 1
    assert len(play.postbox.raw) == 1

    play.clock.advance(limits.REJECTION_SECONDS)
    await play.mail(gateway, "Do it now", sender=EVE)
    await _rows(play, 3)
    assert len(play.postbox.raw) == 2


async def test_an_owner_is_answered_each_time(play: Play) -> None:
    gateway = await play.gateway(**await _config(play))

    for number in range(3):
        await play.mail(gateway, "", subject="Re: The site")
        rows = await _rows(play, number + 1)

    assert {row.kind for row in rows} == {"no_text"}
    assert len(play.postbox.raw) == 3


async def test_two_refusals_at_once_are_one_reply(play: Play) -> None:
    gateways = [await play.gateway() for _ in range(3)]

    await asyncio.gather(*(play.mail(one, f"{n}", sender=EVE) for n, one in enumerate(gateways)))
    await _rows(play, 1)

    assert len(play.postbox.raw) == 1
    assert len(await play.stand.sessions.all_mails()) == 3


async def test_an_address_that_nobody_reads_gets_no_mail(play: Play) -> None:
    gateway = await play.gateway(project={"owners": ["root@example.org"]})

    await play.mail(gateway, "status", sender="root@example.org")
    (row,) = await _rows(play, 1)

    assert row.state is ReplyState.FAILED
    assert "nobody reads" in row.error
    assert play.postbox.tried == []
    assert len(play.named("reply.dropped")) == 1
