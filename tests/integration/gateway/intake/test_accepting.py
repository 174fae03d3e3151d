"""The accepting transaction: one mail, one outcome, whatever meets it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hermes import errors
from hermes.app.gateway import Gateway
from hermes.domain.commands import CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.mails import MailRecord, Outcome
from hermes.gateway.commands import interrupt_first
from tests import direct
from tests.integration.gateway.play import ANNA, BOB, SHOP, SITE, Dropped, Play

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.


async def test_a_first_mail_begins_a_session_and_its_command_is_sent(play: Play) -> None:
    gateway = await play.gateway()

    message_id, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()

    assert (record.outcome, record.reason, record.message_id) == (Outcome.COMMAND, "run", message_id)
    assert (command.command_id, command.instruction, command.attempt) == (record.command_id, "Rework the page", 1)
    session = await play.stand.sessions.get(command.session_id)
    assert session is not None
    assert (session.owner, session.head, session.seq) == (ANNA, record.command_id, 1)
    assert (await play.command(record)).state is CommandState.RUNNING


async def test_a_second_mail_of_the_thread_supersedes_by_record_and_by_message(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()

    _, second = await play.mail(gateway, "Change the title", answers=first_id)
    old = await play.command(first)
    interrupt = await worker.interrupt()

    assert second.reason == "supersede"
    assert second.session_id == first.session_id
    assert old.state is CommandState.INTERRUPTING
    assert old.interruption is not None
    assert (old.interruption.reason, old.interruption.interrupted_by) == (
        InterruptReason.PRIORITY_OVERRIDE,
        second.command_id,
    )
    assert running.seq < interrupt.below_seq <= running.seq + 1
    assert interrupt.interrupted_by == second.command_id


class HeldBack:
    """The queues of a gateway, whose interrupts leave only when they are let go."""

    def __init__(self, gateway: Gateway) -> None:
        self.asked, self.let_go = asyncio.Event(), asyncio.Event()
        self._send = gateway.records.queues.send
        gateway.records.queues.send = self._sending  # type: ignore[method-assign]

    async def _sending(self, url: str, body: str, **more: Any) -> str:
        if "interrupts" in url:
            self.asked.set()
            await self.let_go.wait()
        return await self._send(url, body, **more)


@pytest.mark.parametrize("sqs", ["slow", "silent"])
async def test_an_interrupt_goes_before_the_command_that_interrupts_but_keeps_it_waiting_only_a_while(
    play: Play, monkeypatch: pytest.MonkeyPatch, sqs: str
) -> None:
    monkeypatch.setattr(interrupt_first, "INTERRUPT_SEND_SECONDS", 60.0 if sqs == "slow" else 0.1)
    monkeypatch.setattr(interrupt_first, "INTERRUPT_LEAD_SECONDS", 0.0)
    gateway = await play.gateway()
    first_id, _ = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()
    held = HeldBack(gateway)

    _, second = await play.mail(gateway, "Change the title", answers=first_id)
    async with asyncio.timeout(60):
        await held.asked.wait()
    if sqs == "slow":
        for _ in range(20):
            container = await play.stand.containers.get(worker.key)
            assert container is not None
            assert container.dispatched_seq == 1, "nothing but the interrupt is on its way"
        held.let_go.set()
        assert (await worker.interrupt()).session_id == running.session_id
    await worker.finish(running, interrupted=True, interrupt_reason=InterruptReason.PRIORITY_OVERRIDE)

    assert (await worker.begin()).command_id == second.command_id
    held.let_go.set()


async def test_an_answer_to_our_own_reply_finds_the_session(play: Play) -> None:
    gateway = await play.gateway()
    _, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    reply = await play.sent(first)

    _, second = await play.mail(gateway, "And the footer", answers=reply.message_id)

    assert (second.session_id, second.reason) == (first.session_id, "run")


async def test_references_find_the_session_where_in_reply_to_does_not(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")

    _, second = await play.mail(
        gateway, "Change the title", answers="<unknown@example.org>", references=[first_id, "<other@example.org>"]
    )

    assert second.session_id == first.session_id
    assert "<unknown@example.org>: unknown" in second.trace
    assert f"{first_id}: session {first.session_id}" in second.trace


async def test_an_answer_that_comes_before_its_question_is_of_the_same_session(play: Play) -> None:
    gateway = await play.gateway()

    _, answer = await play.mail(gateway, "And the footer", answers="<first@example.org>", order=20.0)
    _, question = await play.mail(gateway, "Rework the page", message_id="<first@example.org>", order=10.0)

    assert question.session_id == answer.session_id


async def test_an_older_mail_that_comes_later_never_supersedes(play: Play) -> None:
    gateway = await play.gateway()
    first_id, _ = await play.mail(gateway, "Rework the page", order=10.0)
    _, newer = await play.mail(gateway, "Change the title", answers=first_id, order=30.0)

    _, older = await play.mail(gateway, "Change the footer", answers=first_id, order=20.0)

    assert older.reason == "late"
    late, standing = await play.command(older), await play.command(newer)
    assert (late.state, standing.state) == (CommandState.INTERRUPTED, CommandState.ACCEPTED)
    assert (await play.sent(older)).kind == "interrupted"


async def test_a_command_that_has_not_started_is_replaced_and_never_starts(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    taken = await worker.take()

    _, second = await play.mail(gateway, "Change the title", answers=first_id)

    assert second.reason == "replace"
    with pytest.raises(errors.ConditionFailed):
        await worker.claim(taken)
    assert (await play.sent(first)).kind == "interrupted"
    assert (await play.command(first)).state is CommandState.INTERRUPTED


async def test_two_gateways_with_the_same_mail_make_one_command(play: Play) -> None:
    gateways = [await play.gateway(), await play.gateway()]
    letter = await play.letter("Rework the page")

    records = await asyncio.gather(
        *(gateway.processor.handle(letter.pointer, order=10.0) for gateway in gateways for _ in range(2))
    )

    assert len({record.command_id for record in records}) == 1
    assert len({record.token for record in records}) == 1
    assert [r.outcome for r in await play.stand.sessions.all_mails()] == [Outcome.COMMAND]
    assert len(play.named("mail.command")) == 1
    worker = await play.worker()
    await worker.begin()
    assert await worker.waiting(worker.input_url) == []


async def test_a_copy_that_another_gateway_records_between_two_looks_does_not_take_the_place_of_itself(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = await play.gateway(), await play.gateway()
    first_id, _ = await play.mail(ours, "Rework the page")
    pointer = (await play.letter("Change the title", answers=first_id)).pointer
    search = ours.processor._acceptor._search
    find, order = search.session, play.order()
    theirs_was: list[MailRecord] = []

    async def meanwhile(*given: Any) -> Any:
        if not theirs_was:
            theirs_was.append(await theirs.processor.handle(pointer, order=order))
        return await find(*given)

    monkeypatch.setattr(search, "session", meanwhile)
    record = await ours.processor.handle(pointer, order=order)

    assert (record.mail_id, record.token, record.reason) == (theirs_was[0].mail_id, theirs_was[0].token, "replace")


async def test_a_copy_with_other_text_is_seen_and_not_run(play: Play) -> None:
    gateway = await play.gateway()
    message_id, first = await play.mail(gateway, "Rework the page")

    _, copy = await play.mail(gateway, "Delete everything", message_id=message_id)

    assert (copy.outcome, copy.content == first.content, copy.mail_id == first.mail_id) == (
        Outcome.IGNORED,
        False,
        False,
    )
    assert len(play.named("security.changed_copy")) == 1
    assert (await play.command(first)).instruction == "Rework the page"


async def test_one_mail_to_two_projects_begins_two_sessions(play: Play) -> None:
    gateway = await play.gateway()

    message_id, one = await play.mail(gateway, "Rework the page", to=SITE)
    _, other = await play.mail(gateway, "Rework the page", to=SHOP, message_id=message_id)

    assert one.session_id != other.session_id
    assert (one.outcome, other.outcome) == (Outcome.COMMAND, Outcome.COMMAND)


@pytest.mark.parametrize("second", ["www@agent.example.com", "site+detail@agent.example.com"])
async def test_one_mail_to_two_addresses_of_a_project_is_one_command(play: Play, second: str) -> None:
    gateway = await play.gateway()

    message_id, one = await play.mail(gateway, "Rework the page", to=SITE)
    _, other = await play.mail(gateway, "Rework the page", to=second, message_id=message_id)

    assert one.command_id == other.command_id
    assert (await play.command(one)).state is CommandState.ACCEPTED


async def test_an_answer_in_a_thread_of_another_owner_begins_a_session_of_its_own(play: Play) -> None:
    gateway = await play.gateway()
    first_id, annas = await play.mail(gateway, "Rework the page")

    _, bobs = await play.mail(gateway, "Change the title", sender=BOB, answers=first_id)

    assert bobs.session_id != annas.session_id
    assert (await play.command(annas)).state is CommandState.ACCEPTED
    assert [event.facts["session_id"] for event in play.named("security.foreign_session")] == [annas.session_id]


async def test_a_forged_copy_that_comes_first_does_not_take_the_place_of_the_mail(play: Play) -> None:
    gateway = await play.gateway()

    _, forged = await play.mail(gateway, "Delete everything", message_id="<known@example.org>", trusted=False)
    _, true = await play.mail(gateway, "Rework the page", message_id="<known@example.org>")

    assert (forged.outcome, true.outcome) == (Outcome.REFUSED, Outcome.COMMAND)


async def test_ids_that_another_session_holds_keep_no_mail_back(play: Play) -> None:
    gateway = await play.gateway()
    ids = [f"<{number}@example.org>" for number in range(100)]
    _, bobs = await play.mail(gateway, "Change the title", sender=BOB, answers=ids[0], message_id=ids[1])

    _, annas = await play.mail(gateway, "Rework the page", references=ids, answers=ids[0], message_id=ids[-1])
    _, late = await play.mail(gateway, "And more", references=[*ids[2:], "<x@y>"], message_id=ids[1], to=SITE)

    assert annas.outcome is Outcome.COMMAND
    assert annas.session_id != bobs.session_id
    assert late.outcome is Outcome.IGNORED
    assert bobs.mail_id in late.reason


async def test_ids_longer_than_a_key_are_left_out(play: Play) -> None:
    gateway = await play.gateway()
    endless = f"<{'x' * 3000}@example.org>"

    _, record = await play.mail(gateway, "Rework the page", answers=endless, message_id=endless)

    assert record.outcome is Outcome.COMMAND


async def test_an_instruction_of_ideographs_fits_its_record_and_its_message(play: Play) -> None:
    gateway = await play.gateway()

    _, record = await play.mail(
        gateway, "網" * 90_000, headers=["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"]
    )
    worker = await play.worker()

    assert len((await worker.begin()).instruction.encode()) <= 100 * 1024
    assert record.outcome is Outcome.COMMAND


# ── answers that are lost ──────────────────────────────────────────────────────────────────────────────────────────
async def test_a_transaction_whose_answer_was_lost_is_recognised_and_sent_once(play: Play) -> None:
    gateway = await play.gateway()
    lost = direct.LostAnswers(play.stand.clients.dynamodb, "TransactWriteItems")

    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()

    assert lost.lost == 1
    assert record.outcome is Outcome.COMMAND
    assert play.named("mail.duplicate") == []
    await play.event("command.sent")
    assert len(play.named("command.sent")) == 1
    assert await worker.waiting(worker.input_url) == []


async def test_a_transaction_that_was_done_and_called_busy_is_followed_up(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await play.gateway()
    tables = gateway.records.tables
    transact, busy = tables.transact, [errors.TransactionBusy("the answer was lost, the repetition met it")]

    async def done_but_busy(writes: list[object]) -> None:
        await transact(writes)  # type: ignore[arg-type]
        if busy:
            raise busy.pop()

    monkeypatch.setattr(tables, "transact", done_but_busy)
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()

    assert (await worker.begin()).command_id == record.command_id
    assert play.named("mail.duplicate") == []


async def test_a_conflict_of_transactions_is_tried_again(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    tables = gateway.records.tables
    transact, conflicts = tables.transact, [errors.TransactionBusy(), errors.TransactionBusy()]

    async def conflicting(writes: list[object]) -> None:
        if conflicts:
            raise conflicts.pop()
        await transact(writes)  # type: ignore[arg-type]

    monkeypatch.setattr(tables, "transact", conflicting)
    _, second = await play.mail(gateway, "Change the title", answers=first_id)

    assert conflicts == []
    assert (second.session_id, second.outcome) == (first.session_id, Outcome.COMMAND)


# moto's transactions are not isolated: one that fails takes back what another wrote meanwhile.
async def test_mails_that_meet_on_one_session_are_all_accepted_in_their_order(play: Play) -> None:
    gateways = [await play.gateway(), await play.gateway()]
    first_id, _ = await play.mail(gateways[0], "Rework the page", order=1.0)
    letters = [await play.letter(f"Change number {number}", answers=first_id) for number in range(4)]

    records = await asyncio.gather(
        *(
            gateways[number % 2].processor.handle(letter.pointer, order=10.0 + number)
            for number, letter in enumerate(letters)
        )
    )
    commands = [await play.command(record) for record in records]

    assert sorted(command.seq for command in commands) == [2, 3, 4, 5]
    assert [c.state for c in commands].count(CommandState.ACCEPTED) == 1
    assert commands[-1].state is CommandState.ACCEPTED, "the newest by ingress order stands"


async def test_a_process_that_dies_after_the_transaction_leaves_it_to_the_next(play: Play) -> None:
    dying, living = await play.gateway(), await play.gateway()
    dying.processor._follow_ups = Dropped()
    _, record = await play.mail(dying, "Rework the page")
    await play.kill(dying)
    assert play.launcher.requests == []

    play.clock.advance(25)
    await living.sweeper.sweep()
    worker = await play.worker()
    await worker.succeed(await worker.begin())

    assert (await play.sent(record)).kind == "succeeded"
