"""One replica polls for a container; when it dies another does within ten seconds, whatever the wall clocks say."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from hermes import errors, ids
from hermes.aws.records.commands import Timer
from hermes.aws.records.replicas import Heartbeat, Replicas
from hermes.gateway.results import replica_membership
from hermes.gateway.results.pending_ledger import PendingLedger
from hermes.gateway.results.pending_results import PendingResults
from hermes.gateway.results.replica_membership import ReplicaMembership
from tests import env

KEYS = [f"acme#site#user{number}" for number in range(60)]


class Row(Replicas):
    """The row, in memory."""

    def __init__(self) -> None:
        self.heartbeats: dict[str, Heartbeat] = {}
        self.beats = 0
        self.unforgetting = False

    async def heartbeat(
        self, replica: str, count: int, *, pending: int, sent: Sequence[tuple[str, str]]
    ) -> Mapping[str, Heartbeat]:
        self.beats += 1
        self.heartbeats[replica] = Heartbeat(count, pending, tuple(sent))
        return dict(self.heartbeats)

    async def look(self) -> Mapping[str, Heartbeat]:
        return dict(self.heartbeats)

    async def forget(self, replica: str, count: int) -> None:
        if self.unforgetting:
            raise errors.AwsThrottled("not now")
        if replica in self.heartbeats and self.heartbeats[replica].count == count:
            del self.heartbeats[replica]


@dataclasses.dataclass
class Index:
    """The commands of a house: none is open but those that the replicas know; notes who looks."""

    house: House
    name: str

    async def due(self, *, before: float | None, most: int | None) -> list[Timer]:
        if self.house.broken:
            raise errors.AwsThrottled("not now")
        self.house.looks.append(self.name)
        return []


class House:
    """Some replicas over one row; the steady clock is the test's, the wall clocks are wrong."""

    def __init__(self, *names: str) -> None:
        self.clock = 100.0
        self.row = Row()
        self.looks: list[str] = []
        self.broken = False
        self.replicas: dict[str, PendingResults] = {}
        for number, name in enumerate(names):
            self.join(name, skew=600.0 * number)

    def join(self, name: str, *, skew: float = 0.0) -> PendingResults:
        surroundings = env.quiet(clock=lambda: self.clock, now=lambda: self.clock - skew)
        ledger = PendingLedger(env=surroundings)
        membership = ReplicaMembership(replicas=self.row, replica=name, ledger=ledger, env=surroundings)
        index: Any = Index(self, name)
        self.replicas[name] = PendingResults(commands=index, ledger=ledger, membership=membership, env=surroundings)
        return self.replicas[name]

    async def heartbeat(self, *, rounds: int = 1) -> None:
        for _ in range(rounds):
            for replica in list(self.replicas.values()):
                await replica.heartbeat()
            self.clock += replica_membership.HEARTBEAT_SECONDS

    async def live(self, *, rounds: int = 1) -> None:
        """As they do by themselves: a beat of those that have a reason, a look of the others."""
        for _ in range(rounds):
            for replica in list(self.replicas.values()):
                await (replica.heartbeat() if replica.busy else replica.watch())
            self.clock += replica_membership.HEARTBEAT_SECONDS

    def owners(self, key: str) -> list[str]:
        return [name for name, replica in self.replicas.items() if replica.owns(key)]

    def key_of(self, name: str) -> str:
        """A container that is this replica's."""
        return next(key for key in KEYS if self.owners(key) == [name])

    async def until(self, holds: Callable[[], bool]) -> float:
        """Beats until it holds; how long that took."""
        begun = self.clock
        while not holds():
            assert self.clock - begun < 60
            await self.live()
        return self.clock - begun


async def test_every_container_has_one_poller_and_each_replica_its_share() -> None:
    house = House("a", "b", "c")
    assert all(house.owners(key) == ["a", "b", "c"] for key in KEYS), "who knows nobody polls everything"

    await house.heartbeat(rounds=3)

    owners = [house.owners(key) for key in KEYS]
    assert all(len(one) == 1 for one in owners)
    assert all(owners.count([name]) >= 8 for name in house.replicas)


async def test_what_a_dead_replica_polled_for_is_taken_over_in_ten_seconds_and_nothing_else_moves() -> None:
    house = House("a", "b", "c")
    await house.heartbeat(rounds=3)
    before = {key: house.owners(key)[0] for key in KEYS}
    died = house.clock
    del house.replicas["b"]

    while not all(house.owners(key) for key in KEYS):
        await house.heartbeat()

    assert house.clock - died <= 10
    assert replica_membership.STALE_SECONDS + 2 * replica_membership.HEARTBEAT_SECONDS <= 10
    assert all(house.owners(key) == [before[key]] for key in KEYS if before[key] != "b")
    await house.heartbeat(rounds=40)
    assert "b" not in house.row.heartbeats


async def test_a_row_that_a_killed_replica_left_never_counts() -> None:
    house = House("a")
    house.row.heartbeats["ghost"] = Heartbeat(7, 0)

    await house.heartbeat(rounds=2)

    assert house.replicas["a"].living == {"a"}


