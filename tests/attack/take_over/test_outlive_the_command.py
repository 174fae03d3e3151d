"""A booby-trapped agent wants to go on when its command is over: by double forks, an empty environment, storms, shots at its killer."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from hermes.process import becoming, descendants, privileges
from hermes.process.privileges import Numbers
from hermes.process.process import Process, ProcessOutcome, Spec, StopSchedule
from hermes.process.user import User, Users
from tests import marks
from tests.attack.table import Figures
from tests.attack.trapping import TRAP, Ground, as_root, ground, program
from tests.eventually import eventually

STORIES = {
    "forks twice": ("double_fork",),
    "ignores all signals": ("ignores_everything", "double_fork"),
    "forks without end": ("storm",),
    "shoots at whoever comes": ("kills_the_killer", "double_fork"),
    "all of it": ("kills_the_killer", "storm", "ignores_everything", "double_fork"),
}


@pytest.fixture
def here() -> Iterator[Ground]:
    with ground(users=True) as found:
        yield found


@pytest.fixture
async def users(here: Ground) -> AsyncIterator[Users]:
    found = privileges.start(Numbers(worker=0, group=0, first=here.first), here.folder / "work", lost=lambda: None)
    yield found
    await found.leave()


async def run(here: Ground, user: User, moves: tuple[str, ...], seed: int) -> ProcessOutcome:
    facts = here.folder / "facts.json"
    here.facts = {"pids": [], "ran": os.devnull}
    here.write_facts(seed, moves)
    own = here.folder / "work" / "sessions" / user.session
    argv = (program(), str(here.folder / TRAP.name), str(facts))
    env = {"PATH": "/usr/bin:/bin", "HOME": str(own / "home")}
    spec = Spec(argv=argv, cwd=own / "tree", env=env, mark=marks.mark(here.folder), user=user)
    async with asyncio.timeout(60):
        return await Process(spec=spec, stop_schedule=StopSchedule()).run()


@as_root
@pytest.mark.parametrize("story", STORIES)
async def test_nothing_of_its_user_is_left_when_its_end_is_told(
    story: str, here: Ground, users: Users, large: bool, figures: Figures
) -> None:
    user = await users.open("one")
    beside = await users.open("two")  # whose processes are none of this
    other = await run_beside(here, beside)
    slowest, ended = 0.0, 0
    for seed in range(40 if large else 2):
        begun = time.monotonic()
        outcome = await run(here, user, STORIES[story], seed)
        slowest, ended = max(slowest, time.monotonic() - begun), ended + outcome.stragglers
        assert becoming.processes(user.uid) == set()
        assert other.pid in becoming.processes(beside.uid)
    assert ended > 0
    figures.add("stragglers", ended)
    figures.add("slowest_s", slowest)


@as_root
async def test_a_fork_bomb_ends_with_its_command_and_leaves_others_room(
    here: Ground, users: Users, large: bool, figures: Figures
) -> None:
    """Each process starts two more until its user may have no more; the small form has fewer by its own choice."""
    user, beside = await users.open("one"), await users.open("two")
    own = here.folder / "work" / "sessions" / user.session
    bomb = "bomb() { bomb | bomb & }; bomb; sleep 2"
    argv = ("/bin/sh", "-c", bomb if large else f"ulimit -u 150; {bomb}")
    spec = Spec(argv=argv, cwd=own / "tree", env={"PATH": "/usr/bin:/bin"}, mark=marks.mark(here.folder), user=user)
    most = 0

    async def look() -> None:
        nonlocal most
        while True:
            most = max(most, len(becoming.processes(user.uid)))
            await asyncio.sleep(0.2)

    looking = asyncio.create_task(look())
    async with asyncio.timeout(120):
        running = asyncio.create_task(Process(spec=spec, stop_schedule=StopSchedule()).run())
        await eventually(lambda: most > 50 or running.done())  # a shell that may fork no more ends
        # Another session can start what it wants meanwhile.
        other = await run_beside(here, beside)
        await running
    looking.cancel()
    figures.add("most_processes", most)

    assert becoming.processes(user.uid) == set()
    assert other.pid in becoming.processes(beside.uid)
    assert most <= 2100


async def run_beside(here: Ground, user: User) -> descendants.Stat:
    """Something of another session's, which has done nothing."""
    own = here.folder / "work" / "sessions" / user.session
    null = os.open(os.devnull, os.O_RDWR)
    try:
        child = await user.start(["/bin/sleep", "300"], cwd=own / "tree", env={}, streams=[null, null, null])
    finally:
        os.close(null)
    return descendants.stats()[child.pid]


@as_root
async def test_nothing_is_left_when_the_worker_dies(here: Ground, users: Users) -> None:
    user = await users.open("one")
    await run_beside(here, user)
    assert becoming.processes(user.uid)
    await users.leave()  # as its sockets close when it is killed
    assert becoming.processes(user.uid) == set()


@as_root
def test_as_one_user_with_the_worker_what_bears_its_mark_or_stems_from_it_is_ended(large: bool) -> None:
    """No user of its own, so less holds: it is said in docs/worker.md. Here the environment is as it was."""
    with ground(users=False) as here:
        here.begin(1)
        for seed in (1, 2):
            said = here.command(seed, ("double_fork_with_its_environment", "ignores_everything"))
            assert said["success"], said
            assert here.living() == {}
        assert here.removed() == ["session-1"]
