"""Approvers are reminded once, and a question ends; whichever replica looks."""

from __future__ import annotations

from hermes.domain.publishing.approvals import ApprovalState
from tests.integration.gateway.live.thread import Thread, kinds
from tests.integration.gateway.play import ANNA, BOB, Play

_DAY = 86400.0


async def _look(thread: Thread) -> list[tuple[str, str]]:
    before = {row.reply_id for row in await thread.play.stand.outbox.all()}
    await thread.gateway.sweeper._due.approvals.look()
    rows = [row for row in await thread.play.stand.outbox.all() if row.reply_id not in before]
    return kinds([row for row in rows if row.kind.startswith("approval")])


async def test_an_approver_is_reminded_once_and_then_it_ends(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()
    assert await _look(thread) == []

    play.clock.advance(2 * _DAY + 1)
    assert await _look(thread) == [(BOB, "approval_reminded")]
    assert await _look(thread) == []
    play.clock.advance(28 * _DAY)
    assert await _look(thread) == [(ANNA, "approval_ended")]
    assert await _look(thread) == []

    assert (await thread.approval()).state is ApprovalState.ENDED
    record, rows = await thread.says(BOB, "ok", to=request)
    assert (record.command_id, kinds(rows)) == (None, [(BOB, "approval_ended")])


async def test_an_answer_to_the_reminder_counts(play: Play) -> None:
    thread = await Thread.begin(play)
    await thread.asked()
    play.clock.advance(2 * _DAY + 1)
    await _look(thread)
    reminder = next(row for row in await play.stand.outbox.all() if row.kind == "approval_reminded")

    record, _ = await thread.says(BOB, "ok", to=reminder)

    assert (await thread.publishing(record)).commit == f"{1:040x}"


async def test_an_answer_after_the_end_counts_for_nothing_even_before_the_timer(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()
    play.clock.advance(30 * _DAY + 1)

    record, rows = await thread.says(BOB, "ok", to=request)

    assert (record.command_id, kinds(rows)) == (None, [(BOB, "approval_ended")])


async def test_nobody_is_reminded_of_what_was_replaced(play: Play) -> None:
    thread = await Thread.begin(play)
    await thread.asked()
    edit, _ = await thread.says(ANNA, "Please make the title red")
    await thread.done(edit)

    play.clock.advance(2 * _DAY + 1)

    assert await _look(thread) == []
    assert (await thread.approval()).state is ApprovalState.REPLACED


async def test_two_replicas_remind_once(play: Play) -> None:
    thread = await Thread.begin(play)
    await thread.asked()
    other = await play.gateway(project={"owners": [ANNA, BOB], "live": {"approvers": [BOB]}})
    play.clock.advance(2 * _DAY + 1)

    approval = await thread.approval()
    await other.sweeper._due.approvals.redo(approval.approval_id)

    assert await _look(thread) == []
    reminders = [row for row in await play.stand.outbox.all() if row.kind == "approval_reminded"]
    assert [row.recipient for row in reminders] == [BOB]
