"""Control words and policies."""

from __future__ import annotations

from hermes.domain.active_job import ActiveJob
from hermes.domain.commands import CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.mails import Outcome
from tests.integration.gateway.play import Play
from tests.integration.gateway.postbox import text_of


async def test_stop_interrupts_what_runs_and_its_reply_is_the_answer(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()

    stop_id, record = await play.mail(gateway, "stop", answers=first_id)
    interrupt = await worker.interrupt()
    await worker.yield_to(command, interrupt)
    reply = await play.sent(first)

    assert (record.outcome, record.reason, record.session_id) == (Outcome.CONTROL, "stop", first.session_id)
    assert interrupt.reason is InterruptReason.USER_CANCELLED
    assert interrupt.below_seq > command.seq
    assert (await play.command(first)).state is CommandState.INTERRUPTED
    assert reply.kind == "interrupted"
    assert "You asked to stop" in text_of(play.postbox.answers_to(first_id)[0])
    assert play.postbox.answers_to(stop_id) == []


async def test_stop_where_nothing_runs_is_answered(play: Play) -> None:
    gateway = await play.gateway()

    _, lonely = await play.mail(gateway, "Stop!")
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)
    _, after = await play.mail(gateway, "cancel", answers=first_id)

    assert (await play.sent(lonely)).kind == "stopped_nothing"
    assert (await play.sent(after)).kind == "stopped_nothing"
    assert lonely.session_id is None
    assert after.session_id == first.session_id


