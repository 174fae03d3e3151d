"""What runs in one person's container wants to end another person's command, or its own person's, with words and commits of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hermes import errors
from hermes.aws.queues import Received
from hermes.aws.side_queue import SideQueue
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState
from hermes.gateway.results.parking import PARKED_OF_A_CONTAINER
from tests.attack.table import Figures
from tests.integration.conftest import aws
from tests.integration.gateway.conftest import play
from tests.integration.gateway.play import Play
from tests.integration.gateway.scripted_worker import ScriptedWorker

__all__ = ["aws", "play"]

FALSE = {
    "success": True,
    "summary": "All is well.",
    "gitCommit": "f" * 40,
    "branch": "main",
    "previewUrl": "https://evil.example/",
}


@pytest.fixture
def endpoint(ministack: object) -> object:
    """One implementation of AWS will do."""
    return ministack


async def running(play: Play, gateway: Any) -> tuple[Any, ScriptedWorker, wire.CommandMessage]:
    """Anna's command, in the hands of her worker."""
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    return record, worker, await worker.begin()


async def parked(play: Play) -> list[str]:
    """Why reports were set aside."""
    return [
        one.attributes["reason"]
        for one in await SideQueue(queues=play.stand.queues, url=play.stand.places.parked).look()
    ]


async def untouched(play: Play, record: Any) -> Command:
    command = await play.command(record)
    assert command.state is CommandState.RUNNING
    assert (command.attempt, command.result) == (1, None)
    assert await play.replies(record) == []
    return command


def forged(command: wire.CommandMessage, **facts: Any) -> str:
    """As much as an attacker may know: ids are in commits, and attempts are counted from one."""
    said = {"v": 1, "commandId": command.command_id, "attempt": 1, "kind": "result", **FALSE, **facts}
    return json.dumps({name: value for name, value in said.items() if value is not None})


FORGERIES: tuple[dict[str, Any], ...] = (
    {},
    {"kind": None, "attempt": None},  # as a plain container says it
    {"attempt": 2},
    {"attempt": 10**9},
    {"attempt": 0},
    {"nonce": "a" * 26},
    {"nonce": ""},
    {"success": False, "retryable": True},  # so that it runs again
    {"success": False, "interrupted": True, "interruptReason": "user_cancelled"},
)


async def test_a_report_on_another_containers_queue_is_parked(play: Play) -> None:
    gateway = await play.gateway()
    record, worker, command = await running(play, gateway)
    for facts in (*FORGERIES, {"nonce": command.nonce}):
        assert not await gateway.executor.answer("acme#site#mallory-x", forged(command, **facts))
    await untouched(play, record)
    assert await parked(play) == ["it came over the queue of another container"] * (len(FORGERIES) + 1)
    await gateway.executor.answer(worker.key, forged(command, nonce=command.nonce, previewUrl=None))
    assert (await play.ended(record)).state is CommandState.SUCCEEDED


async def test_a_report_on_the_own_queue_without_the_nonce_is_parked(play: Play) -> None:
    gateway = await play.gateway()
    record, worker, command = await running(play, gateway)
    for facts in FORGERIES:
        await gateway.executor.answer(worker.key, forged(command, **facts))
    await untouched(play, record)
    assert await parked(play) == ["it does not repeat the command's nonce"] * len(FORGERIES)


async def test_an_attempt_that_has_not_begun_is_not_reported_even_with_the_nonce(play: Play) -> None:
    gateway = await play.gateway()
    record, worker, command = await running(play, gateway)
    await gateway.executor.answer(worker.key, forged(command, nonce=command.nonce, attempt=2))
    await untouched(play, record)
    assert await parked(play) == ["it names an attempt that has not begun"]


async def test_a_report_that_cannot_be_read_ends_nothing_of_anothers(play: Play) -> None:
    gateway = await play.gateway()
    record, worker, command = await running(play, gateway)
    body = forged(command, durationSeconds="for ever")
    with pytest.raises(errors.Unreadable):
        await gateway.executor.answer("acme#site#mallory-x", body)
    for key in ("acme#site#mallory-x", worker.key):
        await gateway.poller._unreadable(body, key)
    await untouched(play, record)


