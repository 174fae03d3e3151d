"""A thread of several people: one session for all who were addressed in it, answers to them alone, and whose work it is in words."""

from __future__ import annotations

import asyncio
import email
import email.message
import email.utils
from typing import Any

import pytest

from hermes.app.gateway import Gateway
from hermes.domain.commands import CommandState
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, BOB, EVE, SHOP, SITE, Play
from tests.integration.gateway.postbox import text_of

CARL = "carl@acme.example"
KEY = "0123456789abcdef0123456789abcdef"
TOGETHER = (f"Cc: {BOB}, {EVE}",)
BACK = (f"Cc: {ANNA}, {EVE}",)


def mail_of(row: Reply) -> email.message.Message:
    return email.message_from_bytes(row.raw)


async def rows_of(play: Play, record: MailRecord, kind: str | None = None) -> list[Reply]:
    """The rows of a mail's reply, the author's first."""
    rows = [row for row in await play.replies(record) if kind is None or row.kind == kind]
    return sorted(rows, key=lambda row: row.copy_of is not None)


async def begun(play: Play, gateway: Gateway, **facts: Any) -> tuple[str, MailRecord]:
    """Anna's mail, whose command runs."""
    return await play.mail(gateway, "Rework the page", sender=f"Anna Ash <{ANNA}>", **{"headers": TOGETHER, **facts})


async def test_a_second_owner_who_was_addressed_goes_on_in_the_session_and_stops_what_runs(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await begun(play, gateway)
    worker = await play.worker()
    running = await worker.begin()

    _, second = await play.mail(
        gateway, "Change the title", sender=f"Bob Birch <{BOB}>", answers=first_id, headers=BACK
    )
    await worker.yield_to(running, await worker.interrupt())
    annas = await play.ended(first)
    after = await worker.begin()
    await worker.succeed(after)
    await play.ended(second)

    assert (second.session_id, second.reason) == (first.session_id, "supersede")
    assert after.context.branch == running.context.branch, "on the branch that has the first one's change"
    assert (after.context.author_name, after.context.author_email) == ("Bob Birch", BOB)
    assert annas.state is CommandState.INTERRUPTED
    rows = await rows_of(play, first)
    assert [(row.kind, row.recipient) for row in rows] == [("interrupted", ANNA), ("interrupted", BOB)]
    assert "Bob Birch’s newer message “Change the title” took its place." in " ".join(text_of(mail_of(rows[0])).split())
    rows = await rows_of(play, second)
    assert [(row.kind, row.recipient) for row in rows] == [("succeeded", BOB), ("succeeded", ANNA)]
    said = " ".join(text_of(mail_of(rows[0])).split())
    assert "Bob Birch wrote: “Change the title”" in said
    assert "For this, Anna Ash’s earlier message “Rework the page” was stopped." in said


async def test_an_answer_is_one_mail_for_all_and_each_copy_is_a_row_of_its_own(play: Play) -> None:
    gateway = await play.gateway(mail={"token_key": KEY})
    _, first = await begun(play, gateway)
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)

    rows = await rows_of(play, first)
    mail = mail_of(rows[0])

    assert (mail["To"], mail["Cc"]) == (ANNA, BOB)
    assert [row.recipient for row in rows] == [ANNA, BOB]
    assert len({row.raw for row in rows}) == 1, "the same bytes, so the same Message-ID"
    assert len({row.sender for row in rows}) == 2, "a bounce names the row of the person who did not get it"
    assert rows[0].copies == (BOB,)
    assert rows[1].copy_of == rows[0].reply_id


