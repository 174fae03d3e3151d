"""Strangers' notifications leave the owners' queue unread and in calls of ten; an owner's mail behind a flood of them is found first."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import types
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from hermes import errors, limits
from hermes.aws.queues import Received
from hermes.domain.events import Event
from hermes.gateway.intake import stranger_sorter
from hermes.gateway.intake.inbound import Inbound, Slots
from hermes.gateway.intake.stranger_sorter import InboundQueue
from tests import env
from tests.eventually import eventually

ANNA, EVE = "anna@example.org", "eve@evil.example"


class Queue:
    """The owners' queue; a poll of an empty one waits until there is a message or `stop` is set, as a long poll does."""

    def __init__(self) -> None:
        self.left: collections.deque[Received] = collections.deque()
        self.stop = asyncio.Event()
        self.more = asyncio.Event()
        self.may_move = asyncio.Event()
        self.may_move.set()
        self.fault: errors.HermesError | None = None
        self.moved: list[list[str]] = []
        self.deleted: list[str] = []
        self.given_back: list[str] = []
        self.received = 0

    def put(
        self, author: str, count: int = 1, *, receives: int = 1, attributes: Mapping[str, str] | None = None
    ) -> None:
        for _ in range(count):
            name = f"{author} {len(self.left) + self.received}"
            body = _notification(author, name)
            one = Received(
                message_id=name,
                receipt=name,
                body=body,
                group=None,
                receive_count=receives,
                sent_at=0.0,
                attributes=attributes or {},
            )
            self.left.append(one)
        self.more.set()

    async def receive(self, url: str, *, most: int, wait_seconds: int, visibility_seconds: int) -> list[Received]:
        assert url == "inbound"
        if not self.left and wait_seconds > 1:
            self.more.clear()
            await self.more.wait()
        await asyncio.sleep(0)
        some = [self.left.popleft() for _ in range(min(most, limits.BATCH, len(self.left)))]
        self.received += len(some)
        return some

    async def move(self, source: str, target: str, messages: Sequence[Received]) -> None:
        assert (source, target) == ("inbound", "strangers")
        await self.may_move.wait()
        if self.fault is not None:
            raise self.fault
        self.moved.append([one.receipt for one in messages])

    async def change_visibility(self, url: str, changes: Sequence[tuple[str, int]]) -> None:
        self.given_back += [receipt for receipt, _ in changes]

    async def delete(self, url: str, receipts: Sequence[str]) -> None:
        self.deleted += receipts


class Processor:
    """Takes what it gets, one after another once `may` is set."""

    def __init__(self) -> None:
        self.handled: list[str] = []
        self.may = asyncio.Event()
        self.may.set()

    async def handle(self, pointer: Any, *, order: float) -> None:
        await self.may.wait()
        self.handled.append(pointer.key)


class Running:
    """A reader, with all that is around it."""

    def __init__(self) -> None:
        self.queue, self.processor = Queue(), Processor()
        self.held: set[str] = set()
        self.events: list[Event] = []

    @contextlib.asynccontextmanager
    async def go(self) -> AsyncIterator[None]:
        holding = types.SimpleNamespace(
            visibility_seconds=30, hold=lambda _, one: self.held.add(one), release=lambda _, one: self.held.discard(one)
        )
        parts: Any = {
            "stores": types.SimpleNamespace(queues=self.queue, dead_letters=None),
            "processor": self.processor,
            "holding": holding,
        }
        inbound = Inbound(
            **parts,
            queue=InboundQueue(
                url="inbound",
                poll_seconds=20,
                strangers="strangers",
                among_owners=lambda pointers: pointers[0].claimed == (ANNA,),
            ),
            slots=Slots(most=4, allowed=lambda: 4),
            env=env.quiet(now=lambda: 0.0, emit=self.events.append),
        )
        task = asyncio.create_task(inbound.run(self.queue.stop))
        try:
            async with asyncio.timeout(60):
                yield
        finally:
            self.queue.stop.set()
            self.queue.more.set()
            self.queue.may_move.set()
            self.processor.may.set()
            async with asyncio.timeout(60):
                await task


@pytest.fixture
def running() -> Running:
    return Running()


