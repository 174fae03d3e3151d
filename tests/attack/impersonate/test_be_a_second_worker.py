"""A process in a container wants to be taken for the container's worker, and two gateways are told two ends of one command."""

from __future__ import annotations

import asyncio

import pytest

from hermes import errors
from hermes.domain import wire
from hermes.domain.commands import CommandState
from tests.integration.conftest import aws
from tests.integration.gateway.conftest import play
from tests.integration.gateway.play import Play

__all__ = ["aws", "play"]


@pytest.fixture
def endpoint(ministack: object) -> object:
    """One implementation of AWS will do."""
    return ministack


async def test_a_second_task_of_the_generation_is_fenced_and_can_neither_beat_nor_claim_nor_report(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    now = play.clock.time()
    containers, commands = play.stand.containers, play.stand.commands
    for gen in (worker.gen, worker.gen + 1, worker.gen - 1):
        with pytest.raises(errors.Fenced):
            await containers.register_ready(worker.key, gen=gen, task_arn="fake:mallory", now=now)
        with pytest.raises(errors.Fenced):
            await containers.heartbeat(worker.key, gen=gen, task_arn="fake:mallory", now=now, busy=True, done_seq=99)
    with pytest.raises(errors.ConditionFailed):
        await commands.claim(command.command_id, attempt=1, gen=worker.gen, token="mallory", now=now)
    false = wire.ResultMessage(command_id=command.command_id, attempt=1, success=True, summary="False")
    await gateway.executor.answer(worker.key, false.encode())
    assert (await play.command(record)).state is CommandState.RUNNING
    await worker.beat()
    await gateway.executor.answer(worker.key, false.model_copy(update={"nonce": command.nonce}).encode())
    assert (await play.command(record)).state is CommandState.SUCCEEDED


async def test_of_two_ends_that_two_gateways_are_told_at_once_one_counts_and_one_mail_goes_out(play: Play) -> None:
    gateways = [await play.gateway(), await play.gateway()]
    message_id, record = await play.mail(gateways[0], "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    ends = [
        wire.ResultMessage(
            command_id=command.command_id, attempt=1, nonce=command.nonce, success=success, summary="End"
        )
        for success in (True, False)
    ]
    await asyncio.gather(
        *(gateway.executor.answer(worker.key, end.encode()) for gateway in gateways for end in ends for _ in range(3))
    )
    ended = await play.command(record)
    assert ended.state in (CommandState.SUCCEEDED, CommandState.FAILED)
    await play.sent(record)
    assert len(await play.replies(record)) == 1
    assert len(list(play.postbox.raw)) == 1
    assert play.postbox.answers_to(message_id)