@pytest.mark.parametrize("way", ["token", "ids", "footer", "index"])
async def test_a_second_owner_is_led_to_the_session_by_any_trace_of_it(play: Play, way: str) -> None:
    gateway = await play.gateway(mail={"token_key": KEY})
    index = "Thread-Index: AdkAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    _, first = await begun(play, gateway, headers=(*TOGETHER, index))
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)
    row = (await rows_of(play, first))[1]
    reply_to = email.utils.parseaddr(mail_of(row)["Reply-To"])[1]
    quote = "\r\n".join(f"> {line}" for line in text_of(mail_of(row)).splitlines())

    ways: dict[str, dict[str, Any]] = {
        "token": {"to": reply_to, "text": "Change the title"},
        "ids": {"answers": row.message_id, "text": "Change the title"},
        "footer": {"text": f"Change the title\r\n\r\nOn Fri, Nov 20, 2026 at 10:00 Hermes <{SITE}> wrote:\r\n{quote}"},
        "index": {"headers": (index,), "text": "Change the title"},
    }
    facts = ways[way]
    text = facts.pop("text")
    _, second = await play.mail(gateway, text, sender=BOB, **facts)
    command = await play.command(second)

    assert second.session_id == first.session_id, second.trace
    assert command.instruction == "Change the title", "our words that they got as a copy are none of theirs"


