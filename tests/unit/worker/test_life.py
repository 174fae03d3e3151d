"""A worker's life as far as time decides it: heartbeats that fail, the idle stop, and the one last look before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from hermes import errors, limits
from hermes.aws.queues import DeadLetters, Queues, Received
from hermes.domain import wire
from hermes.domain.containers import Container, ContainerState
from hermes.process.reaper import Reaper
from hermes.worker import jobs, service
from hermes.worker.inbox import Inbox
from hermes.worker.interrupt_queue import InterruptQueue
from hermes.worker.jobs import Jobs
from hermes.worker.lease import Lease
from hermes.worker.run.workspace_cleaner import WorkspaceCleaner
from hermes.worker.service import STOPPED, WorkerService, WorkerTimes
from tests.env import quiet

KEY = "acme#site#anna"


class Clock:
    """Time that passes when somebody says so."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Records:
    """The container's record, seen from the worker; `answers` are raised instead of the next writes."""

    def __init__(self) -> None:
        self.answers: list[Exception] = []
        self.dispatched_seq = 0
        self.drained_with: list[int] = []
        self.ended = False

    def _record(self) -> Container:
        if self.answers:
            raise self.answers.pop(0)
        return Container(
            container_key=KEY, gen=1, state=ContainerState.READY, dispatched_seq=self.dispatched_seq, expires_at=2**40
        )

    async def register_ready(self, _key: str, **_: object) -> Container:
        return self._record()

    async def heartbeat(self, _key: str, **_: object) -> Container:
        return self._record()

    async def start_draining(self, _key: str, *, done_seq: int, **_: object) -> None:
        self._record()
        self.drained_with.append(done_seq)
        if done_seq < self.dispatched_seq:
            raise errors.ConditionFailed("handed over meanwhile")

    async def stopped(self, _key: str, **_: object) -> None:
        self.ended = True


def a_lease(records: Records, clock: Clock) -> Lease:
    return Lease(containers=records, active=None, key=KEY, gen=1, task_id="t", env=quiet(now=clock, clock=clock))  # type: ignore[arg-type]


async def test_a_heartbeat_that_cannot_be_written_is_borne_until_the_record_is_stale_to_others() -> None:
    records, clock = Records(), Clock()
    lease = a_lease(records, clock)
    await lease.register()
    records.answers = [errors.AwsTimeout("DynamoDB: no answer")] * 3
    clock.at += limits.HEARTBEAT_STALE_SECONDS - 1
    await lease.heartbeat(busy=False)
    assert not lease.lost.is_set()
    clock.at += 2
    await lease.heartbeat(busy=False)
    assert lease.lost.is_set()


@pytest.mark.parametrize(
    "refusal", [errors.AwsRefused("no", code="ValidationException"), errors.AwsUnavailable("AccessDenied")]
)
async def test_a_heartbeat_that_is_refused_does_not_end_a_worker_with_its_agent(refusal: Exception) -> None:
    records, clock = Records(), Clock()
    lease = a_lease(records, clock)
    await lease.register()
    records.answers = [refusal] * 2
    clock.at += 10
    await lease.heartbeat(busy=True)
    clock.at += 10
    await lease.heartbeat(busy=True)
    clock.at += 10
    await lease.heartbeat(busy=True)
    assert not lease.lost.is_set()


async def test_a_heartbeat_that_arrives_again_counts_from_then() -> None:
    records, clock = Records(), Clock()
    lease = a_lease(records, clock)
    await lease.register()
    for _ in range(3):
        clock.at += limits.HEARTBEAT_STALE_SECONDS - 1
        await lease.heartbeat(busy=False)
    records.answers = [errors.AwsTimeout("DynamoDB: no answer")]
    clock.at += 2
    await lease.heartbeat(busy=False)
    assert not lease.lost.is_set()


async def test_a_worker_that_was_told_to_end_says_so_with_its_next_heartbeats() -> None:
    told: list[object] = []

    class Beats(Records):
        async def heartbeat(self, _key: str, **facts: object) -> Container:
            told.append(facts["leaving"])
            return self._record()

    lease = a_lease(Beats(), Clock())
    await lease.register()
    await lease.heartbeat(busy=True)
    lease.leaving = True
    await lease.heartbeat(busy=True)
    assert told == [False, True]


async def test_a_heartbeat_of_a_fenced_worker_is_the_end_at_once() -> None:
    records = Records()
    lease = a_lease(records, Clock())
    await lease.register()
    records.answers = [errors.Fenced("another")]
    await lease.heartbeat(busy=True)
    assert lease.lost.is_set()


