"""Replies over days at mail servers that are slow, broken, or do not want us: none is lost unseen, none is sent for ever."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest

from hermes.admin.actions import resending
from hermes.domain.replies import ReplyState
from tests.eventually import eventually
from tests.faults.mail_servers.mail_days import days

DAY = 24.0


async def test_a_server_that_is_silent_after_the_dot_gets_four_copies_and_no_more() -> None:
    async with days("dot* !silent") as played:
        played.replica(seconds=0.2)
        reply = await played.write()
        await played.send(reply)
        assert "no answer to the mail" in (await played.row(reply)).error

        await played.pass_by(4 * DAY)

        row = await played.row(reply)
        assert (row.state, played.copies(reply)) == (ReplyState.FAILED, 4)
        assert "not known to have arrived" in row.error
        pauses = [after - before for before, after in itertools.pairwise(played.tries[reply.reply_id])]
        assert [15 * 60 <= pauses[0] <= 20 * 60, *(pause >= 2 * 3600 for pause in pauses[1:])] == [True] * 3


@pytest.mark.parametrize("end", ["!cut", r"\xff\xfe what?", "777 lucky", "354 go on"])
async def test_whatever_is_no_answer_after_the_dot_is_not_asked_for_often(end: str) -> None:
    async with days(f"dot* {end}") as played:
        played.replica()
        reply = await played.write()
        await played.send(reply)
        await played.pass_by(4 * DAY)

        assert ((await played.row(reply)).state, played.copies(reply)) == (ReplyState.FAILED, 4)


async def test_an_answer_that_comes_late_finds_the_lease_held() -> None:
    """RFC 5321 allows ten minutes; a lease of two must not have another replica send it meanwhile."""
    async with days("dot* !slow 1.5 250 OK") as played:
        writer, other = (played.replica(lease=0.6, real=True) for _ in range(2))
        reply = await played.write(at=time.time() - 119.4)
        writer.submit(reply)
        while writer._sending:
            await other.redo(reply.reply_id)
            await asyncio.sleep(0.05)
        await played.settled()

        assert ((await played.row(reply)).state, played.copies(reply)) == (ReplyState.SENT, 1)


@pytest.mark.parametrize(
    ("script", "tries"),
    [
        (r"RCPT* 550 5.1.1 Bo\xeete inconnue", 1),
        (r"RCPT* 450 4.2.1 Bo\xeete occup\xe9e", 150),
        (r"MAIL* 550 5.7.1 \xc7\xeb\xca\xb9\xd3\xc3", 150),
        (r"greeting* 554 5.7.1 \xb7\xa2\xd0\xc5 \x00\x1b[31m", 150),
    ],
)
async def test_an_answer_that_is_no_utf_8_is_kept_in_the_row_and_ends(script: str, tries: int) -> None:
    async with days(script) as played:
        played.replica()
        reply = await played.write()
        await played.send(reply)
        await played.pass_by(4 * DAY)

        row = await played.row(reply)
        assert row.state is ReplyState.FAILED
        assert "\\x" in row.error
        assert row.error.isprintable()
        assert len(played.tries[reply.reply_id]) <= tries
        assert played.told("reply.failed")


async def test_a_refusal_of_ours_is_told_once_an_hour_tried_on_and_sent_when_it_is_mended() -> None:
    async with days("MAIL* 553 5.7.1 Sender address rejected: not owned by user hermes") as played:
        played.replica()
        replies = [await played.write(number) for number in range(3)]
        for reply in replies:
            await played.send(reply)
        assert len(played.told("mail_server.refused")) == 1
        await played.pass_by(30)
        assert 15 <= len(played.told("mail_server.refused")) <= 31

        played.server.play("")
        await played.pass_by(2)

        assert {(await played.row(reply)).state for reply in replies} == {ReplyState.SENT}
        assert [played.copies(reply) for reply in replies] == [1, 1, 1]


async def test_an_outage_is_told_when_it_lasts_and_its_end_too() -> None:
    async with days("greeting* 421 4.3.2 down !cut") as played:
        played.replica()
        await played.send(await played.write())
        assert not played.told("mail_server.failed")

        await played.pass_by(3)
        assert 2 <= len(played.told("mail_server.failed")) <= 3
        played.server.play("")
        await played.pass_by(1)

        assert len(played.told("mail_server.recovered")) == 1


async def test_a_reply_that_failed_is_sent_again_on_request_with_all_its_tries() -> None:
    async with days("RCPT* 451 4.3.0 later") as played:
        played.replica()
        reply = await played.write()
        await played.send(reply)
        await played.pass_by(2 * DAY)
        failed = await played.row(reply)
        assert (failed.state, "deferred for" in failed.error) == (ReplyState.FAILED, True)

        told = await resending.resend(played.outbox, failed, again=False, now=played.now)
        await played.pass_by(1)
        assert (told.done, (await played.row(reply)).state) == (True, ReplyState.PENDING)
        played.server.play("")
        await played.pass_by(1)

        assert ((await played.row(reply)).state, played.copies(reply)) == (ReplyState.SENT, 1)


async def test_a_resend_is_refused_while_it_is_being_sent_and_after_it_was() -> None:
    async with days() as played:
        played.replica()
        reply = await played.write()
        busy = await resending.resend(played.outbox, reply, again=False, now=played.now)
        await played.send(reply)
        row = await played.row(reply)
        sent = await resending.resend(played.outbox, row, again=False, now=played.now)
        assert (busy.done, sent.done) == (False, False)

        assert (await resending.resend(played.outbox, row, again=True, now=played.now)).done
        stale = await resending.resend(played.outbox, row, again=True, now=played.now)
        await played.pass_by(1)

        assert (stale.done, played.copies(reply)) == (False, 2)


async def test_senders_that_die_with_a_reply_in_hand_end_it_after_four() -> None:
    async with days() as played:
        replica = played.replica()
        reply = await played.write()
        for _ in range(3):
            played.now += 121
            leased = await played.outbox.lease(await played.row(reply), until=played.now + 120)
            await played.outbox.begin(leased)  # and its process is killed
        played.now += 121
        await replica.redo(reply.reply_id)
        await played.settled()

        row = await played.row(reply)
        assert row.state is ReplyState.FAILED
        assert "its sender ended each time" in row.error


async def test_senders_that_die_while_a_reply_waits_for_its_turn_count_for_nothing() -> None:
    async with days() as played:
        replica = played.replica()
        reply = await played.write()
        for _ in range(10):
            played.now += 121
            await played.outbox.lease(await played.row(reply), until=played.now + 120)  # and its process is killed
        played.now += 121
        await replica.redo(reply.reply_id)
        await played.settled()

        assert (await played.row(reply)).state is ReplyState.SENT


async def test_a_reply_that_waits_behind_a_slow_one_is_nobody_elses() -> None:
    async with days("dot !slow 1.5 250 OK") as played:
        busy, idle = played.replica(lease=0.6, real=True, senders=1), played.replica(lease=0.6, real=True)
        first, second = [await played.write(number, at=time.time() - 119.4) for number in range(2)]
        busy.submit(first)
        busy.submit(second)
        while busy._sending:
            await idle.redo(second.reply_id)
            await asyncio.sleep(0.05)
        await played.settled()

        assert [((await played.row(one)).state, played.copies(one)) for one in (first, second)] == [
            (ReplyState.SENT, 1)
        ] * 2
        assert (await played.row(second)).attempts == 0, "the idle replica never had it"


async def test_a_reply_whose_lease_is_lost_is_let_go_in_the_middle() -> None:
    async with days("RCPT !silent") as played:
        replica = played.replica(lease=0.6, real=True, seconds=600.0)
        reply = await played.write(at=time.time() - 119.4)
        replica.submit(reply)
        await eventually(lambda: played.server.steps["RCPT"])

        await played.outbox.send_again(await played.row(reply), now=time.time() + 60)  # an operator, or another replica
        await eventually(lambda: not replica._sending)

        assert "to be sent again" in (await played.row(reply)).error, "nothing was recorded over it"
        assert played.copies(reply) == 0


@pytest.mark.parametrize(("script", "unanswered"), [("dot* !silent", 1), ("RCPT* !silent", 0)])
async def test_a_gateway_that_stops_in_the_middle_leaves_the_row_to_others(script: str, unanswered: int) -> None:
    async with days(script) as played:
        stopping = played.replica()
        reply = await played.write()
        stopping.submit(reply)
        step = script.partition("*")[0]

        async def reached() -> bool:
            return played.server.steps[step] == 1 or bool(played.server.taken)

        await eventually(reached)
        await stopping.close(0)

        row = await played.row(reply)
        assert (row.state, row.unanswered, "stopped" in row.error) == (ReplyState.PENDING, unanswered, True)
        assert ((row.due or 0) - played.now >= 900) == bool(unanswered)


async def test_no_more_than_the_provider_allows_is_offered_by_all_replicas_and_after_restarts() -> None:
    async with days() as played:
        for _ in range(2):
            played.replica(per_minute=5, per_day=30)
        replies = [await played.write(number) for number in range(40)]
        for number, reply in enumerate(replies):
            played.replicas[number % 2].submit(reply)
        await played.settled()
        assert len(played.server.taken) == 5
        held = [row for row in await played.outbox.all() if row.state is ReplyState.PENDING]
        assert all("mail.smtp.per_minute" in row.error for row in held)

        played.now += 20
        restarted = played.replica(per_minute=5, per_day=30)
        await restarted.redo(held[0].reply_id)
        await played.settled()
        assert len(played.server.taken) == 5

        await played.pass_by(20)
        assert len(played.server.taken) == 30
        assert sum("mail.smtp.per_day" in row.error for row in await played.outbox.all()) == 10
        await played.pass_by(8)

        assert len(played.server.taken) == 40
        assert {(await played.row(reply)).state for reply in replies} == {ReplyState.SENT}


async def test_a_reply_that_waited_a_day_for_the_allowance_still_has_all_its_tries() -> None:
    async with days() as played:
        played.replica(per_day=1)
        first, second = await played.write(1), await played.write(2)
        await played.send(first)
        await played.send(second)
        await played.pass_by(23)
        played.server.play("RCPT 450 4.7.1 greylisted")

        await played.pass_by(32)  # the refused try counted, too

        assert (await played.row(second)).state is ReplyState.SENT


async def test_a_server_that_refuses_our_login_is_not_asked_more_than_thirty_times_an_hour() -> None:
    async with days("EHLO* 250-mx.test|250 AUTH PLAIN LOGIN\nAUTH* 535 5.7.8 bad") as played:
        played.replica(username="hermes", password="wrong")
        for number in range(10):
            await played.send(await played.write(number))
        for _ in range(3):
            before = played.server.steps["AUTH"]
            await played.pass_by(1)
            assert 1 <= played.server.steps["AUTH"] - before <= 30
        assert {row.state for row in await played.outbox.all()} == {ReplyState.PENDING}