async def test_a_flood_of_forged_reports_is_parked_only_in_part(play: Play, large: bool, figures: Figures) -> None:
    gateway = await play.gateway()
    record, worker, command = await running(play, gateway)
    count = 5000 if large else PARKED_OF_A_CONTAINER + 30
    hostile = "acme#site#mallory-x"
    for number in range(count):
        body = "{" if number % 2 else forged(command, nonce="guess")
        try:
            await gateway.executor.answer(hostile, body)
        except errors.Unreadable as error:
            received = Received(
                message_id="m", receipt="r", body=body, group=None, receive_count=1, sent_at=0.0, attributes={}
            )
            await gateway.poller._parking.unreadable(play.stand.places.inbound, received, error.message, key=hostile)
    queues, places = play.stand.queues, play.stand.places
    kept = [await queues.attributes(url) for url in (places.parked, places.dead)]
    told = [event for event in play.events if event.name.startswith("result.")]
    figures.add("reports", count)
    figures.add("events", len(told))

    assert sum(int(one["ApproximateNumberOfMessages"]) for one in kept) == PARKED_OF_A_CONTAINER
    assert len(told) <= PARKED_OF_A_CONTAINER + 1 + (count // 1000 if large else 0)
    assert next(event.facts["container_key"] for event in told if event.name == "result.dropped") == hostile
    await untouched(play, record)
    # Another container has its own share of the room.
    await gateway.executor.answer(worker.key, forged(command, nonce="guess"))
    assert (
        len(
            [
                event
                for event in play.events
                if event.facts.get("container_key") == worker.key and event.name == "result.unclaimed"
            ]
        )
        == 1
    )


async def test_signs_of_life_of_anothers_command_are_parked(play: Play) -> None:
    gateway = await play.gateway()
    _record, worker, command = await running(play, gateway)
    for kind in ("started", "progress"):
        for nonce in (None, "guess"):
            body = {"v": 1, "commandId": command.command_id, "attempt": 1, "kind": kind, "step": "x", "nonce": nonce}
            for key in ("acme#site#mallory-x", worker.key):
                assert not await gateway.executor.answer(key, json.dumps({**body, "message": "Pay here: evil"}))
    assert not [event for event in play.events if event.name in ("command.started", "command.progress")]
    assert len(await parked(play)) == 8
    good = wire.Progress(command_id=command.command_id, attempt=1, nonce=command.nonce, step="agent", message="Working")
    await gateway.executor.answer(worker.key, good.encode())
    assert [event for event in play.events if event.name == "command.progress"]


async def test_a_plain_containers_result_counts_for_its_own_command_until_a_worker_has_claimed_it(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.take()  # a plain container claims nothing
    assert command.nonce
    await gateway.executor.answer(worker.key, forged(command, kind=None, attempt=None, previewUrl=None))
    ended = await play.ended(record)
    assert ended.state is CommandState.SUCCEEDED
    assert (await play.sent(record)).kind == "succeeded"


async def test_a_command_message_made_for_another_container_is_not_claimed(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.take()
    for key, nonce in (("acme#site#mallory-x", None), (worker.key, "guess")):
        with pytest.raises(errors.ConditionFailed):
            await play.stand.commands.claim(
                command.command_id, attempt=1, gen=1, token="m", now=play.clock.time(), key=key, nonce=nonce
            )
    assert (await play.command(record)).state is CommandState.ACCEPTED


async def test_a_parked_report_that_an_operator_sends_back_is_parked_again(play: Play) -> None:
    gateway = await play.gateway()
    record, worker, command = await running(play, gateway)
    body = forged(command)
    await gateway.executor.answer("acme#site#mallory-x", body)
    await gateway.executor.answer(worker.key, body)  # where `hermes parked redrive` sends it
    await untouched(play, record)
