"""One trace for each mail: in every message between gateway and worker, and in every line of the log that is about it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from hermes import logs
from hermes.app import gateway as composition
from hermes.domain import trace
from hermes.gateway.upkeep.announcer import Announcer
from tests import env
from tests.eventually import eventually
from tests.integration.gateway.play import Play


class Written:
    """What a JSON log holds, parsed."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def actions(self, trace_id: str) -> set[str]:
        return {line["action"] for line in self.lines() if line.get("trace_id") == trace_id}


@pytest.fixture
def written() -> Iterator[Written]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    logger = logging.getLogger("hermes")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield Written(stream)
    logger.removeHandler(handler)
    logger.setLevel(before)


async def test_one_grep_shows_the_whole_way_of_a_mail(play: Play, written: Written) -> None:
    announcer = Announcer(slow=[logs.event])  # as `hermes serve` does: the lines are written in another thread
    gateway = await composition.build(
        play.config(), play.stand.clients, env=env.quiet(now=play.clock.time, clock=play.clock.time, emit=announcer)
    )
    play.gateways.append(gateway)
    (first_id, first), (_, second) = await asyncio.gather(
        play.mail(gateway, "Rework the page"), play.mail(gateway, "Fix the phone number")
    )
    worker = await play.worker()
    commands = {command.command_id: command for command in (await worker.begin(), await worker.begin())}
    running, beside = commands[first.command_id or ""], commands[second.command_id or ""]
    await play.mail(gateway, "stop", answers=first_id)
    interrupt = await worker.interrupt()
    assert interrupt.traceparent == running.traceparent
    traces = {command.command_id: trace.trace_id(command.traceparent) or "" for command in commands.values()}
    assert len(set(traces.values())) == 2

    await worker.finish(running, interrupted=True, interrupt_reason="user_cancelled", traceparent=running.traceparent)
    await worker.succeed(beside)
    await play.sent(first)
    await play.sent(second)
    ways = {
        running.command_id: {
            "mail.command",
            "command.sent",
            "command.interrupting",
            "command.interrupted",
            "reply.sent",
        },
        beside.command_id: {"mail.command", "command.sent", "command.succeeded", "reply.sent"},
    }

    def told() -> bool:
        return all(way <= written.actions(traces[command_id]) for command_id, way in ways.items())

    await eventually(told)
    announcer.close()
    for line in written.lines():
        if line.get("command_id") in traces:
            assert line["trace_id"] == traces[line["command_id"]], line
    # Whose mail started the container is known as well.
    assert [
        line["trace_id"] in traces.values() for line in written.lines() if line["action"] == "container.launching"
    ] == [True]


async def test_a_sweep_speaks_of_the_mail_that_it_is_about(play: Play, written: Written) -> None:
    gateway = await composition.build(
        play.config(),
        play.stand.clients,
        env=env.quiet(now=play.clock.time, clock=play.clock.time, emit=Announcer([logs.event])),
    )
    play.gateways.append(gateway)
    message_id, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    play.clock.advance(100)  # no heartbeat: its container is given up
    for _ in range(3):
        await gateway.sweeper.sweep()
        play.clock.advance(31)

    assert {"container.lost", "command.orphaned", "command.rerun"} <= written.actions(
        trace.of_mail(record.mail_id) or ""
    )
    assert command.traceparent == trace.begin(record.mail_id)
    assert message_id
