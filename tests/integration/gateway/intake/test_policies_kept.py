"""The policy of a thread: set by a mail for those after it, told, and taken back."""

from __future__ import annotations

from hermes.domain.commands import CommandState
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.request import Policy
from tests.integration.gateway.play import Dropped, Play
from tests.integration.gateway.postbox import text_of


async def _policy(play: Play, record: MailRecord) -> Policy | None:
    session = await play.stand.sessions.get(record.session_id or "")
    assert session is not None
    return session.policy


async def _told(play: Play, record: MailRecord, message_id: str) -> str:
    await play.sent(record)
    return " ".join(text_of(play.postbox.answers_to(message_id)[-1]).split())


async def test_a_request_may_set_the_policy_for_the_mails_after_it(play: Play) -> None:
    gateway = await play.gateway()
    message_id, first = await play.mail(gateway, "/queue always\n\nRework the page")
    worker = await play.worker()
    running = await worker.begin()
    second_id, second = await play.mail(gateway, "Change the title", answers=message_id)

    assert running.instruction == "Rework the page"
    assert (await _policy(play, first), second.reason) == (Policy.QUEUE, "wait")
    assert (await play.command(first)).state is CommandState.RUNNING
    await worker.succeed(running)
    told = await _told(play, first, message_id)
    assert "Messages in this conversation are worked on one after the other. That applies from now on." in told
    later = await worker.begin()
    await worker.succeed(later)
    assert "from now on" not in await _told(play, second, second_id)


async def test_it_may_be_set_alone_and_taken_back(play: Play) -> None:
    gateway = await play.gateway(project={"policy": "reject"})
    message_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()

    kept_id, kept = await play.mail(gateway, "/merge always", answers=message_id)
    assert (kept.outcome, kept.reason) == (Outcome.CONTROL, "policy")
    assert "done together. That applies from now on." in await _told(play, kept, kept_id)
    assert await _policy(play, first) is Policy.MERGE
    status_id, status = await play.mail(gateway, "status", answers=message_id)
    assert "done together" in await _told(play, status, status_id)

    back_id, back = await play.mail(gateway, "/default", answers=message_id)
    told = await _told(play, back, back_id)
    assert "follows the usual way of the project again" in told
    assert "turned away" in told
    assert await _policy(play, first) is None
    _, refused = await play.mail(gateway, "Change the title", answers=message_id)
    assert refused.outcome is Outcome.REFUSED
    assert running.seq == 1


async def test_a_request_that_another_joins_says_it_too(play: Play) -> None:
    gateway = await play.gateway(gateway={"collect_seconds": 30})
    message_id, first = await play.mail(gateway, "/merge always\n\nRework the page")
    await play.mail(gateway, "Change the title", answers=message_id)

    told = await _told(play, first, message_id)
    assert "in one go" in told
    assert "That applies from now on." in told


async def test_one_mails_own_word_goes_before_the_threads(play: Play) -> None:
    gateway = await play.gateway()
    message_id, first = await play.mail(gateway, "/queue always\n\nRework the page")
    await (await play.worker()).begin()

    _, urgent = await play.mail(gateway, "/interrupt\n\nChange the title", answers=message_id)
    assert urgent.reason == "supersede"
    assert await _policy(play, first) is Policy.QUEUE


async def test_an_older_word_that_comes_late_changes_nothing(play: Play) -> None:
    gateway = await play.gateway()
    message_id, first = await play.mail(gateway, "Rework the page")
    older, newer = play.order(), play.order()
    await play.mail(gateway, "/queue always", answers=message_id, order=newer)
    late_id, late = await play.mail(gateway, "/reject always", answers=message_id, order=older)

    assert await _policy(play, first) is Policy.QUEUE
    assert "one after the other" in await _told(play, late, late_id)


async def test_a_thread_that_has_not_begun_has_none(play: Play) -> None:
    gateway = await play.gateway()
    message_id, record = await play.mail(gateway, "/queue always")

    assert (record.outcome, record.session_id) == (Outcome.CONTROL, None)
    assert "There is no conversation yet" in await _told(play, record, message_id)


async def test_a_gateway_that_dies_after_its_transaction_has_set_it(play: Play) -> None:
    gateway = await play.gateway()
    gateway.processor._follow_ups = Dropped()
    message_id, first = await play.mail(gateway, "Rework the page")
    letter = await play.letter("/queue always", answers=message_id)
    order = play.order()
    once = await gateway.processor.handle(letter.pointer, order=order)
    again = await gateway.processor.handle(letter.pointer, order=order)

    assert (again.mail_id, again.token) == (once.mail_id, once.token)
    assert await _policy(play, first) is Policy.QUEUE