def _notification(author: str, key: str) -> str:
    mail = {"timestamp": "2026-01-01T00:00:00Z", "source": author, "commonHeaders": {"from": [author]}}
    receipt = {"recipients": ["site@agent.example.com"], "action": {"type": "S3", "objectKey": key}}
    return json.dumps({"notificationType": "Received", "receipt": receipt, "mail": mail})


@pytest.mark.parametrize(
    ("author", "receives", "attributes", "handed_over"),
    [
        (EVE, 1, {}, True),
        # The gateway that had received it died.
        (EVE, 2, {}, True),
        (EVE, 1, {"order": "1.0", "judged": "1"}, False),
        (ANNA, 1, {}, False),
    ],
)
async def test_a_strangers_mail_from_ses_is_handed_over_unread(
    running: Running, author: str, receives: int, attributes: dict[str, str], handed_over: bool
) -> None:
    queue = running.queue
    queue.put(author, receives=receives, attributes=attributes)
    async with running.go():
        await eventually(lambda: bool(queue.moved or queue.deleted))

    assert bool(queue.moved) is handed_over
    assert len(running.processor.handled) == (not handed_over)


async def test_an_owners_mail_behind_a_flood_is_handled_before_the_flood_is_moved(running: Running) -> None:
    queue = running.queue
    queue.put(EVE, 2000)
    queue.put(ANNA)
    queue.may_move.clear()
    async with running.go():
        await eventually(lambda: len(running.processor.handled) == 1)
        assert queue.moved == []
        queue.may_move.set()
        await eventually(lambda: sum(map(len, queue.moved)) == 2000)

    assert max(map(len, queue.moved)) == limits.BATCH
    assert len({one for batch in queue.moved for one in batch}) == 2000


async def test_no_more_is_received_than_can_be_moved_in_time(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stranger_sorter, "MOST_GOING", 100)
    queue = running.queue
    queue.put(EVE, 2000)
    queue.may_move.clear()
    async with running.go():
        await eventually(lambda: queue.received >= 100)
        for _ in range(1000):
            await asyncio.sleep(0)
        # Each of the receives beside may have been under way.
        assert queue.received < 100 + limits.BATCH * (stranger_sorter.MOST_BESIDE + stranger_sorter.MOST_MOVING + 1)
        queue.may_move.set()
        await eventually(lambda: sum(map(len, queue.moved)) == 2000)


async def test_owners_mail_found_in_a_flood_waits_for_slots_and_stays_ours(running: Running) -> None:
    queue, processor = running.queue, running.processor
    processor.may.clear()
    queue.put(EVE, 60)
    queue.put(ANNA, 30)
    async with running.go():
        await eventually(lambda: len(running.held) > 4)
        processor.may.set()
        await eventually(lambda: len(processor.handled) == 30)

    assert running.held == set()
    assert len(queue.deleted) == 30
    assert queue.given_back == []


async def test_what_waits_for_slots_at_the_stop_is_given_back(running: Running) -> None:
    queue, processor = running.queue, running.processor
    processor.may.clear()
    queue.put(EVE, 60)
    queue.put(ANNA, 30)
    async with running.go():
        await eventually(lambda: len(running.held) > 4)
        queue.stop.set()
        await eventually(lambda: bool(queue.given_back))
        processor.may.set()

    assert running.held == set()
    assert len(queue.given_back) + len(queue.deleted) + len(queue.left) == 30


async def test_what_waited_too_long_to_be_moved_is_left_to_come_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = running.queue
    queue.put(EVE, 100)
    queue.may_move.clear()
    monkeypatch.setattr(stranger_sorter, "_SURE", 0.0)
    async with running.go():
        await eventually(lambda: queue.received == 100)
        monkeypatch.undo()
        queue.may_move.set()
        queue.put(EVE)
        await eventually(lambda: len(queue.moved) > 0)

    assert [one for batch in queue.moved for one in batch] == [f"{EVE} 100"]


async def test_what_could_not_be_moved_comes_again(running: Running) -> None:
    queue = running.queue
    queue.fault = errors.AwsUnavailable("SQS SendMessageBatch: down")
    queue.put(EVE, 25)
    async with running.go():
        await eventually(lambda: any(event.name == "mail.deferred" for event in running.events))
        queue.fault = None
        queue.put(EVE)
        await eventually(lambda: len(queue.moved) > 0)

    assert queue.deleted == []
