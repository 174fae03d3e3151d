"""The clock of a machine is set by an hour, forward or back, in the midst of everything: nothing is lost, ended or done twice by that."""

from __future__ import annotations

import time

import pytest

from hermes.app import gateway as composition
from hermes.domain.commands import CommandState
from hermes.domain.mails import Outcome
from tests import env
from tests.attack.table import Figures
from tests.eventually import eventually
from tests.integration.gateway.play import Play

pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

_HOUR = 3600.0


class Jumping:
    """A wall clock that somebody sets; the monotonic one goes on as ever."""

    def __init__(self) -> None:
        self.off = 0.0

    def now(self) -> float:
        return time.time() + self.off


async def _gateway(play: Play, jumping: Jumping) -> composition.Gateway:
    made = await composition.build(
        play.config(),
        play.stand.clients,
        env=env.quiet(now=jumping.now, clock=time.monotonic, emit=play.events.append),
    )
    play.gateways.append(made)
    return made


@pytest.mark.parametrize(
    "jumps", [(_HOUR,), (-_HOUR,), (_HOUR, -2 * _HOUR, _HOUR)], ids=["forward", "back", "to and fro"]
)
async def test_a_running_command_goes_on_and_is_answered_once(
    play: Play, jumps: tuple[float, ...], figures: Figures
) -> None:
    jumping = Jumping()
    gateway = await _gateway(play, jumping)
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    launches = len(play.launcher.requests)
    for jump in jumps:
        jumping.off += jump
        for _ in range(3):
            await worker.beat()
            await gateway.sweeper.sweep()
        found = await play.command(record)
        assert (found.state, found.attempt) == (CommandState.RUNNING, 1)
        assert not [
            reply for reply in await play.replies(record) if reply.kind in ("interrupted", "failed", "timed_out")
        ]
    await worker.succeed(command)

    assert (await play.ended(record)).state is CommandState.SUCCEEDED
    assert (await play.sent(record, "succeeded")).kind == "succeeded"
    for _ in range(3):
        await gateway.sweeper.sweep()
    assert [reply.kind for reply in await play.replies(record)].count("succeeded") == 1
    assert len(play.launcher.requests) == launches
    assert play.launcher.stopped == []
    figures.add("jumps", len(jumps))


@pytest.mark.parametrize("jump", [_HOUR, -_HOUR], ids=["forward", "back"])
async def test_a_newer_mail_stops_the_older_command_at_once(play: Play, jump: float) -> None:
    jumping = Jumping()
    gateway = await _gateway(play, jumping)
    message_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    jumping.off = jump
    _, second = await play.mail(gateway, "Change the title", answers=message_id)
    interrupt = await worker.interrupt()
    await worker.yield_to(command, interrupt)

    assert (await play.ended(first)).state is CommandState.INTERRUPTED
    assert (await worker.begin()).command_id == second.command_id


@pytest.mark.parametrize("jump", [_HOUR, -_HOUR], ids=["forward", "back"])
async def test_a_mail_is_a_command_once_however_the_clock_stands(play: Play, jump: float) -> None:
    jumping = Jumping()
    gateway = await _gateway(play, jumping)
    letter = await play.letter("Rework the page")
    first = await gateway.processor.handle(letter.pointer, order=play.order())
    jumping.off = jump
    again = await gateway.processor.handle(letter.pointer, order=play.order())

    assert first.outcome is Outcome.COMMAND
    assert again.command_id == first.command_id
    assert len([one for one in await play.stand.sessions.all_mails() if one.outcome is Outcome.COMMAND]) == 1


async def test_what_waits_for_its_container_is_neither_given_up_nor_launched_again(play: Play) -> None:
    jumping = Jumping()
    gateway = await _gateway(play, jumping)
    _, record = await play.mail(gateway, "Rework the page")
    await eventually(lambda: bool(play.launcher.requests))
    for _ in range(3):
        jumping.off += _HOUR  # and whatever was to be looked at is due
        await gateway.sweeper.sweep()
        assert (await play.command(record)).state is CommandState.ACCEPTED
    worker = await play.worker()
    await worker.succeed(await worker.begin())

    assert (await play.ended(record)).state is CommandState.SUCCEEDED
    assert len(play.launcher.requests) == 1
    assert play.launcher.stopped == []


async def test_a_worker_that_is_about_to_answer_an_interrupt_is_not_stopped(play: Play) -> None:
    jumping = Jumping()
    gateway = await _gateway(play, jumping)
    message_id, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    await play.mail(gateway, "stop", answers=message_id)
    interrupt = await worker.interrupt()
    for _ in range(3):
        jumping.off += _HOUR
        await worker.beat()
        await gateway.sweeper.sweep()
        assert play.launcher.stopped == []
    await worker.yield_to(command, interrupt)

    assert (await play.ended(record)).state is CommandState.INTERRUPTED


async def test_a_command_whose_container_went_waits_for_the_report_that_another_replica_may_hold(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumping = Jumping()
    gateway = await _gateway(play, jumping)
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()

    async def held(_key: str) -> int:
        return 1  # somebody received it and has not handled it yet

    monkeypatch.setattr(gateway.poller, "drain", held)
    await play.stand.containers.lost(await worker.beat(), reason="it went")
    for _ in range(3):
        jumping.off += _HOUR
        await gateway.sweeper.sweep()
        assert not (await play.command(record)).state.terminal


async def test_two_commands_that_run_while_a_laptop_sleeps_for_an_hour_go_on_when_it_wakes(play: Play) -> None:
    jumping = Jumping()
    gateway = await _gateway(play, jumping)
    records = [(await play.mail(gateway, words))[1] for words in ("Rework the page", "Change the title")]
    worker = await play.worker()
    commands = [await worker.begin() for _ in records]
    jumping.off += _HOUR  # the clock that nobody sets does not count the sleep
    # The first thing that the gateway does is to look at what is due; the worker's heartbeat comes later.
    for _ in range(3):
        await gateway.sweeper.sweep()
    await worker.beat()
    await gateway.sweeper.sweep()
    for record in records:
        found = await play.command(record)
        assert (found.state, found.attempt) == (CommandState.RUNNING, 1)
    assert play.launcher.stopped == []
    assert len(play.launcher.requests) == 1

    for command in commands:
        await worker.succeed(command)
    for record in records:
        assert (await play.ended(record)).state is CommandState.SUCCEEDED
        assert [reply.kind for reply in await play.replies(record)].count("succeeded") == 1
