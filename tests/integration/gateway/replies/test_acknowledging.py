"""A person whose answer takes a while hears once that their mail arrived, and never after the answer."""

from __future__ import annotations

import email
import json

from hermes.domain.commands import CommandState
from hermes.domain.replies import Reply, ReplyState
from tests.eventually import eventually
from tests.integration.gateway.play import Play
from tests.integration.gateway.postbox import text_of

_ON = {"timing": {"acknowledge": 30}}
_REACTION = "text/vnd.google.email-reaction+json"
_HEADERS = ("MIME-Version: 1.0", 'Content-Type: multipart/alternative; boundary="r"')
_PARTS = (
    "--r\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n👍\r\n"
    f'--r\r\nContent-Type: {_REACTION}\r\n\r\n{{"emoji":"👍","version":1}}\r\n'
    "--r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>👍</p>\r\n--r--\r\n"
)


async def test_a_mail_without_an_answer_for_long_is_acknowledged_once_by_whichever_gateway(play: Play) -> None:
    first, second = await play.gateway(**_ON), await play.gateway(**_ON)
    _, record = await play.mail(first, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    for gateway in (first, second, first):
        await gateway.sweeper.sweep()
    assert await play.replies(record) == [], "thirty seconds are not over"

    for gateway in (second, first, second):
        play.clock.advance(31)
        await worker.beat()
        await gateway.sweeper.sweep()

    reply = await play.sent(record, "acknowledged")
    assert [one.kind for one in await play.replies(record)] == ["acknowledged"]
    told = text_of(email.message_from_bytes(reply.raw))
    assert told.startswith("Got it.")
    assert "Rework the page" in told
    await worker.succeed(command)
    await play.ended(record)
    assert sorted(one.kind for one in await play.replies(record)) == ["acknowledged", "succeeded"]


async def test_what_waits_to_begin_is_acknowledged_too_and_not_told_again_that_it_starts(play: Play) -> None:
    gateway = await play.gateway(**_ON, containers={"ready_seconds": 60})
    _, record = await play.mail(gateway, "Rework the page")
    for _ in range(4):
        play.clock.advance(31)
        await gateway.sweeper.sweep()

    await play.sent(record, "acknowledged")
    assert [one.kind for one in await play.replies(record)] == ["acknowledged"]


async def test_a_quick_answer_is_not_acknowledged(play: Play) -> None:
    gateway = await play.gateway(**_ON)
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(record)
    play.clock.advance(40)
    await gateway.sweeper.sweep()
    assert [one.kind for one in await play.replies(record)] == ["succeeded"]


async def test_a_thread_is_acknowledged_at_most_once_in_an_hour(play: Play) -> None:
    gateway = await play.gateway(**_ON, project={"policy": "queue"})
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()
    play.clock.advance(31)
    await worker.beat()
    await gateway.sweeper.sweep()
    await play.sent(first, "acknowledged")
    _, second = await play.mail(gateway, "And the footer", answers=first_id)
    play.clock.advance(31)
    await worker.beat()
    await gateway.sweeper.sweep()
    assert await play.replies(second) == []

    _, third = await play.mail(gateway, "And the header", answers=first_id)
    play.clock.advance(3600)
    await worker.beat()
    await gateway.sweeper.sweep()
    await play.sent(third, "acknowledged")
    await worker.succeed(running)


async def test_acknowledging_is_off_by_its_setting(play: Play) -> None:
    gateway = await play.gateway(timing={"acknowledge": 0, "still_working": 0})
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()
    play.clock.advance(100)
    await worker.beat()
    await gateway.sweeper.sweep()
    assert await play.replies(record) == []


async def test_an_acknowledgement_that_could_not_be_sent_in_time_is_not_sent_after_the_answer(play: Play) -> None:
    gateway = await play.gateway(**_ON)
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    play.postbox.answers.append("451 4.3.0 Try again later")
    play.clock.advance(31)
    await worker.beat()
    await gateway.sweeper.sweep()
    await eventually(lambda: play.named("reply.deferred"), seconds=60)
    await worker.succeed(command)
    await play.ended(record)
    await play.sent(record, "succeeded")
    play.clock.advance(3600)
    await gateway.sweeper.sweep()

    async def dropped() -> Reply | None:
        (found,) = [one for one in await play.replies(record) if one.kind == "acknowledged"]
        return found if found.state is ReplyState.FAILED else None

    found: Reply = await eventually(dropped, seconds=60)
    assert (found.state, found.error) == (ReplyState.FAILED, "not sent: the answer came first")
    assert (await play.command(record)).state is CommandState.SUCCEEDED


async def test_whose_mail_program_sends_reactions_gets_one_in_place_of_a_mail(play: Play) -> None:
    gateway = await play.gateway(**_ON)
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)
    await play.mail(gateway, _PARTS, answers=first_id, headers=_HEADERS)
    second_id, second = await play.mail(gateway, "Now the title", answers=first_id)
    await worker.begin()
    play.clock.advance(31)
    await worker.beat()
    await gateway.sweeper.sweep()

    reply = email.message_from_bytes((await play.sent(second, "acknowledged")).raw)
    assert [part.get_content_type() for part in reply.walk()][1:] == ["text/plain", _REACTION, "text/html"]
    part = next(part for part in reply.walk() if part.get_content_type() == _REACTION)
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert json.loads(payload) == {"version": 1, "emoji": "👍"}
    assert reply["In-Reply-To"] == second_id
