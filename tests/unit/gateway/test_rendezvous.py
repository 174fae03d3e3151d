"""One replica polls for a container; when it dies another does within ten seconds, whatever the wall clocks say."""

from __future__ import annotations

import asyncio

from hermes import limits
from hermes.aws.replicas import Replicas
from hermes.gateway.rendezvous import Rendezvous

KEYS = [f"acme#site#user{number}" for number in range(60)]


class Row(Replicas):
    """The row, in memory."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def beat(self, replica: str, count: int) -> dict[str, int]:
        self.counts[replica] = count
        return dict(self.counts)

    async def forget(self, replica: str, count: int) -> None:
        if self.counts.get(replica) == count:
            del self.counts[replica]


class House:
    """Some replicas over one row; the steady clock is the test's, the wall clocks are wrong."""

    def __init__(self, *names: str) -> None:
        self.clock = 100.0
        self.row = Row()
        self.changes: list[str] = []
        self.wanted = True
        self.replicas = {name: self.replica(name, skew=600.0 * number) for number, name in enumerate(names)}

    def replica(self, name: str, *, skew: float) -> Rendezvous:
        return Rendezvous(
            replicas=self.row,
            replica=name,
            wanted=lambda: self.wanted,
            changed=lambda: self.changes.append(name),
            clock=lambda: self.clock,
            now=lambda: self.clock - skew,
            emit=lambda event: None,
        )

    async def beat(self, *, rounds: int = 1) -> None:
        for _ in range(rounds):
            for replica in list(self.replicas.values()):
                await replica.beat()
            self.clock += limits.BEAT_SECONDS

    def owners(self, key: str) -> list[str]:
        return [name for name, replica in self.replicas.items() if replica.mine(key)]


async def test_every_container_has_one_poller_and_each_replica_its_share() -> None:
    house = House("a", "b", "c")
    assert all(house.owners(key) == ["a", "b", "c"] for key in KEYS), "who knows nobody polls everything"

    await house.beat(rounds=3)

    owners = [house.owners(key) for key in KEYS]
    assert all(len(one) == 1 for one in owners)
    assert all(owners.count([name]) >= 8 for name in house.replicas)


async def test_what_a_dead_replica_polled_for_is_taken_over_in_ten_seconds_and_nothing_else_moves() -> None:
    house = House("a", "b", "c")
    await house.beat(rounds=3)
    before = {key: house.owners(key)[0] for key in KEYS}
    died = house.clock
    del house.replicas["b"]

    while not all(house.owners(key) for key in KEYS):
        await house.beat()

    assert house.clock - died <= 10
    assert limits.BEAT_STALE_SECONDS + 2 * limits.BEAT_SECONDS <= 10
    assert all(house.owners(key) == [before[key]] for key in KEYS if before[key] != "b")
    await house.beat(rounds=40)
    assert "b" not in house.row.counts


async def test_a_row_that_a_killed_replica_left_never_counts() -> None:
    house = House("a")
    house.row.counts["ghost"] = 7

    await house.beat(rounds=2)

    assert house.replicas["a"].living == {"a"}


async def test_nobody_beats_while_nothing_is_owed_and_whoever_stops_says_so() -> None:
    house = House("a")
    one = house.replicas["a"]
    house.wanted = False
    stop = asyncio.Event()
    running = asyncio.create_task(one.run(stop))
    await asyncio.sleep(0)
    assert house.row.counts == {}
    await one.beat()

    stop.set()
    await running

    assert house.row.counts == {}
