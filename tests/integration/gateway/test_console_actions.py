"""What operators do: each action is recorded with name and reason, and a gateway carries it out."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.admin.actions import commands, dead_letters, holds, replies, workers
from hermes.admin.views import audit
from hermes.admin.views.wanted import parse
from hermes.domain.commands import CommandState
from hermes.domain.mails import Outcome
from hermes.domain.operating.audit import Act
from hermes.domain.replies import ReplyState
from tests.eventually import eventually
from tests.integration.gateway.console import ALL, SITE_ONLY, console, done
from tests.integration.gateway.play import ANNA, BOB, SHOP, Play

STOPPED = b"It was stopped by the people who run this service."


async def acts(play: Play, gateway: object) -> list[tuple[str, str, str, str]]:
    page = await audit.audit(console(play, gateway), ALL)  # type: ignore[arg-type]
    return [(row.who, row.what.value, row.reason, row.outcome) for row in page.rows]


async def test_an_operator_stops_what_has_not_begun_and_the_person_is_told_who_did(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    command = await play.command(record)

    await commands.stop(console(play, gateway), ALL, command.command_id, reason="wrong page")
    with pytest.raises(errors.ConditionFailed):  # no worker takes it any more
        await play.stand.commands.claim(command.command_id, attempt=1, gen=1, token="t", now=play.clock.time())
    await gateway.sweeper.sweep()
    ended = await play.ended(record)

    assert ended.state is CommandState.INTERRUPTED
    assert STOPPED in (await play.sent(record)).raw
    assert await acts(play, gateway) == [("olga", "stop", "wrong page", "")]


async def test_an_operator_stops_what_runs_through_its_worker(play: Play) -> None:
    async with play.serving() as gateway:
        _, record = await play.mail(gateway, "Rework the page")
        worker = await play.worker()
        message = await worker.begin()

        await commands.stop(console(play, gateway), ALL, (await play.command(record)).command_id)
        heard = await worker.interrupt()
        assert heard.interrupted_by == "operator olga"
        await worker.finish(message, success=False, interrupted=True, interrupted_by="operator olga")
        ended = await play.ended(record)

    assert ended.interruption is not None
    assert ended.interruption.by_operator
    assert STOPPED in (await play.replies(record))[0].raw


async def test_what_has_ended_is_not_stopped_and_the_try_is_on_record(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    command = await done(play, gateway, record)

    with pytest.raises(errors.NotPossible, match="has ended: succeeded"):
        await commands.stop(console(play, gateway), ALL, command.command_id)

    outcomes = {outcome for _, _, _, outcome in await acts(play, gateway)}
    assert outcomes == {"", f"not done: command {command.command_id} has ended: succeeded"}


async def test_readers_and_others_do_nothing_and_nothing_is_recorded(play: Play) -> None:
    gateway = await play.gateway()
    _, shop = await play.mail(gateway, "Add a product", to=SHOP)
    _, site = await play.mail(gateway, "Rework the page")
    held = console(play, gateway)

    with pytest.raises(errors.NotFound):
        await commands.stop(held, SITE_ONLY, str(shop.command_id))
    with pytest.raises(errors.NotAllowed):
        await commands.stop(held, SITE_ONLY, str(site.command_id))
    with pytest.raises(errors.NotFound):
        await holds.pause(held, SITE_ONLY, "everything")
    with pytest.raises(errors.NotFound):
        await dead_letters.handle(held, SITE_ONLY, drop=True)
    assert await acts(play, gateway) == []


async def test_an_ended_command_runs_again_as_a_new_one_of_its_thread(play: Play) -> None:
    async with play.serving() as gateway:
        message_id, record = await play.mail(gateway, "Rework the page")
        worker = await play.worker()
        await worker.finish(await worker.begin(), success=False, error="The agent fell over.")
        first = await play.ended(record)

        again = await commands.retry(console(play, gateway), ALL, first.command_id, reason="the agent is mended")
        message = await worker.begin()
        with pytest.raises(errors.NotPossible, match="wait for it, or stop it first"):
            await commands.retry(console(play, gateway), ALL, first.command_id)
        await worker.finish(message, success=True, summary="Now it is done.", files_changed=["a"])

        async def answered() -> bool:
            rows = [row for row in await play.stand.outbox.all() if row.command_id == again.command_id]
            return bool(rows) and rows[0].state is ReplyState.SENT

        await eventually(answered, seconds=20)

    assert (message.command_id, message.instruction, message.seq) == (
        again.command_id,
        first.instruction,
        first.seq + 1,
    )
    assert message.context.previous is not None
    assert again.origin.message_id == message_id


async def test_while_a_project_is_paused_mail_is_answered_and_nothing_starts_until_it_is_resumed(play: Play) -> None:
    async with play.serving() as gateway:
        held = console(play, gateway)
        await holds.pause(held, ALL, "acme/site", reason="a deploy")
        _, record = await play.mail(gateway, "Rework the page")
        told = await play.sent(record, "paused")
        _, shop = await play.mail(gateway, "Add a product", to=SHOP)
        worker = await play.worker()
        assert (await worker.take()).command_id == shop.command_id
        assert [request.container_key.split("#")[1] for request in play.launcher.requests] == ["shop"]

        play.clock.advance(2000)  # longer than a command may wait for its start
        await gateway.sweeper.sweep()
        assert (await play.command(record)).state is CommandState.ACCEPTED

        assert await holds.resume(held, ALL, "project acme/site") == 1

        async def launched() -> int | None:
            keys = [request.container_key.split("#")[1] for request in play.launcher.requests]
            return keys.index("site") if "site" in keys else None

        sent = await (await play.worker(await eventually(launched, seconds=20))).take()

    assert b"paused the work" in told.raw
    assert sent.command_id == record.command_id
    assert [(act, reason) for _, act, reason, _ in await acts(play, gateway)] == [("resume", ""), ("pause", "a deploy")]


async def test_what_was_sent_before_a_pause_is_let_go_by_its_worker_and_sent_once_more(play: Play) -> None:
    async with play.serving() as gateway:
        held = console(play, gateway)
        _, record = await play.mail(gateway, "Rework the page")
        worker = await play.worker()
        first = await worker.take()
        await holds.pause(held, ALL, ANNA)
        with pytest.raises(errors.ConditionFailed, match="paused") as refused:
            await play.stand.commands.claim(
                first.command_id, attempt=1, gen=1, token="t", now=play.clock.time(), nonce=first.nonce
            )
        assert set(refused.value.items) == {
            2
        }  # as if a newer mail of another thread came first: the message is deleted
        await worker.drop(first)

        await holds.resume(held, ALL, ANNA)
        again = await worker.take()

    assert again.command_id == record.command_id


@pytest.mark.parametrize(
    ("text", "subject"),
    [("all", "everything"), ("acme", "client acme"), ("acme/shop", "project acme/shop"), (BOB, f"person {BOB}")],
)
async def test_a_pause_is_about_everything_a_client_a_project_or_a_person(play: Play, text: str, subject: str) -> None:
    gateway = await play.gateway()
    held = console(play, gateway)

    await holds.pause(held, ALL, text)
    found = await holds.held(held, ALL)

    assert [one.subject for one in found.pauses] == [subject]
    assert found.paused("acme/shop", BOB) is not None
    await holds.resume(held, ALL, text)
    with pytest.raises(errors.NotPossible, match="is not paused; paused: nothing"):
        await holds.resume(held, ALL, text)
    with pytest.raises(errors.BadQuery, match="acme/shop, acme/site"):
        await holds.pause(held, ALL, "acme/sites")


async def test_the_mail_of_a_blocked_sender_is_refused_without_an_answer(play: Play) -> None:
    gateway = await play.gateway()
    held = console(play, gateway)
    await holds.block(held, ALL, "@Acme.Example", reason="abuse")

    _, refused = await play.mail(gateway, "Rework the page", sender=BOB)
    _, taken = await play.mail(gateway, "Rework the page")

    assert (refused.outcome, refused.reason) == (Outcome.REFUSED, "the sender is blocked by olga: abuse")
    assert refused.reply_id is None
    assert taken.outcome is Outcome.COMMAND
    await holds.unblock(held, ALL, "@acme.example")
    assert (await play.mail(gateway, "Rework the page", sender=BOB))[1].outcome is Outcome.COMMAND


async def test_replies_are_sent_again_and_the_action_tells_why_not(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    await done(play, gateway, record)
    (reply,) = await play.replies(record)
    await play.stand.outbox.sent(reply, now=play.clock.time(), provider_id=None, expires_at=2_000_000_000)
    held = console(play, gateway)

    with pytest.raises(errors.NotPossible, match="it was sent"):
        await replies.resend(held, ALL, reply.reply_id)
    await replies.resend(held, ALL, reply.reply_id, again=True)

    found = await play.stand.outbox.get(reply.reply_id)
    assert found is not None
    assert (found.state, found.raw) == (ReplyState.PENDING, reply.raw)


async def test_dead_letters_go_back_or_away_by_a_search(play: Play) -> None:
    gateway = await play.gateway()
    held = console(play, gateway)
    letter = await play.letter("Rework the page")
    await play.stand.queues.send(play.stand.places.dead, letter.pointer.model_dump_json(), attributes={"reason": "odd"})
    await play.stand.queues.send(play.stand.places.dead, "{}", attributes={"reason": "broken"})

    dropped = await dead_letters.handle(held, ALL, drop=True, wanted=parse("broken", now=0))
    sent = await dead_letters.handle(held, ALL, drop=False, wanted=parse("state:dead", now=0))

    assert [(one.done, one.text) for one in dropped] == [(True, "dropped")]
    assert [one.text for one in sent] == [f"sent back to {play.stand.names.inbound}"]
    assert {act for _, act, _, _ in await acts(play, gateway)} == {Act.DROP.value, Act.REDRIVE.value}


async def test_a_worker_is_asked_to_end_once(play: Play) -> None:
    async with play.serving() as gateway:
        await play.mail(gateway, "Rework the page")
        worker = await play.worker()
        key = worker.key

        await workers.drain(console(play, gateway), ALL, key)
        beat = await play.stand.containers.heartbeat(
            key, gen=1, task_arn=worker.task, now=play.clock.time(), busy=False, done_seq=0
        )

    assert beat.drain_asked == beat.gen
    with pytest.raises(errors.NotFound):
        await workers.drain(console(play, gateway), ALL, "acme#site#nobody")
