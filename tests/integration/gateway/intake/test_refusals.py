"""Bad input, by example: each ends in one recorded outcome, with a reply where somebody is owed one (I1, I8)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hermes import limits
from hermes.domain import wire
from hermes.domain.mails import MailRecord, Outcome
from tests.integration.gateway.play import ANNA, BOB, EVE, SITE, Play
from tests.integration.gateway.postbox import text_of

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.

MANY_PARTS = (
    [f"From: {ANNA}", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'],
    "\r\n".join(["--b\r\n\r\nx"] * 2000 + ["--b--"]),
)


async def _only_record(play: Play) -> MailRecord:
    (record,) = await play.stand.sessions.all_mails()
    return record


async def _no_reply(play: Play) -> None:
    assert await play.stand.outbox.all() == []
    assert play.postbox.tried == []


@pytest.mark.parametrize(
    ("letter", "outcome", "reason"),
    [
        ({"text": "Do it", "sender": EVE, "trusted": False}, Outcome.REFUSED, "no owner"),
        ({"text": "Do it", "sender": ANNA, "trusted": False}, Outcome.REFUSED, "no source of verdicts"),
        ({"text": "Do it", "to": "nobody@agent.example.com"}, Outcome.REFUSED, "no project"),
        ({"text": "Do it", "headers": [f"From: {EVE}"]}, Outcome.REFUSED, "From"),
        ({"text": "Do it", "sender": f"{ANNA}, {EVE}"}, Outcome.REFUSED, "several addresses"),
        ({"text": "Away", "headers": ["Auto-Submitted: auto-replied"]}, Outcome.IGNORED, "auto-reply"),
        ({"text": "Failed", "sender": "MAILER-DAEMON@example.org"}, Outcome.IGNORED, "bounce"),
        ({"text": "Back", "headers": ["X-Hermes-Loop: 1"]}, Outcome.IGNORED, "loop"),
    ],
)
async def test_who_is_not_known_gets_no_word(play: Play, letter: dict[str, Any], outcome: Outcome, reason: str) -> None:
    gateway = await play.gateway(authentication={"own_check": False})

    for _ in range(2):
        await play.mail(gateway, message_id="<same@example.org>", **letter)

    record = await _only_record(play)
    assert record.outcome is outcome
    assert reason.lower() in record.reason.lower()
    assert record.command_id is None
    assert play.launcher.requests == []
    await _no_reply(play)


@pytest.mark.parametrize(
    ("letter", "kind"),
    [
        ({"text": "Do it", "sender": EVE}, "not_an_owner"),
        ({"text": "", "subject": "Re: The site"}, "no_text"),
        ({"text": " \r\n\r\n", "subject": "Re: The site", "sender": BOB}, "no_text"),
        ({"text": MANY_PARTS[1], "headers": MANY_PARTS[0][1:]}, "too_many_parts"),
    ],
)
async def test_who_is_known_is_told_why_once(play: Play, letter: dict[str, Any], kind: str) -> None:
    gateway = await play.gateway()

    for _ in range(2):
        await play.mail(gateway, message_id="<same@example.org>", **letter)
    record = await _only_record(play)
    reply = await play.sent(record)

    assert record.outcome is Outcome.REFUSED
    assert record.reason
    assert (reply.kind, reply.recipient, reply.reply_id) == (kind, letter.get("sender", ANNA), record.reply_id)
    assert len(play.postbox.raw) == 1
    assert len(text_of(play.postbox.mails()[0])) > 60
    assert play.launcher.requests == []


async def test_the_body_that_cannot_be_read_does_not_say_who_wrote_it(play: Play) -> None:
    gateway = await play.gateway(authentication={"own_check": False})

    await play.mail(gateway, MANY_PARTS[1], headers=MANY_PARTS[0][1:], trusted=False)
    await play.mail(gateway, MANY_PARTS[1], headers=[f"From: {EVE}", *MANY_PARTS[0][1:]])

    assert {record.outcome for record in await play.stand.sessions.all_mails()} == {Outcome.REFUSED}
    await _no_reply(play)


@pytest.mark.parametrize("body", ["not json", "[" * 20_000, "{}", '{"notificationType":"Bounce"}'])
async def test_an_inbound_message_that_no_rule_can_read_is_parked_with_the_reason(play: Play, body: str) -> None:
    await play.stand.queues.send(play.stand.places.inbound, body)

    async with play.serving() as _:
        await play.event("mail.unreadable")

    (parked,) = await play.stand.queues.receive(play.stand.places.dead, wait_seconds=1)
    assert parked.body == body
    assert "inbound message" in parked.attributes["reason"] or "SES notification" in parked.attributes["reason"]
    assert parked.attributes["source"] == play.stand.names.inbound
    assert await play.stand.sessions.all_mails() == []


async def test_a_mail_whose_bytes_are_gone_has_failed_and_is_parked(play: Play) -> None:
    letter = await play.letter("Rework the page")
    await play.stand.objects.delete(letter.pointer.key)
    await play.stand.queues.send(play.stand.places.inbound, letter.pointer.model_dump_json())

    async with play.serving() as _:
        await play.event("mail.failed")

    record = await _only_record(play)
    assert (record.outcome, record.key) == (Outcome.FAILED, letter.pointer.key)
    (parked,) = await play.stand.queues.receive(play.stand.places.dead, wait_seconds=1)
    assert parked.attributes["reason"] in record.reason
    await _no_reply(play)


async def test_a_mail_that_breaks_the_processor_five_times_has_failed_and_is_parked(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter, healthy = await play.letter("Rework the page"), await play.letter("Rework the shop")
    for one in (letter, healthy):
        await play.stand.queues.send(play.stand.places.inbound, one.pointer.model_dump_json())
    monkeypatch.setattr("hermes.gateway.intake.inbound._RETRY_SECONDS", 0)
    tries = 0

    async with play.serving(start=False, timing={"poll": 0}) as gateway:
        judge = gateway.processor._admission.judge

        @contextlib.asynccontextmanager
        async def breaking(pointer: Any, mail: Any) -> AsyncIterator[Any]:
            nonlocal tries
            if pointer.key == letter.pointer.key:
                tries += 1
                raise ZeroDivisionError("a fault of ours")
            async with judge(pointer, mail) as judged:
                yield judged

        monkeypatch.setattr(gateway.processor._admission, "judge", breaking)
        play.start(gateway)
        await play.event("mail.failed")
        await play.event("mail.command")

    records = {record.key: record for record in await play.stand.sessions.all_mails()}
    assert tries == limits.RECEIVES
    assert records[letter.pointer.key].outcome is Outcome.FAILED
    assert "ZeroDivisionError" in records[letter.pointer.key].reason
    assert records[healthy.pointer.key].outcome is Outcome.COMMAND
    (parked,) = await play.stand.queues.receive(play.stand.places.dead, wait_seconds=1)
    assert "ZeroDivisionError" in parked.attributes["reason"]


async def test_a_mail_that_meets_an_outage_outlives_its_receives(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    from_the_start = await play.letter("Rework the page")
    await play.stand.queues.send(play.stand.places.inbound, from_the_start.pointer.model_dump_json())
    monkeypatch.setattr("hermes.gateway.intake.inbound._RETRY_SECONDS", 0)
    tries = 0

    async with play.serving(start=False, timing={"poll": 0}) as gateway:
        judge = gateway.processor._admission.judge

        @contextlib.asynccontextmanager
        async def without_dns(pointer: Any, mail: Any) -> AsyncIterator[Any]:
            nonlocal tries
            tries += 1
            if tries <= limits.RECEIVES + 2:
                raise play.outage()
            async with judge(pointer, mail) as judged:
                yield judged

        monkeypatch.setattr(gateway.processor._admission, "judge", without_dns)
        play.start(gateway)
        await play.event("mail.command", seconds=30)

    assert (await _only_record(play)).outcome is Outcome.COMMAND
    assert await play.stand.queues.receive(play.stand.places.dead, wait_seconds=0) == []


async def test_a_result_of_an_unknown_command_is_parked_whole(play: Play) -> None:
    gateway = await play.gateway()
    await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()
    body = wire.ResultMessage(command_id="never-heard-of", attempt=1, success=True, summary="Done").encode()

    await play.stand.queues.send(worker.output_url, body)
    await play.event("result.unclaimed")

    (parked,) = await play.stand.queues.receive(play.stand.places.parked, wait_seconds=2)
    assert (parked.body, parked.attributes["reason"]) == (body, "no record knows this command")
    assert await worker.waiting(worker.output_url) == []


async def test_an_output_message_that_cannot_be_read_is_parked_and_keeps_no_other_waiting(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()

    await play.stand.queues.send(worker.output_url, "nonsense")
    await worker.succeed(command)
    await play.ended(record)

    await play.event("result.unreadable")
    (parked,) = await play.stand.queues.receive(play.stand.places.dead, wait_seconds=2)
    assert parked.body == "nonsense"


async def test_a_recipient_of_ours_that_is_gone_from_the_configuration_ends_in_words(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page", to=SITE)
    gone = await play.gateway(project={"client": "other"})

    await gone.executor.dispatch(await play.command(record))

    assert (await play.ended(record)).state.value == "failed"
    await play.sent(record)
    assert "This is on our side" in text_of(play.postbox.answers_to(record.message_id or "")[0])


async def test_a_mail_of_which_only_the_header_was_stored_is_refused_as_too_large_and_its_author_is_told(
    play: Play,
) -> None:
    gateway = await play.gateway()
    letter = await play.letter("")
    pointer = letter.pointer.model_copy(update={"size": limits.MAIL_BYTES + 1})

    for _ in range(2):
        await gateway.processor.handle(pointer, order=play.order())

    record = await _only_record(play)
    assert record.outcome is Outcome.REFUSED
    assert str(limits.MAIL_BYTES + 1) in record.reason
    (reply,) = await play.stand.outbox.all()
    assert (reply.recipient, reply.kind) == (ANNA, "too_large")
