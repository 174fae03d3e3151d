"""Two versions meet in tables and on queues: what the earlier one wrote is finished by this one, and the reverse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from hermes import errors, limits
from hermes.aws import items
from hermes.domain import commands, containers, mails, replies, sessions, threads, wire
from hermes.domain.commands import CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.mails import MailRecord, Outcome
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, Play
from tests.integration.upgrade import golden

MODELS: dict[str, type[BaseModel]] = {
    "commands": commands.Command,
    "sessions": sessions.Session,
    "mails": mails.MailRecord,
    "threads": threads.Alias,
    "containers": containers.Container,
    "queues": containers.QueueSet,
    "outbox": replies.Reply,
}
#: The project as the earlier version's records name it.
OWNED = {"owners": [golden.PERSON, ANNA]}


def record(command_id: str) -> MailRecord:
    """As much of a mail's record as `Play` asks for."""
    return mails.MailRecord(
        mail_id=f"mail-{command_id}", key="k", recipient="r", ingress="smtp", outcome=Outcome.COMMAND,
        command_id=command_id, token="t", received_at=0, recorded_at=0,
    )  # fmt: skip


async def attributes(play: Play, noun: str, key: dict[str, str]) -> items.Item:
    found = await play.stand.tables.get(play.stand.names.table(noun), key)
    assert found is not None
    return found


# ── what v1 wrote is read ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("noun", list(MODELS))
def test_every_record_of_v1_is_read_whole(noun: str) -> None:
    for item in golden.records()[noun]:
        read = items.from_item(MODELS[noun], item).model_dump(mode="json")

        written = {name: items.plain(value) for name, value in item.items()}
        raw = written.pop("raw", None)
        assert raw is None or items.from_item(replies.Reply, item).raw == raw
        assert {name: _sorted(read[name]) for name in written} == {n: _sorted(v) for n, v in written.items()}


def _sorted(value: Any) -> Any:
    """Without what a nested model, or one in JSON text, has more of by now."""
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    return (
        {k: _sorted(v) for k, v in value.items() if v not in (None, 0, False, "", [])}
        if isinstance(value, dict)
        else value
    )


def test_every_message_of_v1_is_read() -> None:
    told = golden.messages()

    assert wire.read_command(told["command"]).context.limits.cost_usd == 5
    assert wire.read_interrupt(told["interrupt"]).reason is InterruptReason.PRIORITY_OVERRIDE
    assert [wire.read_output(told[kind]).kind for kind in ("started", "progress", "result")] == [
        "started",
        "progress",
        "result",
    ]
    assert golden.pointer().trusted


# ── and finished ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_command_that_v1_accepted_is_sent_in_words_that_v1s_worker_reads_and_finished_by_its_result(
    play: Play,
) -> None:
    gateway = await play.gateway(project=OWNED)
    queue_set = await golden.queue_set(play)
    await golden.lay(play, "commands", "sessions", "containers", only={"one": "v1accepted"})
    play.clock.advance(21)
    await gateway.sweeper.sweep()

    received = await eventually(lambda: play.stand.queues.receive(queue_set.input_url, wait_seconds=1), seconds=20)
    body, old = json.loads(received[0].body), json.loads(golden.messages()["command"])
    assert {name: body[name] for name in old if name != "context"} == {n: v for n, v in old.items() if n != "context"}
    assert set(old["context"]) <= set(body["context"])
    result = {**json.loads(golden.messages()["result"]), "commandId": "v1accepted"}
    await play.stand.queues.send(queue_set.output_url, json.dumps(result))

    command = await play.ended(record("v1accepted"))
    assert command.state is CommandState.SUCCEEDED
    reply = await play.sent(record("v1accepted"))
    assert reply.recipient == golden.PERSON
    assert play.postbox.raw


async def test_a_command_that_v1s_worker_runs_is_finished_and_one_that_v1_was_stopping_is_reminded(play: Play) -> None:
    gateway = await play.gateway(project=OWNED)
    queue_set = await golden.queue_set(play)
    await golden.lay(play, "commands", "sessions", "containers", only={"one": "v1running", "two": "v1stopping"})
    for kind in ("started", "progress", "result"):
        await gateway.executor.answer(golden.KEY, golden.messages()[kind])

    assert (await play.command(record("v1running"))).state is CommandState.SUCCEEDED
    assert (await play.sent(record("v1running"))).kind == "succeeded"
    play.clock.advance(21)
    await gateway.sweeper.sweep()
    reminded = await eventually(lambda: play.stand.queues.receive(queue_set.interrupts_url, wait_seconds=1), seconds=20)
    said, old = json.loads(reminded[0].body), json.loads(golden.messages()["interrupt"])
    assert set(old) <= set(said)
    assert (said["v"], said["type"], said["sessionId"], said["reason"]) == (
        1,
        "interrupt",
        golden.SESSION,
        old["reason"],
    )