async def test_a_second_owners_stop_stops_it_and_tells_all_whose_it_was(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await begun(play, gateway)
    worker = await play.worker()
    running = await worker.begin()

    _, stop = await play.mail(gateway, "stop", sender=f"Bob Birch <{BOB}>", answers=first_id)
    await worker.yield_to(running, await worker.interrupt())
    await play.ended(first)

    assert (stop.outcome, stop.session_id) == (Outcome.CONTROL, first.session_id)
    rows = await rows_of(play, first)
    assert [row.recipient for row in rows] == [ANNA, BOB]
    said = " ".join(text_of(mail_of(rows[0])).split())
    assert "Anna Ash wrote: “Rework the page”" in said
    assert "Bob Birch asked to stop." in said


async def test_a_second_owners_status_tells_whose_work_it_is(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await begun(play, gateway)
    worker = await play.worker()
    await worker.begin()

    _, status = await play.mail(gateway, "status", sender=BOB, answers=first_id)
    (reply,) = await rows_of(play, status)

    assert (status.session_id, reply.recipient) == (first.session_id, BOB)
    said = " ".join(text_of(mail_of(reply)).split())
    assert "“Rework the page”" in said
    assert "Asked by: Anna Ash" in said


async def test_a_mail_that_the_stop_of_somebody_else_reached_first_tells_who_stopped_it(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await begun(play, gateway, order=10.0)
    await play.mail(gateway, "stop", sender=BOB, answers=first_id, order=30.0)

    _, late = await play.mail(gateway, "Change the footer", answers=first_id, order=20.0)
    (reply, _) = await rows_of(play, late)

    assert (late.session_id, late.reason) == (first.session_id, "late")
    assert f"{BOB} asked to stop." in text_of(mail_of(reply))


@pytest.mark.parametrize("policy", ["interrupt", "queue", "merge", "reject"])
async def test_mails_of_two_owners_at_once_are_of_one_session_in_one_order(play: Play, policy: str) -> None:
    gateways = [await play.gateway(project={"policy": policy}) for _ in range(2)]
    first_id, first = await begun(play, gateways[0])
    letters = [
        await play.letter("Change the title", answers=first_id, headers=TOGETHER),
        await play.letter("Change the footer", answers=first_id, sender=BOB, headers=BACK),
    ]

    records = await asyncio.gather(
        *(
            gateway.processor.handle(letter.pointer, order=play.order())
            for gateway, letter in zip(gateways, letters, strict=True)
        )
    )

    assert {record.session_id for record in records} == {first.session_id}
    if policy == "reject":
        assert {record.reason for record in records} == {"busy"}
    else:
        seqs = sorted([(await play.command(record)).seq for record in records])
        assert seqs == [2, 3]


async def test_mails_of_two_owners_that_begin_a_thread_at_once_begin_one(play: Play) -> None:
    gateways = [await play.gateway() for _ in range(2)]
    letters = [
        await play.letter("Rework the page", message_id="<first@example.org>", headers=TOGETHER),
        await play.letter(
            "And the footer",
            sender=BOB,
            answers="<between@example.org>",
            references=["<first@example.org>"],
            headers=BACK,
        ),
    ]

    records = await asyncio.gather(
        *(
            gateway.processor.handle(letter.pointer, order=play.order())
            for gateway, letter in zip(gateways, letters, strict=True)
        )
    )

    assert len({record.session_id for record in records}) == 1


async def test_two_peoples_requests_that_are_done_together_name_both(play: Play) -> None:
    gateway = await play.gateway(project={"policy": "merge", "answer": "author"}, gateway={"collect_seconds": 30})
    first_id, first = await begun(play, gateway)
    _, second = await play.mail(gateway, "And the footer", sender=f"Bob Birch <{BOB}>", answers=first_id)
    assert second.reason == "merge"

    command = await play.command(second)
    play.clock.advance(60)
    await gateway.sweeper.sweep()
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(second)

    assert [(one.name, one.email) for one in command.context.co_authors] == [("Anna Ash", ANNA)]
    assert [row.recipient for row in await rows_of(play, second, "succeeded")] == [BOB, ANNA], "she waits for it"
    assert [row.recipient for row in await rows_of(play, first)] == [ANNA], "that it is done with the other"


async def test_who_is_addressed_later_goes_on_from_then_even_by_a_word_of_thanks(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await begun(play, gateway, headers=())
    _, apart = await play.mail(gateway, "Change the title", sender=CARL, answers=first_id)
    thanks_id, thanks = await play.mail(gateway, "Thank you!", answers=first_id, headers=(f"Cc: {BOB}",))
    _, second = await play.mail(gateway, "status", sender=BOB, answers=thanks_id)

    assert apart.session_id != first.session_id, "he was not addressed"
    assert (thanks.outcome, thanks.session_id) == (Outcome.CONTROL, first.session_id)
    assert second.session_id == first.session_id


async def test_with_threads_of_the_project_every_owner_goes_on_and_takes_part_from_then(play: Play) -> None:
    gateway = await play.gateway(project={"threads": "project"})
    first_id, first = await begun(play, gateway, headers=())

    _, status = await play.mail(gateway, "status", sender=CARL, answers=first_id)
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)

    assert status.session_id == first.session_id
    assert [row.recipient for row in await rows_of(play, first)] == [ANNA, CARL]


async def test_answers_to_the_author_go_to_nobody_else_but_who_stopped_the_work(play: Play) -> None:
    gateway = await play.gateway(project={"answer": "author"})
    first_id, first = await begun(play, gateway)
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)
    _, second = await play.mail(gateway, "Change the title", answers=first_id, headers=TOGETHER)
    running = await worker.begin()
    await play.mail(gateway, "stop", sender=BOB, answers=first_id)
    await worker.yield_to(running, await worker.interrupt())
    await play.ended(second)

    assert [row.recipient for row in await rows_of(play, first)] == [ANNA]
    assert [row.recipient for row in await rows_of(play, second)] == [ANNA, BOB]


async def test_an_answer_goes_to_no_stranger_no_machine_no_address_of_ours_and_nobody_of_reply_to(play: Play) -> None:
    gateway = await play.gateway(project={"owners": [ANNA, "@acme.example", "@agent.example.com"]})
    others = (
        f"Cc: {EVE}, noreply@acme.example, {SHOP}, www+x@agent.example.com, postmaster@agent.example.com, Anna <{ANNA}>"
    )
    _, first = await begun(play, gateway, headers=(others, f"Reply-To: {CARL}, {EVE}"))
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)

    (reply,) = await rows_of(play, first)

    assert (mail_of(reply)["To"], mail_of(reply)["Cc"], reply.recipient) == (ANNA, None, ANNA)


async def test_who_owns_the_project_no_longer_gets_no_further_answer(play: Play) -> None:
    before = await play.gateway()
    _, first = await begun(play, before)
    worker = await play.worker()
    running = await worker.begin()
    await play.kill(before)
    after = await play.gateway(project={"owners": [ANNA]})
    after.pending.expect(worker.key, running.command_id)

    await after.executor.conclude(await worker.report(running, success=True, summary="Done."))
    await play.ended(first)

    assert [row.recipient for row in await rows_of(play, first)] == [ANNA]


async def test_a_reader_reads_and_asks_and_has_nothing_changed_or_stopped(play: Play) -> None:
    gateway = await play.gateway(project={"roles": {BOB: "reader"}})
    first_id, first = await begun(play, gateway)
    worker = await play.worker()
    await worker.begin()

    refused = [
        (await play.mail(gateway, text, sender=BOB, answers=first_id))[1]
        for text in ("Change the title", "stop", "undo", "/queue always", "preview")
    ]
    _, status = await play.mail(gateway, "status", sender=BOB, answers=first_id)
    _, question = await play.mail(gateway, "Which pages are there?", sender=BOB, answers=first_id)

    assert {(record.outcome, record.reason) for record in refused} == {(Outcome.REFUSED, "reader")}
    for record in refused:
        (reply,) = await rows_of(play, record)
        assert (reply.kind, reply.recipient) == ("not_for_readers", BOB)
        assert "You read along" in text_of(mail_of(reply))
    assert (await play.command(first)).state is CommandState.RUNNING
    assert status.session_id == first.session_id
    assert (question.outcome, question.reason, question.session_id) == (Outcome.COMMAND, "wait", first.session_id)


async def test_an_answer_to_a_mail_to_several_projects_names_its_own(play: Play) -> None:
    gateway = await play.gateway()
    letter = await play.letter("status", headers=(f"Cc: {SHOP}",))
    records = [
        await gateway.processor.handle(letter.pointer.model_copy(update={"recipient": to}), order=play.order())
        for to in (SITE, SHOP)
    ]
    _, alone = await play.mail(gateway, "status")

    said = [text_of(mail_of((await rows_of(play, record))[0])) for record in (*records, alone)]

    assert ["This is about the project “site”." in one for one in said] == [True, False, False]
    assert ["This is about the project “shop”." in one for one in said] == [False, True, False]


async def test_a_session_of_an_earlier_version_is_its_owners_until_they_address_somebody(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await begun(play, gateway, headers=())
    session = await play.stand.sessions.get(str(first.session_id))
    assert session is not None
    assert session.participants == (ANNA,), "as every earlier version has written it"

    _, before = await play.mail(gateway, "status", sender=BOB, answers=first_id)
    await play.mail(gateway, "status", answers=first_id, headers=TOGETHER)
    _, after = await play.mail(gateway, "status", sender=BOB, answers=first_id)

    assert (before.session_id, after.session_id) == (None, first.session_id)


async def test_our_words_that_a_second_owner_repeats_without_a_mark_are_none_of_theirs(play: Play) -> None:
    gateway = await play.gateway()
    await play.mail(gateway, "Rework the page", headers=TOGETHER)
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    row = await eventually(lambda: _copy_for(play, BOB))

    said = f"Change the title\r\n\r\n{text_of(mail_of(row))}"
    _, second = await play.mail(gateway, said, sender=BOB, answers=row.message_id)

    assert (await play.command(second)).instruction == "Change the title"


async def _copy_for(play: Play, person: str) -> Reply | None:
    return next((row for row in await play.stand.outbox.all() if row.recipient == person), None)


async def test_people_who_are_added_at_the_same_time_all_take_part(play: Play) -> None:
    gateways = [await play.gateway() for _ in range(2)]
    first_id, first = await play.mail(gateways[0], "Rework the page")
    letters = [
        await play.letter(text, answers=first_id, headers=(f"Cc: {person}",))
        for text, person in (("Thank you!", BOB), ("Thanks a lot!", CARL))
    ]

    await asyncio.gather(
        *(
            gateway.processor.handle(letter.pointer, order=play.order())
            for gateway, letter in zip(gateways, letters, strict=True)
        )
    )

    session = await play.stand.sessions.get(str(first.session_id))
    assert session is not None
    assert set(session.participants) == {ANNA, BOB, CARL}


async def test_a_second_persons_mail_leaves_the_first_ones_other_threads_alone(play: Play) -> None:
    gateway = await play.gateway(project={"interrupt_scope": "container"})
    first_id, first = await play.mail(gateway, "Rework the page", headers=TOGETHER)
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)
    _, other = await play.mail(gateway, "Make it blue")
    await worker.begin()

    _, second = await play.mail(gateway, "Change the title", sender=BOB, answers=first_id)
    beside = await worker.begin()

    assert beside.command_id == second.command_id
    assert (await play.command(other)).state is CommandState.RUNNING