def test_heartbeats_and_the_idle_stop_have_the_times_of_the_design() -> None:
    times = WorkerTimes()
    assert times.idle == 20 * 60
    assert times.heartbeat * 2 < jobs.ACTIVE_JOB_SECONDS  # one may fail, and what runs is still shown
    assert times.heartbeat * 2 < limits.HEARTBEAT_STALE_SECONDS


class Nothing(Queues, DeadLetters, Reaper, WorkspaceCleaner):
    """Stands where nothing happens."""

    def __init__(self) -> None:
        return None

    async def if_due(self, busy: frozenset[str]) -> list[str]:
        return []

    def reap(self) -> int:
        return 0


class Emptiness(Inbox):
    """An input queue without messages; each poll takes a minute of the clock and may see something happen."""

    def __init__(self, clock: Clock, happens: Callable[[int], None]) -> None:
        self._clock = clock
        self._happens = happens
        self.polls: list[float] = []

    async def receive(self, *, most: int, wait_seconds: int) -> list[tuple[Received, wire.CommandMessage]]:
        self._clock.at += 60.0
        self.polls.append(self._clock.at)
        self._happens(len(self.polls))
        await asyncio.sleep(0)
        return []

    async def keep_renewing(self) -> None:
        return None


class NoJobs(Jobs):
    """Nothing runs here."""

    def __init__(self) -> None:
        self._lines = {}
        self._most = 4
        self._shown = False
        self.busy = asyncio.Event()
        self.changed = asyncio.Event()

    def recover(self, group: asyncio.TaskGroup) -> None:
        return None

    def close(self, *_: object) -> None:
        return None


async def serve(
    records: Records, clock: Clock, happens: Callable[[int, Lease], None] = lambda _poll, _lease: None
) -> tuple[int, list[float]]:
    lease = a_lease(records, clock)
    nothing, inbox = Nothing(), Emptiness(clock, lambda poll: happens(poll, lease))
    living = WorkerService(
        lease=lease,
        inbox=inbox,
        jobs=NoJobs(),
        interrupts=InterruptQueue(queues=nothing, dead_letters=nothing, url=""),
        reaper=nothing,
        tidy=nothing,
        times=WorkerTimes(),
        env=quiet(now=clock, clock=clock),
    )
    async with asyncio.timeout(60):
        return await living.run(asyncio.Event()), inbox.polls


async def test_a_worker_without_work_for_twenty_minutes_ends_in_order() -> None:
    records, clock = Records(), Clock()
    code, polls = await serve(records, clock)
    assert code == STOPPED
    assert records.ended
    assert polls[-1] - 1000.0 == limits.IDLE_SECONDS
    assert len(polls) == limits.IDLE_SECONDS / 60  # the last of them is the last receive: after it nothing is taken


async def test_what_was_handed_over_before_the_last_receive_keeps_the_worker() -> None:
    records, clock = Records(), Clock()

    def happens(poll: int, lease: Lease) -> None:
        if poll == 20:  # the gateway hands over while the worker looks for the last time
            records.dispatched_seq = 7
        elif poll == 23:  # a heartbeat tells the worker; only a receive that began after it, and was empty, settles it
            lease.dispatched_seq = 7

    code, polls = await serve(records, clock, happens)
    assert (code, len(polls)) == (STOPPED, 24)
    assert records.drained_with == [0, 0, 0, 0, 7]


@pytest.mark.parametrize("answer", [errors.AwsTimeout("no answer"), errors.AwsUnavailable("no answer")])
async def test_an_end_that_cannot_be_recorded_is_tried_with_the_next_receive(answer: Exception) -> None:
    records, clock = Records(), Clock()

    def happens(poll: int, _lease: Lease) -> None:
        if poll == 20:
            records.answers = [answer]

    code, polls = await serve(records, clock, happens)
    assert (code, len(polls)) == (STOPPED, 21)


async def test_a_worker_whose_input_queue_is_gone_ends_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    records, clock = Records(), Clock()
    monkeypatch.setattr(limits, "REPORT_PAUSE_SECONDS", 0.01)
    missing = errors.AwsRefused("the queue does not exist", code="QueueDoesNotExist", missing=True)

    def happens(poll: int, _lease: Lease) -> None:
        if poll != 2:  # once it is not known everywhere: that is no end
            raise missing

    code, polls = await serve(records, clock, happens)
    assert (code, len(polls)) == (STOPPED, 2 + service.GONE_TIMES)
    assert records.ended