async def test_v1s_session_takes_the_next_mail_of_its_thread_and_its_unsent_reply_goes_out(play: Play) -> None:
    gateway = await play.gateway(project=OWNED)
    await golden.queue_set(play)
    await golden.lay(play, "commands", "sessions", "containers", "threads", "mails", "outbox", only={"one": "v1done"})

    _, answered = await play.mail(
        gateway,
        "And the footer",
        sender=golden.PERSON,
        answers="<hermes.v1@agent.example.com>",
        order=golden.NOW + 10**7,
    )

    assert (answered.outcome, answered.session_id) == (Outcome.COMMAND, golden.SESSION)
    assert (await play.command(answered)).seq == 5
    play.clock.advance(121)
    await gateway.sweeper.sweep()
    reply = await play.sent(record("v1done"))
    assert reply.raw in play.postbox.raw


async def test_v1s_pointer_leads_to_the_mail(play: Play) -> None:
    gateway = await play.gateway(project=OWNED)
    letter = await play.letter("Please do it", sender=golden.PERSON)
    await play.stand.objects.put(golden.pointer().key, letter.raw)

    found = await gateway.processor.handle(golden.pointer(), order=golden.NOW)

    assert found.outcome is Outcome.COMMAND


# ── what the next version wrote ────────────────────────────────────────────────────────────────────────────────────────


async def test_what_a_newer_version_keeps_in_a_record_outlives_everything_this_one_does(play: Play) -> None:
    gateway = await play.gateway(project=OWNED)
    queue_set = await golden.queue_set(play, extra=True)
    await golden.lay(play, "commands", "sessions", "containers", "outbox", only={"one": "v1accepted"}, extra=True)
    await gateway.manager.queue_set(golden.KEY)
    kept = await play.stand.containers.queue_set(golden.KEY)
    assert kept is not None
    await play.stand.containers.keep_queue_set(kept)
    play.clock.advance(21)
    await gateway.sweeper.sweep()
    await eventually(lambda: play.stand.queues.receive(queue_set.input_url, wait_seconds=1), seconds=20)
    await play.stand.commands.claim("v1accepted", attempt=1, gen=1, token="t", now=play.clock.time())
    await play.mail(gateway, "And the footer", sender=golden.PERSON, answers="<first@people.test>")
    result = {**json.loads(golden.messages()["result"]), "commandId": "v1accepted"}
    await gateway.executor.answer(golden.KEY, json.dumps(result))
    await play.sent(record("v1accepted"))
    play.clock.advance(100)
    await gateway.sweeper.sweep()
    await play.sent(record("v1done"))

    for noun, key in (
        ("commands", {"command_id": "v1accepted"}),
        ("sessions", {"session_id": golden.SESSION}),
        ("containers", {"container_key": golden.KEY}),
        ("queues", {"container_key": golden.KEY}),
        ("outbox", {"reply_id": "v1done#final"}),
    ):
        assert "later" in await attributes(play, noun, key), noun


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (commands.Command, "type"),
        (commands.Command, "state"),
        (replies.Reply, "state"),
        (containers.Container, "state"),
    ],
)
def test_a_value_that_only_a_newer_version_knows_is_a_record_left_to_that_version(
    model: type[BaseModel], field: str
) -> None:
    noun = next(noun for noun, known in MODELS.items() if known is model)
    item = {**golden.records()[noun][0], field: {"S": "dance"}}

    with pytest.raises(errors.UnknownRecord, match=f"{model.__name__}.*by this version: {field}") as raised:
        items.from_item(model, item)

    assert isinstance(raised.value, errors.Transient)
    assert items.known(model, [item, golden.records()[noun][0]]) == [items.from_item(model, golden.records()[noun][0])]


