"""From "put it online" to the command that publishes: who is asked, whose yes counts, and for what."""

from __future__ import annotations

import pytest

from hermes.domain import wire
from hermes.domain.commands import CommandState
from hermes.domain.mails import Outcome
from hermes.domain.publishing.approvals import ApprovalState
from hermes.domain.request import CommandType
from tests.integration.gateway.live.thread import EVE, JOE, Thread, kinds
from tests.integration.gateway.play import ANNA, BOB, Play
from tests.integration.gateway.postbox import text_of_raw


async def test_a_client_asks_an_agency_approves_and_everybody_is_told(play: Play) -> None:
    thread = await Thread.begin(play)
    told, (request,) = await thread.asked()
    assert (told.kind, request.recipient) == ("approval_requested", BOB)
    assert BOB in text_of_raw(told.raw)
    assert "Please update the homepage title" in text_of_raw(request.raw)
    assert ANNA in text_of_raw(request.raw)

    record, rows = await thread.says(BOB, "ok", to=request)

    command = await thread.command(record)
    assert (record.outcome, command.type, rows) == (Outcome.COMMAND, CommandType.PUBLISH, [])
    plan = await thread.publishing(record)
    assert (plan.commit, plan.base, plan.takes_back) == (f"{1:040x}", "f" * 40, False)
    assert [one.email for one in plan.approved_by] == [BOB]
    approval = await thread.approval()
    assert (approval.state, approval.published_by) == (ApprovalState.APPROVED, command.command_id)
    reply = await thread.done(record, preview_url="https://www.acme.example")
    assert (reply.kind, reply.recipient, reply.copies) == ("published", BOB, (ANNA,))
    assert "https://www.acme.example" in text_of_raw(reply.raw)


async def test_an_approvers_own_word_is_enough(play: Play) -> None:
    thread = await Thread.begin(play)

    record, _ = await thread.says(BOB, "Looks good, please put it live", references=[thread.root])

    assert record.outcome is Outcome.CONTROL or record.command_id  # Bob takes no part in Anna's thread
    thread = await Thread.begin(play, approvers=[ANNA, BOB])
    record, _ = await thread.says(ANNA, "Freigegeben, bitte online stellen")
    assert (await thread.publishing(record)).commit == f"{1:040x}"
    assert (await thread.approval()).state is ApprovalState.APPROVED


async def test_an_approvers_thumb_to_our_result_is_enough(play: Play) -> None:
    thread = await Thread.begin(play, approvers=[ANNA])
    (result,) = [row for row in await play.stand.outbox.all() if row.kind == "succeeded"]

    record, _ = await thread.says(ANNA, "👍", to=result)

    assert (await thread.publishing(record)).commit == f"{1:040x}"
    record, rows = await thread.says(ANNA, "👍")
    assert (record.command_id, rows) == (None, []), "to a mail of her own it is a courtesy"


