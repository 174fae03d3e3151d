"""Each refusal that passes, at each call of a gateway, for a moment and for long: nothing is lost, nothing is done twice.

`TEST_REFUSALS=all` plays every refusal at every call, once and for long; else each call meets some of them, and one lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import pytest

from hermes import limits
from hermes.domain.commands import Command, CommandState
from hermes.domain.mails import Outcome
from hermes.gateway.intake import inbound
from tests import direct
from tests.eventually import eventually
from tests.integration.gateway.play import Play
from tests.integration.gateway.scripted_worker import ScriptedWorker
from tests.refusing import OPERATIONS, PASSING, Refusing, Saying

EVERY = [operation for operations in OPERATIONS.values() for operation in operations]
ALL = os.environ.get("TEST_REFUSALS") == "all"
#: In each round every call is refused once, with another refusal than its neighbours.
ROUNDS = range(len(PASSING) if ALL else 3)
#: For long: one refusal at the calls that a mail cannot do without, or each at each.
LONG = (
    [(operation, saying) for operation in EVERY for saying in PASSING]
    if ALL
    else [(operation, PASSING[0]) for operation in ("GetObject", "TransactWriteItems", "SendMessage", "CreateQueue")]
)


def named(saying: Saying) -> str:
    return saying.code or str(saying.status)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that was deferred comes again at once."""
    monkeypatch.setattr(inbound, "_RETRY_SECONDS", 0)
    monkeypatch.setattr(inbound, "_MAX_PAUSE_SECONDS", 0.5)
    monkeypatch.setattr(limits, "INBOUND_VISIBILITY_SECONDS", 2)


class Life:
    """One mail, from the inbound queue to its answer, over a gateway whose calls may be refused."""

    def __init__(self, play: Play, refusing: Refusing) -> None:
        self.play = play
        self.refusing = refusing
        self.message_id = ""
        self.commands: list[str] = []
        """Every message that a worker got."""

    async def deliver(self) -> None:
        letter = await self.play.letter("Rework the page")
        self.message_id = letter.message_id
        await self.play.stand.queues.send(self.play.stand.places.inbound, letter.pointer.model_dump_json())

    async def work(self) -> None:
        """A worker that does what comes, beats, and lets time pass."""
        worker: ScriptedWorker | None = None
        while True:
            await asyncio.sleep(0.1)
            self.play.clock.advance(3)
            if worker is None and self.play.launcher.requests:
                worker = await self.play.worker()
            if worker is None:
                continue
            await worker.beat(busy=False)
            for received in await self.play.stand.queues.receive(worker.input_url, wait_seconds=0):
                self.commands.append(received.body)
                await self.play.stand.queues.change_visibility(worker.input_url, [(received.receipt, 0)])
                command = await worker.begin()
                await worker.succeed(command)

    async def check(self) -> None:
        """The mail has one answer, and there was one command, done once."""
        await eventually(self._ended)
        (command,) = [one for one in await self._commands() if one]
        assert (command.state, command.attempt) == (CommandState.SUCCEEDED, 1)
        assert len(self.commands) == 1
        rows = await self.play.stand.outbox.all()
        await eventually(lambda: len(self.play.postbox.answers_to(self.message_id)) == len(rows))
        assert sorted(row.kind for row in rows) in (["succeeded"], ["still_starting", "succeeded"])
        assert not any("123456789012" in str(one) for one in self.play.postbox.answers_to(self.message_id))
        mails = [row for row in self.play.events if row.name.startswith("mail.") and row.name != "mail.deferred"]
        # A message whose deletion was refused comes again, and is known.
        assert {row.name for row in mails} - {"mail.duplicate"} == {f"mail.{Outcome.COMMAND.value}"}
        for url in (self.play.stand.places.dead, self.play.stand.places.dead_fifo, self.play.stand.places.unclaimed):
            assert await self.play.stand.queues.receive(url, wait_seconds=0) == []

    async def _ended(self) -> bool:
        return any(one.state.terminal for one in await self._commands() if one)

    async def _commands(self) -> list[Command | None]:
        ids = {str(event.facts["command_id"]) for event in self.play.events if event.facts.get("command_id")}
        return [await self.play.stand.commands.get(one) for one in ids]


@contextlib.asynccontextmanager
async def living(play: Play) -> AsyncIterator[Life]:
    real = play.stand.clients
    object.__setattr__(play.stand, "clients", direct.clients())
    life = Life(play, Refusing(play.stand.clients))
    async with play.serving(timing={"interrupt": 2}):
        object.__setattr__(play.stand, "clients", real)
        await play.event("gateway.started")
        working = asyncio.create_task(life.work())
        try:
            yield life
        finally:
            life.refusing.lift()
            working.cancel()
            ended = (await asyncio.gather(working, return_exceptions=True))[0]
    if isinstance(ended, Exception):
        raise ended


@pytest.mark.parametrize("number", ROUNDS)
async def test_a_refusal_of_a_moment_at_every_call_is_borne(play: Play, number: int) -> None:
    async with living(play) as life:
        for place, operation in enumerate(EVERY):
            life.refusing.refuse(operation, PASSING[(place + number * 5) % len(PASSING)])
        await life.deliver()
        await life.check()
        assert {"ReceiveMessage", "TransactWriteItems", "GetItem", "GetObject", "UpdateItem"} <= set(life.refusing.met)


@pytest.mark.parametrize(("operation", "saying"), LONG, ids=lambda one: one if isinstance(one, str) else named(one))
async def test_a_refusal_that_lasts_ends_nothing_and_is_taken_up_when_it_is_over(
    play: Play, operation: str, saying: Saying
) -> None:
    async with living(play) as life:
        life.refusing.refuse(operation, saying, times=None)
        await life.deliver()
        if operation in ("GetObject", "TransactWriteItems", "SendMessage"):
            await eventually(lambda: life.refusing.met[operation] >= 3)
        else:
            await asyncio.sleep(2)
        refused = life.refusing.met[operation]
        assert not refused or not any(one.kind == "failed" for one in await play.stand.outbox.all())
        life.refusing.lift()
        await life.check()