async def test_a_command_that_only_a_newer_version_knows_stays_due_keeps_no_other_waiting_and_its_result_is_not_lost(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermes.gateway.results.output_poller._MAX_PAUSE_SECONDS", 0)
    async with play.serving(project=OWNED) as gateway:
        queue_set = await golden.queue_set(play)
        await golden.lay(play, "commands", "sessions", "containers", only={"one": "v1running", "two": "v1accepted"})

        async def becomes(command_id: str, field: str, value: str) -> None:
            await play.stand.clients.dynamodb.update_item(
                TableName=play.stand.names.table("commands"), Key={"command_id": {"S": command_id}},
                UpdateExpression="SET #f = :v", ExpressionAttributeNames={"#f": field},
                ExpressionAttributeValues={":v": {"S": value}},
            )  # fmt: skip

        await becomes("v1running", "type", "dance")
        await becomes("v1accepted", "session_id", "acme-site-other123")
        gateway.pending.expect(golden.KEY, "v1running")
        await play.stand.queues.send(queue_set.output_url, golden.messages()["result"])

        async def deferred() -> bool:
            return len(play.named("result.deferred")) > limits.RECEIVES + 1

        await eventually(deferred, seconds=30)
        assert "by this version: type" in play.named("result.deferred")[0].text
        assert await play.stand.queues.receive(play.stand.places.dead, wait_seconds=0) == []
        play.clock.advance(21)
        await eventually(lambda: play.stand.queues.receive(queue_set.input_url, wait_seconds=1), seconds=20)
        assert any("by this version: type" in event.text for event in play.named("sweep.failed"))

        await becomes("v1running", "type", "edit")  # a replica of the newer version would read it as it is
        assert (await play.ended(record("v1running"))).state is CommandState.SUCCEEDED


def test_an_interrupt_for_a_reason_that_only_a_newer_version_knows_stops_all_the_same() -> None:
    body = {**json.loads(golden.messages()["interrupt"]), "reason": "moon_phase", "moon": "full"}

    read = wire.read_interrupt(json.dumps(body))

    assert (read.reason, read.below_seq) == (InterruptReason.CUSTOM, 4)
    item = next(i for i in golden.records()["commands"] if "interruption" in i)
    item["interruption"]["M"]["reason"] = {"S": "moon_phase"}
    stopped = items.from_item(commands.Command, item).interruption
    assert stopped is not None
    assert stopped.reason is InterruptReason.CUSTOM


@pytest.mark.parametrize("kind", ["command", "interrupt", "started", "progress", "result"])
def test_messages_of_a_newer_version_are_read_without_what_is_new_in_them(kind: str) -> None:
    body = golden.messages()[kind]
    newer = json.dumps({**json.loads(body), "mood": {"of": "the agent"}})
    read: Any = {"command": wire.read_command, "interrupt": wire.read_interrupt}.get(kind, wire.read_output)

    assert read(newer) == read(body)


@pytest.mark.parametrize(
    ("kind", "change"),
    [("command", {"type": "dance"}), ("command", {"v": 2}), ("result", {"kind": "poem"}), ("interrupt", {"v": 2})],
)
def test_a_message_that_only_a_newer_version_can_carry_out_is_set_aside_by_name(
    kind: str, change: dict[str, Any]
) -> None:
    newer = json.dumps({**json.loads(golden.messages()[kind]), **change})
    read: Any = {"command": wire.read_command, "interrupt": wire.read_interrupt}.get(kind, wire.read_output)

    with pytest.raises(errors.Unreadable, match=f"message cannot be read: ({next(iter(change))}|body)"):
        read(newer)


async def test_a_worker_of_a_version_without_nonces_ends_what_this_one_accepted(play: Play) -> None:
    gateway = await play.gateway()
    _, accepted = await play.mail(gateway, "Please do it")
    worker = await play.worker()
    command = await worker.take()
    claimed = await worker.claim(command)
    assert claimed.repeats_nonce
    # As the version before claims: it writes no more than it knows.
    await play.stand.clients.dynamodb.update_item(
        TableName=play.stand.names.table("commands"),
        Key={"command_id": {"S": command.command_id}},
        UpdateExpression="REMOVE nonce_gen",
    )
    old = wire.Progress(command_id=command.command_id, attempt=1, step="agent", message="Working")
    await gateway.executor.answer(worker.key, old.encode())
    assert play.named("command.progress")
    await worker.finish(command, success=True, summary="Done", nonce=None)
    body = wire.ResultMessage(command_id=command.command_id, attempt=1, success=True, summary="Done").encode()
    await gateway.executor.answer(worker.key, body)
    assert (await play.command(accepted)).state is CommandState.SUCCEEDED
