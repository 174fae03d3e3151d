"""The measurements that several rows share: floor and Hermes by turns, over one emulator, each made once."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any

from tests.bench import real, rest
from tests.bench.ground import Ground, Side
from tests.bench.people import Letter
from tests.bench.real import Real
from tests.bench.rest import Rest

_HELD_SECONDS = 60.0
#: A turn in which a busy machine finished nothing is made again so often; then the row says so.
TRIES = 3


class NothingMeasured(Exception):
    """A machine was too busy: a turn finished nothing in its time, and nothing again when it was repeated."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything. The defaults are the figures'; a test has smaller ones."""

    rounds: int = 120
    """Commands one at a time, on each side."""
    passes: int = 5
    """Of each side, by turns: the speed of a machine changes from one second to the next."""
    open: int = 200
    """Commands that are open at once."""
    containers: int = 20
    ramp_seconds: float = 3.0
    """Until as many are answered as are accepted; not counted."""
    seconds: float = 4.0
    """Of each pass under load."""
    held: int = 40
    """Of the open commands, those that run until they are interrupted, where interrupts are measured."""
    crowds: int = 5
    """Of each side, by turns, twice as many interrupts each as commands are held."""
    interrupts: int = 120
    """Measured with a real worker, one at a time."""
    trees: int = 24
    journal_turns: int = 15
    """With and without the journal, with and without old rows."""
    old_rows: int = 100_000
    """In each of the tables that grow."""
    starts: int = 7
    """Of each thing that is started, by turns with the floor."""
    idle_seconds: float = 60.0
    peer_seconds: float = 6.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Load:
    """What one pass under load showed of one side."""

    commands: int
    seconds: float
    cpu: float
    """Seconds of CPU of the gateway's process, all its threads."""
    calls: dict[str, int]
    messages: int
    receives: int

    @property
    def measured(self) -> bool:
        """Whether there is something to divide by."""
        return self.commands > 0 and self.seconds > 0 and self.cpu > 0 and self.receives > 0

    @property
    def rate(self) -> float:
        """Commands per second."""
        return self.commands / self.seconds