async def test_nobody_beats_while_nothing_is_owed_and_whoever_stops_says_so() -> None:
    house = House("a")
    one = house.replicas["a"]
    stop = asyncio.Event()
    running = asyncio.create_task(one.run(stop))
    await asyncio.sleep(0)
    assert house.row.heartbeats == {}
    await one.heartbeat()

    stop.set()
    await running

    assert house.row.heartbeats == {}


async def test_all_beat_while_one_is_owed_something_and_all_cease_after_it() -> None:
    house = House("a", "b")
    house.replicas["a"].expect(KEYS[0], "c1")
    await house.live(rounds=6)
    assert all(replica.living == {"a", "b"} for replica in house.replicas.values())

    for replica in house.replicas.values():
        replica.settled(KEYS[0], "c1")
    await house.live(rounds=3)
    beats = house.row.beats
    await house.live(rounds=20)

    assert house.row.beats == beats
    assert not any(replica.busy for replica in house.replicas.values())


async def test_whoever_sent_a_command_tells_the_one_whose_turn_it_is_and_lets_go_once_that_one_knows() -> None:
    house = House("a", "b")
    await house.heartbeat(rounds=3)
    key = house.key_of("b")

    house.replicas["a"].expect(key, "c1")
    knew = await house.until(lambda: key in house.replicas["b"])
    assert key in house.replicas["a"], "nobody would have polled if b had died before it read the row"
    let_go = await house.until(lambda: key not in house.replicas["a"])

    assert knew + let_go <= 8
    await house.live()
    assert house.row.heartbeats["a"].sent == ()


async def test_what_is_told_in_the_last_breath_of_the_receiver_is_told_again() -> None:
    house = House("a", "b", "c")
    await house.heartbeat(rounds=3)
    key = house.key_of("b")
    house.replicas["a"].expect(key, "c1")
    await house.replicas["a"].heartbeat()
    del house.replicas["b"]

    await house.until(lambda: house.owners(key) != [])
    (after,) = house.owners(key)
    await house.until(lambda: key in house.replicas[after])

    assert after in ("a", "c")


async def test_an_idle_replica_that_looks_on_looks_up_what_a_dead_one_owed_within_ten_seconds() -> None:
    house = House("a", "b")
    await house.live()
    house.replicas["a"].expect(KEYS[0], "c1")
    await house.replicas["a"].heartbeat()  # its first and last
    await house.replicas["b"].watch()
    del house.replicas["a"]
    house.looks.clear()

    assert await house.until(lambda: house.looks == ["b"]) <= 10

    await house.live(rounds=20)
    assert house.looks == ["b"], "and once is enough"


@pytest.mark.parametrize("died", ["before it had committed", "as soon as it had"])
async def test_the_first_command_after_an_idle_time_is_missed_within_ten_seconds_too(died: str) -> None:
    house = House("a", "b")
    house.replicas["a"].expect(KEYS[0], "c0")
    await house.live(rounds=3)
    for replica in house.replicas.values():
        replica.settled(KEYS[0], "c0")
    await house.live(rounds=20)
    assert not any(replica.busy for replica in house.replicas.values())
    one, stop = house.replicas.pop("a"), asyncio.Event()
    running = asyncio.create_task(one.run(stop))
    await settled()

    one.announce()  # a mail has come
    await settled()
    if died != "before it had committed":
        one.expect(KEYS[0], "c1")
        await settled()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    house.looks.clear()

    assert await house.until(lambda: house.looks == ["b"]) <= 10


async def test_a_mail_that_asks_for_nothing_is_not_beaten_for_any_longer() -> None:
    house = House("a", "b")
    house.replicas["a"].announce()
    await house.live(rounds=6)
    beats = house.row.beats
    assert beats > 0

    await house.live(rounds=20)

    assert house.row.beats == beats
    assert house.row.heartbeats["a"].pending == 0


async def settled() -> None:
    """Until nothing more happens of itself."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_was_told_is_kept_though_the_row_of_a_dead_replica_cannot_be_cleared_now() -> None:
    house = House("a")
    house.row.heartbeats |= {"dead": Heartbeat(7, 0), "b": Heartbeat(1, 1)}
    await house.replicas["a"].watch()
    house.clock += replica_membership.FORGET_SECONDS + 1
    house.row.unforgetting = True
    alone = next(key for key in KEYS if max("ab", key=lambda name: ids.digest("rendezvous", key, name)) == "a")
    house.row.heartbeats["b"] = Heartbeat(2, 1, ((alone, "c1"),))

    with pytest.raises(errors.AwsThrottled):
        await house.replicas["a"].watch()

    assert alone in house.replicas["a"]


async def test_a_look_that_failed_is_taken_again() -> None:
    house = House("a")
    house.broken = True
    with pytest.raises(errors.AwsThrottled):
        await house.replicas["a"].watch()

    house.broken = False
    await house.replicas["a"].watch()

    assert house.looks == ["a"]


async def test_beside_a_version_that_does_not_say_what_it_owes_everything_is_looked_up() -> None:
    house = House("a")
    for count in range(1, 6):
        house.row.heartbeats["older"] = Heartbeat(count)
        await house.replicas["a"].watch()
        house.clock += replica_membership.HEARTBEAT_SECONDS

    assert house.replicas["a"].busy
    assert len(house.looks) >= 4