async def test_a_second_yes_publishes_nothing_again(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()
    first, _ = await thread.says(BOB, "Yes", to=request)

    during, rows = await thread.says(BOB, "Yes!", to=request)
    assert (during.command_id, kinds(rows)) == (None, [(BOB, "live_already")])
    await thread.done(first)
    after, rows = await thread.says(BOB, "yes", to=request)
    assert (after.command_id, kinds(rows)) == (None, [(BOB, "live_already")])
    (again, rows) = await thread.says(ANNA, "publish")
    assert (again.command_id, kinds(rows)) == (None, [(ANNA, "live_already")])


async def test_a_yes_to_what_was_replaced_is_refused_in_words(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()
    edit, _ = await thread.says(ANNA, "Please make the title red")
    record, rows = await thread.says(BOB, "ok", to=request)
    assert (record.command_id, kinds(rows)) == (None, [(BOB, "not_finished")])
    done = await thread.done(edit)
    assert "needs a yes of its own" in text_of_raw(done.raw)

    record, rows = await thread.says(BOB, "ok", to=request)
    assert (record.command_id, kinds(rows)) == (None, [(BOB, "approval_replaced")])

    _, (newer,) = await thread.asked()
    record, rows = await thread.says(BOB, "approve", to=request)
    assert (record.command_id, kinds(rows)) == (None, [(BOB, "approval_replaced")])
    record, _ = await thread.says(BOB, "approve", to=newer)
    assert (await thread.publishing(record)).commit == f"{2:040x}"


async def test_an_approver_who_answers_an_older_result_approves_nothing(play: Play) -> None:
    thread = await Thread.begin(play, approvers=[ANNA])
    (old,) = [row for row in await play.stand.outbox.all() if row.kind == "succeeded"]
    edit, _ = await thread.says(ANNA, "Please make the title red")
    await thread.done(edit)

    record, rows = await thread.says(ANNA, "publish", to=old)

    assert (record.command_id, kinds(rows)) == (None, [(ANNA, "approval_replaced")])


async def test_a_no_goes_back_with_the_words_and_a_request_is_a_command(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()

    edit, _ = await thread.says(BOB, "No, please make the logo smaller", to=request)
    assert (await thread.command(edit)).type is CommandType.EDIT
    await thread.done(edit, success=True)
    _, (request,) = await thread.asked()
    record, rows = await thread.says(BOB, "No, the price is wrong", to=request)

    assert record.command_id is None
    first = next(row for row in rows if row.recipient == ANNA)
    assert first.kind == "approval_declined"
    assert "the price is wrong" in text_of_raw(first.raw)
    assert BOB in [row.recipient for row in rows]
    states = {one.state for one in await thread.approvals()}
    assert ApprovalState.DECLINED in states
    record, rows = await thread.says(BOB, "yes", to=request)
    assert (record.command_id, kinds(rows)) == (None, [(BOB, "approval_replaced")])


async def test_only_an_approver_can_say_yes(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()

    record, rows = await thread.says(ANNA, "approve", to=request)
    assert (record.command_id, kinds(rows)) == (None, [(ANNA, "approval_waits")])
    stranger, _ = await thread.says("mallory@evil.example", "approve", to=request)
    assert stranger.outcome is Outcome.REFUSED
    other, _ = await thread.says(JOE, "approve", to=request)  # the mail was forwarded to another owner
    assert other.session_id != (await thread.approval()).session_id
    forged, _ = await thread.says(BOB, "approve", to=request, trusted=False)
    assert (forged.outcome, forged.reason.partition(":")[0]) == (Outcome.REFUSED, "not_authenticated") or (
        forged.outcome is Outcome.REFUSED
    )
    assert (await thread.approval()).state is ApprovalState.WAITING


async def test_two_approvers_are_needed_where_the_project_says_so(play: Play) -> None:
    thread = await Thread.begin(play, needs=2, approvers=[BOB, EVE])
    _, requests = await thread.asked()
    assert sorted(row.recipient for row in requests) == sorted([BOB, EVE])
    bobs = next(row for row in requests if row.recipient == BOB)
    eves = next(row for row in requests if row.recipient == EVE)

    for _ in range(2):
        record, rows = await thread.says(BOB, "yes", to=bobs)
        assert (record.command_id, kinds(rows)) == (None, [(BOB, "approval_noted")])
    record, _ = await thread.says(EVE, "yes", to=eves)

    assert [one.email for one in (await thread.publishing(record)).approved_by] == [BOB, EVE]


async def test_another_person_is_needed_where_the_project_says_so(play: Play) -> None:
    thread = await Thread.begin(play, needs="another", approvers=[ANNA, BOB])
    record, rows = await thread.says(ANNA, "publish")
    assert record.command_id is None
    assert kinds(rows) == [(ANNA, "approval_requested"), (BOB, "approval_asked")]

    record, rows = await thread.says(ANNA, "approve")
    assert (record.command_id, kinds(rows)) == (None, [(ANNA, "approval_noted")])
    request = next(row for row in await play.stand.outbox.all() if row.kind == "approval_asked")
    record, _ = await thread.says(BOB, "approve", to=request)
    assert record.command_id is not None


async def test_a_change_after_the_yes_needs_a_yes_of_its_own(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()
    publish, _ = await thread.says(BOB, "ok", to=request)

    edit, _ = await thread.says(ANNA, "Please make the title red")  # before it was pushed

    assert (await thread.command(publish)).state is CommandState.INTERRUPTED
    await thread.done(edit)
    record, rows = await thread.says(BOB, "ok", to=request)
    assert record.command_id is None
    assert [row.kind for row in rows] in (["live_already"], ["approval_replaced"])
    record, rows = await thread.says(ANNA, "publish")
    assert (BOB, "approval_asked") in kinds(rows)


@pytest.mark.parametrize("facts", [{"success": False, "error": "no"}, {"pushed": False}, {"branch": "hermes/side/x"}])
async def test_work_that_is_not_finished_does_not_go_live(play: Play, facts: dict[str, object]) -> None:
    thread = await Thread.begin(play, approvers=[ANNA])
    edit, _ = await thread.says(ANNA, "Please make the title red")
    await thread.done(edit, **facts)

    record, rows = await thread.says(ANNA, "publish")

    assert (record.command_id, kinds(rows)) == (None, [(ANNA, "not_finished")])


async def test_an_undo_of_what_is_live_goes_the_same_way(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()
    publish, _ = await thread.says(BOB, "ok", to=request)
    await thread.done(publish)

    record, rows = await thread.says(ANNA, "undo")
    assert record.command_id is None
    (question,) = [row for row in rows if row.kind == "approval_asked"]
    assert "taken back" in text_of_raw(question.raw)
    back, _ = await thread.says(BOB, "ja", to=question)

    plan = await thread.publishing(back)
    assert (plan.takes_back, plan.commit) == (True, f"{2:040x}")
    reply = await thread.done(back)
    assert (reply.kind, reply.copies) == ("taken_back", (ANNA,))
    nothing, rows = await thread.says(ANNA, "publish")
    assert (nothing.command_id, kinds(rows)) == (None, [(ANNA, "nothing_to_publish")])


async def test_an_undo_of_what_is_not_live_stays_in_the_thread(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()
    publish, _ = await thread.says(BOB, "ok", to=request)
    await thread.done(publish)
    edit, _ = await thread.says(ANNA, "Please make the title red")
    await thread.done(edit)

    record, _ = await thread.says(ANNA, "undo")
    assert (await thread.command(record)).type is CommandType.UNDO
    await thread.done(record, undone="x")
    _, rows = await thread.says(ANNA, "undo")
    assert (BOB, "approval_asked") in kinds(rows)


async def test_a_stop_takes_the_wish_back(play: Play) -> None:
    thread = await Thread.begin(play)
    _, (request,) = await thread.asked()
    await thread.says(ANNA, "stop")

    record, rows = await thread.says(BOB, "ok", to=request)

    assert (record.command_id, kinds(rows)) == (None, [(BOB, "approval_replaced")])


async def test_where_nothing_goes_live_by_hermes_nothing_waits(play: Play) -> None:
    thread = await Thread.begin(play, mode="off")
    record, rows = await thread.says(ANNA, "publish")
    assert (record.command_id, kinds(rows)) == (None, [(ANNA, "nothing_waits")])


async def test_the_question_shows_what_changed(play: Play) -> None:
    thread = await Thread.begin(play)
    record, _ = await thread.says(ANNA, "Please open at nine")
    command = await thread.command(record)
    key = f"shown/{command.session_id}/1.png"
    await play.stand.objects.put(key, b"\x89PNG\r\n\x1a\n")
    picture = wire.Picture(key=key, page="/", title="Home", view=wire.PictureView.PHONE, after=True, width=9, height=9)
    change = wire.TextChange(before="Opening hours 8–17", after="9–17")
    await thread.done(record, pictures=(picture,), text_changes=(change,))

    _, (request,) = await thread.asked()

    assert request.apart == (key,)
    assert "„Opening hours 8–17“ → „9–17“" in text_of_raw(request.raw)
    assert "„Home“ am Handy" in text_of_raw(request.raw)


async def test_a_yes_to_somebody_elses_mail_is_no_yes_to_a_version_that_nobody_showed(play: Play) -> None:
    thread = await Thread.begin(play)
    await thread.asked()
    edit, _ = await thread.says(ANNA, "Please make the title red")
    await thread.done(edit)

    record, rows = await thread.says(BOB, "ok")

    assert (record.command_id, kinds(rows)) == (None, [(BOB, "approval_replaced")])


async def test_a_yes_where_nothing_was_asked_brings_nothing_live(play: Play) -> None:
    thread = await Thread.begin(play)

    record, rows = await thread.says(BOB, "Yes, go ahead")

    assert record.command_id is None
    assert "approval" not in str(kinds(rows))
    assert await thread.approvals() == []