class Passes:
    """Makes each measurement when it is first asked for."""

    def __init__(self, ground: Ground, scale: Scale) -> None:
        self.ground = ground
        self.scale = scale
        self._sides: dict[str, list[Side]] = {}
        self._alone: dict[str, list[float]] = {}
        self._load: dict[str, list[Load]] = {}
        self._crowd: dict[str, list[list[float]]] = {}
        self._real: Real | None = None
        self._rest: Rest | None = None

    async def sides(self, which: str = "") -> list[Side]:
        """Floor and Hermes, warmed up; another `which` are others, with tables of their own."""
        if which not in self._sides:
            persons = [f"p{number}@people.test" for number in range(self.scale.containers)]
            made = await asyncio.gather(
                self.ground.side("floor", prefix=f"floor{which}", module="floor", persons=persons),
                self.ground.side("hermes", prefix=f"hermes{which}", module="gateway", persons=persons),
            )
            for side in made:
                await side.people.prepare(2 * len(persons))
                # Everybody twice: what a gateway asks about a person or a container, it remembers.
                await asyncio.gather(*(side.people.exchange() for _ in range(2 * len(persons))))
            self._sides[which] = list(made)
        return self._sides[which]

    async def alone(self) -> dict[str, list[float]]:
        """By side, the seconds from pointer to reply, one command at a time, the sides by turns."""
        if not self._alone:
            sides = await self.sides()
            for side in sides:
                await side.people.prepare(self.scale.rounds)
            self._alone = {side.name: [] for side in sides}
            for _ in range(self.scale.rounds):
                for side in sides:
                    begun, ended = await side.people.exchange()
                    self._alone[side.name].append(ended - begun)
        return self._alone

    async def load(self) -> dict[str, list[Load]]:
        """By side and turn, a pass with many open commands."""
        if not self._load:
            made: dict[str, list[Load]] = {}
            for turn in range(self.scale.passes):
                for name, load in (await self._load_turn(turn)).items():
                    made.setdefault(name, []).append(load)
            self._load = made
        return self._load

    async def _load_turn(self, turn: int) -> dict[str, Load]:
        """One pass of each side. Raises `NothingMeasured`."""
        for again in range(TRIES):
            async with self._turn(f"load{turn}" + (f"again{again}" if again else "")) as sides:
                loads = {side.name: await self._under_load(side) for side in sides}
            if all(load.measured for load in loads.values()):
                return loads
        raise NothingMeasured(f"turn {turn}, {TRIES} times: {loads}")

    async def crowd(self) -> dict[str, list[list[float]]]:
        """By side and turn, the seconds from each accepting transaction that interrupts to the worker's receipt, under load."""
        if not self._crowd:
            for turn in range(self.scale.crowds):
                async with self._turn(f"crowd{turn}") as sides:
                    for side in sides:
                        self._crowd.setdefault(side.name, []).append(await self._interrupted_under_load(side))
        return self._crowd

    @contextlib.asynccontextmanager
    async def _turn(self, which: str) -> AsyncIterator[list[Side]]:
        """Deployments of their own: the emulator looks through whole tables, and what a turn leaves would slow down the next one."""
        sides = await self.sides(which)
        yield sides
        # Nothing more is asked of them: what they have open is not waited for.
        for side in sides:
            await asyncio.gather(side.gateway.close(), side.worker.close())

    async def real(self) -> Real:
        """The deployment with real workers."""
        if self._real is None:
            self._real = await self.ground.enter(real.real(self.ground))
        return self._real

    async def rest(self) -> Rest:
        """The deployment that does nothing."""
        if self._rest is None:
            self._rest = await self.ground.enter(rest.rest(self.ground))
        return self._rest

    async def _under_load(self, side: Side) -> Load:
        scale, stop = self.scale, asyncio.Event()
        await side.people.prepare(scale.open + round(100 * (scale.ramp_seconds + scale.seconds)))
        working = asyncio.create_task(side.people.keep_open(scale.open, stop))
        await asyncio.sleep(scale.ramp_seconds)
        before = await side.gateway.ask()
        await asyncio.sleep(scale.seconds)
        after = await side.gateway.ask()
        stop.set()
        came = await working
        return Load(
            commands=sum(before["at"] <= at < after["at"] for at in came),
            seconds=after["at"] - before["at"],
            cpu=after["cpu"] - before["cpu"],
            calls=more(after["calls"], before["calls"]),
            messages=after["messages"] - before["messages"],
            receives=after["receives"] - before["receives"],
        )

    async def _interrupted_under_load(self, side: Side) -> list[float]:
        scale, stop = self.scale, asyncio.Event()
        lanes = scale.open - scale.held
        await side.people.prepare(lanes + round(100 * (scale.ramp_seconds + scale.seconds)))
        persons = list(itertools.islice(itertools.cycle(side.people.persons), scale.held))
        running = await asyncio.gather(*(_hold(side, person) for person in persons))
        working: list[asyncio.Task[Any]] = [asyncio.create_task(side.people.keep_open(lanes, stop))]
        await asyncio.sleep(scale.ramp_seconds)
        side.delays.clear()
        threads = zip(persons, running, strict=True)
        working += [asyncio.create_task(_supersede(side, *thread, stop)) for thread in threads]
        until = time.monotonic() + 6 * scale.seconds
        while len(side.delays) < 2 * scale.held and time.monotonic() < until:  # noqa: ASYNC110 - two processes say it
            await asyncio.sleep(0.1)
        delays = list(side.delays)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        return delays


async def _hold(side: Side, person: str, answers: Letter | None = None) -> Letter:
    """A letter whose command runs now, until it is interrupted."""
    letter = await side.people.write(person, "Hold", answers=answers.message_id if answers else None)
    held = side.held(letter)
    await side.people.post(letter)
    async with asyncio.timeout(_HELD_SECONDS):
        await held
    return letter


async def _supersede(side: Side, person: str, running: Letter, stop: asyncio.Event) -> None:
    """One thread: each letter interrupts what the one before it asked for."""
    while not stop.is_set():
        running = await _hold(side, person, answers=running)


def more(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    """What came to a count between two looks."""
    return dict(collections.Counter(after) - collections.Counter(before))


def listed(calls: dict[str, int], *, per: float) -> str:
    """Calls by kind, the most first."""
    return ", ".join(f"{kind} {count / per:.2f}" for kind, count in sorted(calls.items(), key=lambda one: -one[1]))