async def test_stop_ends_queued_commands_too_each_with_its_reply(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    queued = [(await play.mail(gateway, f"/queue\r\nThen {n}", answers=first_id))[1] for n in range(2)]

    await play.mail(gateway, "stop", answers=first_id)
    await worker.yield_to(command, await worker.interrupt())
    for record in (first, *queued):
        assert (await play.ended(record)).state is CommandState.INTERRUPTED
        assert (await play.sent(record)).kind == "interrupted"

    assert len(await play.stand.outbox.all()) == 3
    assert await worker.waiting(worker.input_url) == []


async def test_a_command_after_a_stop_runs(play: Play) -> None:
    gateway = await play.gateway()
    first_id, _ = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    await play.mail(gateway, "stop", answers=first_id)
    await worker.yield_to(command, await worker.interrupt())

    _, second = await play.mail(gateway, "Change the title", answers=first_id)
    again = await worker.begin()

    assert again.command_id == second.command_id


async def test_a_stop_that_comes_late_leaves_the_newer_command_alone(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page", order=10.0)
    worker = await play.worker()
    running = await worker.begin()
    _, newer = await play.mail(gateway, "/queue\r\nThen the title", answers=first_id, order=30.0)

    await play.mail(gateway, "stop", answers=first_id, order=20.0)
    await worker.yield_to(running, await worker.interrupt())

    assert (await play.ended(first)).state is CommandState.INTERRUPTED
    command = await worker.begin()
    assert command.command_id == newer.command_id
    _, late = await play.mail(gateway, "stop", answers=first_id, order=25.0)
    assert (await play.sent(late)).kind == "stopped_nothing"
    assert (await play.command(newer)).state is CommandState.RUNNING


async def test_status_says_what_runs_and_what_waits_and_waits_for_nothing(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()
    await play.mail(gateway, "/queue\r\nThen the title", answers=first_id)

    status_id, record = await play.mail(gateway, "Status?", answers=first_id)
    reply = await play.sent(record)
    text = text_of(play.postbox.answers_to(status_id)[0])

    assert (record.outcome, record.session_id, reply.kind) == (Outcome.CONTROL, first.session_id, "status")
    assert "Rework the page" in text
    assert "Then the title" in text
    assert (await play.command(first)).state is CommandState.RUNNING


async def test_queued_commands_run_in_order_each_after_the_one_before(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    records = [(await play.mail(gateway, f"/queue\r\nThen {n}", answers=first_id))[1] for n in range(3)]
    assert await worker.waiting(worker.input_url) == []

    ran = []
    await worker.succeed(command)
    for record in records:
        command = await worker.begin()
        ran.append(command.instruction)
        assert command.command_id == record.command_id
        assert await worker.waiting(worker.input_url) == []
        await worker.succeed(command)

    assert ran == ["Then 0", "Then 1", "Then 2"]
    for record in (first, *records):
        assert (await play.sent(record)).kind == "succeeded"


async def test_a_queued_command_goes_on_though_the_end_before_it_was_missed(play: Play) -> None:
    dying, living = await play.gateway(), await play.gateway()
    first_id, _ = await play.mail(dying, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    _, queued = await play.mail(dying, "/queue\r\nThen the title", answers=first_id)
    await play.kill(dying)
    result = await worker.succeed(command)

    await living.finisher.finish(result)  # and the process dies before it sends the next
    play.clock.advance(25)
    await living.sweeper.sweep()

    assert (await worker.begin()).command_id == queued.command_id


async def test_waiting_for_a_long_command_is_no_failure_to_start(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    _, queued = await play.mail(gateway, "/queue\r\nThen the title", answers=first_id)

    play.clock.advance(1500)
    await worker.beat()
    await gateway.sweeper.sweep()
    await worker.succeed(command)
    await play.ended(first)
    play.clock.advance(30)
    await gateway.sweeper.sweep()

    assert (await worker.begin()).command_id == queued.command_id


async def test_interrupt_as_the_first_line_overrides_the_projects_policy(play: Play) -> None:
    gateway = await play.gateway(project={"policy": "queue"})
    first_id, _ = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()

    _, waits = await play.mail(gateway, "Then the title", answers=first_id)
    _, now = await play.mail(gateway, "/interrupt\r\nThe footer first", answers=first_id)
    interrupt = await worker.interrupt()

    assert (waits.reason, now.reason) == ("wait", "replace")
    assert (await play.ended(waits)).state is CommandState.INTERRUPTED
    assert interrupt.interrupted_by == now.command_id


async def test_reject_refuses_what_comes_meanwhile_and_says_so(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()

    _, refused = await play.mail(gateway, "/reject\r\nChange the title", answers=first_id)

    assert (refused.outcome, refused.reason, refused.command_id) == (Outcome.REFUSED, "busy", None)
    assert (await play.sent(refused)).kind == "busy"
    assert (await play.command(first)).state is CommandState.RUNNING


async def test_merge_waits_its_turn_where_the_command_has_begun(play: Play) -> None:
    gateway = await play.gateway()
    first_id, _ = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()

    _, merged = await play.mail(gateway, "/merge\r\nAnd the title", answers=first_id)
    await worker.succeed(command)

    assert merged.reason == "wait"
    assert (await worker.begin()).command_id == merged.command_id


async def test_a_mail_that_is_read_after_a_later_stop_never_starts(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)

    await play.mail(gateway, "stop", answers=first_id, order=2000.0)
    _, late = await play.mail(gateway, "Change the title", answers=first_id, order=1990.0)

    assert late.reason == "late"
    command = await play.command(late)
    assert command.state is CommandState.INTERRUPTED
    assert command.interruption is not None
    assert command.interruption.reason is InterruptReason.USER_CANCELLED
    assert (await play.sent(late)).kind == "interrupted"


async def test_status_says_at_which_step_what_runs_is_and_what_runs_or_waits_elsewhere(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()
    _, other = await play.mail(gateway, "Fix the phone number", subject="Contact")
    elsewhere = await worker.begin()
    await play.mail(gateway, "/queue\r\nThen the fax", subject="Fax")
    jobs = [
        ActiveJob(command_id=one.command_id, session_id=one.session_id, attempt=1, type="edit", step=step, began_at=0.0,
                  expires_at=play.clock.time() + 60)
        for one, step in ((running, "agent"), (elsewhere, "of_the_future"))
    ]  # fmt: skip
    await gateway.records.active_jobs.show(worker.key, gen=worker.gen, task_arn=worker.task, jobs=jobs)

    status_id, record = await play.mail(gateway, "How far are you?", answers=first_id)
    await play.sent(record)
    text = " ".join(text_of(play.postbox.answers_to(status_id)[0]).split())

    assert "State: being worked on – making the change" in text
    assert "“Fix the phone number”: being worked on" in text
    assert "“Then the fax”: accepted, about to start" in text
    assert (await play.command(first)).state is CommandState.RUNNING
    assert (await play.command(other)).state is CommandState.RUNNING


async def test_a_stop_in_another_thread_says_what_waits_elsewhere(play: Play) -> None:
    gateway = await play.gateway()
    await play.mail(gateway, "Rework the page")
    stop_id, record = await play.mail(gateway, "stop", subject="Hello")
    assert (await play.sent(record)).kind == "stopped_nothing"
    text = " ".join(text_of(play.postbox.answers_to(stop_id)[0]).split())
    assert "“Rework the page”: accepted" in text
    assert "in the conversation that it belongs to" in text


async def test_a_question_is_answered_with_the_link_to_what_was_made(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    made = await worker.begin()
    await worker.finish(
        made, success=True, git_commit="a" * 40, pushed=True, preview_url="https://preview.example.com/page"
    )
    await play.ended(first)

    asked_id, asked = await play.mail(gateway, "Where can I see it?", answers=first_id)
    question = await worker.begin()
    await worker.finish(question, success=True, summary="On the preview of your page.")
    assert (await play.sent(asked)).kind == "answered"
    text = text_of(play.postbox.answers_to(asked_id)[0])
    assert text.startswith("On the preview of your page.")
    assert "https://preview.example.com/page" in text


_HEADERS = ("MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"')
_YES_AND_A_FILE = (
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYes\r\n"
    '--b\r\nContent-Type: application/pdf; name="menu.pdf"\r\nContent-Disposition: attachment; filename="menu.pdf"\r\n\r\n'
    "%PDF-1.4\r\n--b--\r\n"
)


async def test_yes_with_a_file_is_an_answer_where_something_was_asked_and_else_asks_what_the_file_is_for(
    play: Play,
) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()

    yes_id, nobody_asked = await play.mail(gateway, _YES_AND_A_FILE, answers=first_id, headers=_HEADERS)
    assert (await play.sent(nobody_asked)).kind == "only_files"
    assert "menu.pdf" in text_of(play.postbox.answers_to(yes_id)[0])
    assert (await play.command(first)).state is CommandState.RUNNING

    await worker.finish(running, needs_input="Is the new menu ready?")
    await play.ended(first)
    _, answered = await play.mail(gateway, _YES_AND_A_FILE.replace("1.4", "1.5"), answers=first_id, headers=_HEADERS)
    command = await worker.begin()
    assert command.command_id == answered.command_id
    assert [ref.name for ref in command.context.attachments] == ["menu.pdf"]
