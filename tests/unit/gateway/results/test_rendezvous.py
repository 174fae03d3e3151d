"""One replica polls for a container; when it dies another does within ten seconds, whatever the wall clocks say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest

from hermes import errors
from hermes.aws.records.replicas import Replicas, Stand
from hermes.gateway.results import replica_membership
from hermes.gateway.results.owed import Owed
from hermes.gateway.results.replica_membership import ReplicaMembership
from tests import env

KEYS = [f"acme#site#user{number}" for number in range(60)]


class Row(Replicas):
    """The row, in memory."""

    def __init__(self) -> None:
        self.stands: dict[str, Stand] = {}
        self.beats = 0

    async def beat(
        self, replica: str, count: int, *, owed: int, told: Sequence[tuple[str, str]]
    ) -> Mapping[str, Stand]:
        self.beats += 1
        self.stands[replica] = Stand(count, owed, tuple(told))
        return dict(self.stands)

    async def look(self) -> Mapping[str, Stand]:
        return dict(self.stands)

    async def forget(self, replica: str, count: int) -> None:
        if replica in self.stands and self.stands[replica].count == count:
            del self.stands[replica]


class House:
    """Some replicas over one row; the steady clock is the test's, the wall clocks are wrong."""

    def __init__(self, *names: str) -> None:
        self.clock = 100.0
        self.row = Row()
        self.looks: list[str] = []
        self.broken = False
        self.owed: dict[str, Owed] = {}
        self.replicas: dict[str, ReplicaMembership] = {}
        for number, name in enumerate(names):
            self.join(name, skew=600.0 * number)

    def join(self, name: str, *, skew: float = 0.0) -> ReplicaMembership:
        owed = self.owed[name] = Owed(env=env.quiet(clock=lambda: self.clock))

        async def look() -> None:
            if self.broken:
                raise errors.AwsThrottled("not now")
            self.looks.append(name)

        self.replicas[name] = ReplicaMembership(
            replicas=self.row,
            replica=name,
            owed=owed,
            owe=lambda key, command_id: owed.add(key, command_id, ours=False),
            look=look,
            env=env.quiet(clock=lambda: self.clock, now=lambda: self.clock - skew),
        )
        return self.replicas[name]

    async def beat(self, *, rounds: int = 1) -> None:
        for _ in range(rounds):
            for replica in list(self.replicas.values()):
                await replica.beat()
            self.clock += replica_membership.BEAT_SECONDS

    async def live(self, *, rounds: int = 1) -> None:
        """As they do by themselves: a beat of those that have a reason, a look of the others."""
        for _ in range(rounds):
            for replica in list(self.replicas.values()):
                await (replica.beat() if replica.busy else replica.watch())
            self.clock += replica_membership.BEAT_SECONDS

    def owners(self, key: str) -> list[str]:
        return [name for name, replica in self.replicas.items() if replica.mine(key)]

    def key_of(self, name: str) -> str:
        """A container whose turn is this replica's."""
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
    assert replica_membership.BEAT_STALE_SECONDS + 2 * replica_membership.BEAT_SECONDS <= 10
    assert all(house.owners(key) == [before[key]] for key in KEYS if before[key] != "b")
    await house.beat(rounds=40)
    assert "b" not in house.row.stands


async def test_a_row_that_a_killed_replica_left_never_counts() -> None:
    house = House("a")
    house.row.stands["ghost"] = Stand(7, 0)

    await house.beat(rounds=2)

    assert house.replicas["a"].living == {"a"}


async def test_nobody_beats_while_nothing_is_owed_and_whoever_stops_says_so() -> None:
    house = House("a")
    one = house.replicas["a"]
    stop = asyncio.Event()
    running = asyncio.create_task(one.run(stop))
    await asyncio.sleep(0)
    assert house.row.stands == {}
    await one.beat()

    stop.set()
    await running

    assert house.row.stands == {}


async def test_all_beat_while_one_is_owed_something_and_all_cease_after_it() -> None:
    house = House("a", "b")
    house.owed["a"].add(KEYS[0], "c1", ours=True)
    await house.live(rounds=6)
    assert all(replica.living == {"a", "b"} for replica in house.replicas.values())

    for owed in house.owed.values():
        owed.drop(KEYS[0], "c1")
    await house.live(rounds=3)
    beats = house.row.beats
    await house.live(rounds=20)

    assert house.row.beats == beats
    assert not any(replica.busy for replica in house.replicas.values())


async def test_whoever_sent_a_command_tells_the_one_whose_turn_it_is_and_lets_go_once_that_one_knows() -> None:
    house = House("a", "b")
    await house.beat(rounds=3)
    key = house.key_of("b")

    house.owed["a"].add(key, "c1", ours=True)
    knew = await house.until(lambda: key in house.owed["b"])
    assert key in house.owed["a"], "nobody would have polled if b had died before it read the row"
    let_go = await house.until(lambda: key not in house.owed["a"])

    assert knew + let_go <= 8
    await house.live()
    assert house.row.stands["a"].told == ()


async def test_what_is_told_in_the_last_breath_of_the_receiver_is_told_again() -> None:
    house = House("a", "b", "c")
    await house.beat(rounds=3)
    key = house.key_of("b")
    house.owed["a"].add(key, "c1", ours=True)
    await house.replicas["a"].beat()
    del house.replicas["b"]

    await house.until(lambda: house.owners(key) != [])
    (after,) = house.owners(key)
    await house.until(lambda: key in house.owed[after])

    assert after in ("a", "c")


async def test_an_idle_replica_that_looks_on_looks_up_what_a_dead_one_owed_within_ten_seconds() -> None:
    house = House("a", "b")
    await house.live()
    house.owed["a"].add(KEYS[0], "c1", ours=True)
    await house.replicas["a"].beat()  # its first and last
    await house.replicas["b"].watch()
    del house.replicas["a"]
    house.looks.clear()

    assert await house.until(lambda: house.looks == ["b"]) <= 10

    await house.live(rounds=20)
    assert house.looks == ["b"], "and once is enough"


@pytest.mark.parametrize("died", ["before it had committed", "as soon as it had"])
async def test_the_first_command_after_an_idle_time_is_missed_within_ten_seconds_too(died: str) -> None:
    house = House("a", "b")
    house.owed["a"].add(KEYS[0], "c0", ours=True)
    await house.live(rounds=3)
    for owed in house.owed.values():
        owed.drop(KEYS[0], "c0")
    await house.live(rounds=20)
    assert not any(replica.busy for replica in house.replicas.values())
    one, stop = house.replicas.pop("a"), asyncio.Event()
    running = asyncio.create_task(one.run(stop))
    await settled()

    one.expect()  # a mail has come
    await settled()
    if died != "before it had committed":
        house.owed["a"].add(KEYS[0], "c1", ours=True)
        one.expect()
        await settled()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    house.looks.clear()

    assert await house.until(lambda: house.looks == ["b"]) <= 10


async def test_a_mail_that_asks_for_nothing_is_not_beaten_for_any_longer() -> None:
    house = House("a", "b")
    house.replicas["a"].expect()
    await house.live(rounds=6)
    beats = house.row.beats
    assert beats > 0

    await house.live(rounds=20)

    assert house.row.beats == beats
    assert house.row.stands["a"].owed == 0


async def settled() -> None:
    """Until nothing more happens of itself."""
    for _ in range(10):
        await asyncio.sleep(0)


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
        house.row.stands["older"] = Stand(count)
        await house.replicas["a"].watch()
        house.clock += replica_membership.BEAT_SECONDS

    assert house.replicas["a"].busy
    assert len(house.looks) >= 4
