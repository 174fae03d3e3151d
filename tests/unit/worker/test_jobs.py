"""A command that cannot be claimed while AWS does not answer: held, tried again, and given back only by a worker that ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hermes import errors, limits
from hermes.aws.queues import Received
from hermes.domain.interrupts import InterruptReason
from hermes.execution import ExecutionState
from hermes.worker import jobs
from hermes.worker.claim import Claim, ClaimVerdict
from hermes.worker.jobs import Jobs
from tests.env import quiet
from tests.unit.worker.origin import a_command


class Records:
    """The claims: an outage first, then nothing more to say about the command."""

    def __init__(self, outage: int) -> None:
        self.left = outage
        self.tries = 0
        self.tried = asyncio.Event()

    async def claim(self, message: object) -> Claim:
        self.tries += 1
        self.tried.set()
        if self.left:
            self.left -= 1
            raise errors.AwsUnavailable("not now")
        return Claim(ClaimVerdict.DROP)


class Hands:
    """The inbox: what became of each message."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.given_back: list[tuple[str, int]] = []
        self.left: list[str] = []

    async def delete(self, received: Received) -> None:
        self.deleted.append(received.receipt)

    async def postpone(self, received: Received, seconds: int) -> None:
        self.given_back.append((received.receipt, seconds))

    def let_go(self, received: Received) -> None:
        self.left.append(received.receipt)

    async def give_back(self, received: Received) -> None:
        await self.postpone(received, 0)


class Bench:
    """Jobs, of which only claims and inbox are ever asked."""

    def __init__(self, *, outage: int, passing: float = 0.0, fenced_at: int = 1_000_000) -> None:
        self.records, self.hands, self.clock, self.passing = Records(outage), Hands(), 0.0, passing
        nothing: Any = None
        claims: Any = self.records
        inbox: Any = self.hands
        executions: Any = type("Fresh", (), {"begin": lambda _, message: ExecutionState()})()
        lease: Any = type("Held", (), {"lost": self})()
        self.fenced_at = fenced_at
        self.jobs = Jobs(
            claims=claims, runner=nothing, executions=executions, reporter=nothing, inbox=inbox, lease=lease,
            env=quiet(now=self.now, clock=self.now),
        )  # fmt: skip

    def is_set(self) -> bool:
        """The lease's `lost`."""
        return self.records.tries >= self.fenced_at

    def now(self) -> float:
        self.clock += self.passing
        return self.clock

    async def serve(self, *seqs: int) -> None:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for seq in seqs:
                self.jobs.offer(received(f"r{seq}"), a_command(seq=seq), group)


def received(receipt: str) -> Received:
    return Received(message_id="m", receipt=receipt, body="", group="s", receive_count=1, sent_at=0.0, attributes={})


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CLAIM_RETRY_SECONDS", 0.01)


async def test_it_is_held_through_an_outage_however_often_it_is_tried() -> None:
    bench = Bench(outage=3 * limits.RECEIVES)
    await bench.serve(1, 2)
    assert bench.hands.deleted == ["r1", "r2"]
    assert bench.hands.given_back == []
    assert bench.records.tries == 3 * limits.RECEIVES + 2


async def test_a_worker_that_ends_gives_it_back_at_once_and_what_waits_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "CLAIM_RETRY_SECONDS", 60)
    bench = Bench(outage=1_000_000)
    serving = asyncio.create_task(bench.serve(1, 2))
    async with asyncio.timeout(60):
        await bench.records.tried.wait()
    bench.jobs.close(InterruptReason.SYSTEM_SHUTDOWN, "The worker stops.", None)
    await serving
    assert bench.hands.given_back == [("r1", 0), ("r2", 0)]
    assert bench.hands.deleted == []


async def test_a_worker_that_loses_its_key_lets_go_of_it_without_a_word_to_the_queue() -> None:
    bench = Bench(outage=1_000_000, fenced_at=2)
    await bench.serve(1, 2)
    assert bench.hands.left == ["r1", "r2"]
    assert (bench.hands.given_back, bench.hands.deleted) == ([], [])
    assert bench.records.tries == 2


async def test_it_is_not_held_for_ever() -> None:
    bench = Bench(outage=1_000_000, passing=jobs.CLAIM_HOLD_SECONDS / 4)
    await bench.serve(1)
    assert [receipt for receipt, _ in bench.hands.given_back] == ["r1"]
    assert 2 <= bench.records.tries <= 5


async def test_one_that_was_interrupted_meanwhile_is_not_tried_without_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    interrupted = asyncio.Event()

    async def pause(stop: asyncio.Event, seconds: float) -> bool:
        pauses.append(seconds)
        await interrupted.wait()
        return False

    monkeypatch.setattr("hermes.aws.queues.pause", pause)
    bench = Bench(outage=5)
    serving = asyncio.create_task(bench.serve(1))
    async with asyncio.timeout(60):
        await bench.records.tried.wait()
    (line,) = bench.jobs._lines.values()
    assert line.job is not None
    line.job.state.request_interrupt(InterruptReason.USER_CANCELLED, "", None)
    interrupted.set()
    await serving
    assert len(pauses) == 5
