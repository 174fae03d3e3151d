"""The gateway as a service: it takes mail by SMTP, polls what is owed alone, and stops without losing anything."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from typing import Any

import pytest

from hermes.app.gateway import Gateway
from hermes.domain.commands import CommandState
from hermes.domain.mails import Outcome
from hermes.domain.replies import ReplyState
from hermes.gateway.intake.raw_mail import RawMail
from hermes.local import letter
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, SHOP, SITE, Play


async def _post(gateway: Gateway, text: str, **facts: Any) -> str:
    assert gateway.smtp is not None
    message_id, raw = letter.write(sender=ANNA, to=SITE, subject="The site", text=text, **facts)
    await letter.send(raw, sender=ANNA, to=SITE, host="127.0.0.1", port=gateway.smtp.port)
    return message_id


class Receives:
    """Counts the ReceiveMessage calls by queue."""

    def __init__(self, play: Play) -> None:
        self.by_queue: Counter[str] = Counter()
        events = play.stand.clients.polls.meta.events
        events.register("provide-client-params.sqs.ReceiveMessage", self._count)

    def _count(self, params: dict[str, Any], **_: object) -> None:
        self.by_queue[params["QueueUrl"].rsplit("/", 1)[-1]] += 1

    def of(self, role: str) -> int:
        return sum(count for name, count in self.by_queue.items() if f"-{role}-" in name)


async def test_a_mail_by_smtp_becomes_a_commit_and_a_reply_in_the_thread(play: Play) -> None:
    async with play.serving() as gateway:

        async def listens() -> bool:
            return bool(play.named("gateway.started"))

        await eventually(listens)
        message_id = await _post(gateway, "Change the title")
        worker = await play.worker()
        await worker.succeed(await worker.begin())

        async def answered() -> bool:
            return bool(play.postbox.answers_to(message_id))

        await eventually(answered, seconds=20)

    (record,) = await play.stand.sessions.all_mails()
    assert (record.outcome, record.message_id) == (Outcome.COMMAND, message_id)
    (mail,) = play.postbox.answers_to(message_id)
    assert str(mail["Subject"]) == "Re: The site"
    assert mail["To"] is not None
    assert ANNA in str(mail["To"])


async def test_only_output_queues_that_owe_an_answer_are_polled(play: Play) -> None:
    async with play.serving() as gateway:
        counted = Receives(play)
        await play.event("gateway.started")
        message_id = await _post(gateway, "Change the title")
        worker = await play.worker()
        command = await worker.begin()
        assert gateway.poller.polled == {worker.key}
        assert counted.of("output") > 0
        await worker.succeed(command)

        async def answered() -> bool:
            return bool(play.postbox.answers_to(message_id)) and not gateway.poller.polled

        await eventually(answered, seconds=20)
        counted.by_queue.clear()
        before = gateway.inbound.last_poll

        async def polled_inbound_twice() -> bool:
            return counted.of("inbound") > 1 or counted.by_queue[play.stand.names.inbound] > 1

        await eventually(polled_inbound_twice)

        assert gateway.inbound.last_poll > before
        assert counted.of("output") == 0
        assert counted.of("interrupts") == 0


async def test_a_stop_in_the_middle_of_a_mail_loses_nothing(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()
    async with play.serving(start=False) as gateway:
        raw = gateway.processor._raw

        async def slow(pointer: Any) -> RawMail:
            found = await raw(pointer)
            entered.set()
            await go_on.wait()
            return found

        monkeypatch.setattr(gateway.processor, "_raw", slow)
        play.start(gateway)
        await play.event("gateway.started")
        message_id = await _post(gateway, "Change the title")
        async with asyncio.timeout(60):
            await entered.wait()
        stopping = asyncio.create_task(play.stop(gateway))
        await play.event("gateway.stopping")
        go_on.set()
        await stopping
    (record,) = await play.stand.sessions.all_mails()
    assert record.outcome is Outcome.COMMAND
    assert (await play.stand.queues.receive(play.stand.places.inbound, wait_seconds=1)) == []

    async with play.serving():
        play.clock.advance(31)  # the lease of the launch, and the due time of the command
        worker = await play.worker(0)
        await worker.succeed(await worker.begin())

        async def answered() -> bool:
            return bool(play.postbox.answers_to(message_id))

        await eventually(answered, seconds=20)
    assert len(play.postbox.raw) == 1
    assert (await play.command(record)).state is CommandState.SUCCEEDED


async def test_what_is_received_while_stopping_is_given_back(play: Play) -> None:
    async with play.serving(start=False) as gateway:
        inbound = gateway.inbound
        queues = inbound._queues
        receive, stop = queues.receive, asyncio.Event()

        async def stopping(url: str, **more: Any) -> Any:
            stop.set()
            return await receive(url, **more)

        mail = await play.letter("Change the title")
        await play.stand.queues.send(play.stand.places.inbound, mail.pointer.model_dump_json())
        queues.receive = stopping  # type: ignore[method-assign]
        await inbound.run(stop)
        queues.receive = receive  # type: ignore[method-assign]

    assert await play.stand.sessions.all_mails() == []
    (again,) = await play.stand.queues.receive(play.stand.places.inbound, wait_seconds=2)
    assert again.receive_count == 2


async def test_a_part_that_dies_stops_the_service_with_its_error(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await play.gateway()

    async def broken(*args: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(gateway.sweeper, "run", broken)

    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(60):
            await gateway.service.run(asyncio.Event())
    assert play.named("gateway.stopped")


async def test_a_poll_loop_that_met_a_fault_of_ours_polls_on(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Change the title")
    worker = await play.worker()
    command = await worker.begin()
    answer, faults = gateway.poller._answer, [ValueError("odd")]

    async def breaking(key: str, body: str) -> object:
        if faults:
            raise faults.pop()
        return await answer(key, body)

    monkeypatch.setattr(gateway.poller, "_answer", breaking)
    await play.stand.queues.send(worker.output_url, '{"v":1,"commandId":"x","attempt":1,"kind":"started"}')
    await play.event("result.deferred")
    await worker.succeed(command)

    assert (await play.ended(record)).state is CommandState.SUCCEEDED


async def test_a_stop_does_not_wait_for_a_container_that_starts(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.gateway.upkeep.service._TASKS_SECONDS", 60.0)
    async with play.serving() as gateway:
        message_id, record = await play.mail(gateway, "Change the title")
        await play.event("container.launching")  # and no worker ever answers
        async with asyncio.timeout(60):
            await play.stop(gateway)

    assert (await play.command(record)).state is CommandState.ACCEPTED
    assert play.postbox.answers_to(message_id) == []
    assert play.named("task.failed") == []


async def test_two_addresses_that_answer_each_other_by_smtp_send_one_mail_each(play: Play) -> None:
    """The real way out and in: what the outbox sends goes to the SMTP ingress, which trusts its own host."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    given: dict[str, Any] = {
        "project": {"owners": [SITE, SHOP]},
        "smtp_ingress": {"port": port},
        "mail": {"rate_limit": True, "smtp": {"port": port, "security": "none"}},
    }
    async with play.serving(**given):

        async def listens() -> bool:
            return bool(play.named("gateway.started"))

        await eventually(listens)
        for author, to in ((SITE, SHOP), (SHOP, SITE)):
            _, raw = letter.write(sender=author, to=to, subject="Stand", text="status")
            await letter.send(raw, sender=author, to=to, host="127.0.0.1", port=port)

        async def came_back() -> bool:
            return len(await play.stand.sessions.all_mails()) >= 4

        await eventually(came_back, seconds=30)
        # Whatever those two would still bring about is recorded before a third that is sent now.
        _, raw = letter.write(sender=ANNA, to=SITE, subject="Stand", text="status")
        await letter.send(raw, sender=ANNA, to=SITE, host="127.0.0.1", port=port)

        async def last() -> bool:
            return len(await play.stand.sessions.all_mails()) >= 5

        await eventually(last, seconds=30)

    mails = await play.stand.sessions.all_mails()
    rows = await play.stand.outbox.all()
    assert Counter(mail.outcome for mail in mails if mail.author != ANNA) == {Outcome.CONTROL: 2, Outcome.IGNORED: 2}
    assert sorted((row.recipient, row.state) for row in rows if row.recipient != ANNA) == [
        (SHOP, ReplyState.SENT),
        (SITE, ReplyState.SENT),
    ]
    assert play.launcher.requests == []
