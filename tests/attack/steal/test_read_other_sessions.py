"""A booby-trapped agent wants what belongs to another session: its files, its processes, its agent's environment, its place on the disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hermes.process import becoming, privileges
from hermes.process.framing import Line
from hermes.process.privileges import Numbers
from hermes.process.process import Process, Spec, StopSchedule
from hermes.process.user import User, Users, read, write
from tests import marks
from tests.attack.table import Figures
from tests.attack.trapping import Ground, as_root, ground

SECRET = "the-other-sessions-key"


@pytest.fixture
def here() -> Iterator[Ground]:
    with ground(users=True) as found:
        yield found


@pytest.fixture
async def users(here: Ground) -> AsyncIterator[Users]:
    found = privileges.start(Numbers(worker=0, group=0, first=here.first), here.folder / "work", lost=lambda: None)
    yield found
    await found.leave()


def sessions(here: Ground) -> Path:
    return here.folder / "work" / "sessions"


async def said(here: Ground, user: User, script: str) -> list[str]:
    lines: list[str] = []

    async def keep(stream: str, line: Line) -> None:
        if stream == "stdout":
            lines.append(line.text)

    env = {"PATH": "/usr/bin:/bin"}
    cwd = sessions(here) / user.session / "tree"
    spec = Spec(argv=("/bin/sh", "-c", script), cwd=cwd, env=env, mark=marks.mark(here.folder), user=user)
    async with asyncio.timeout(60):
        await Process(spec=spec, stop_schedule=StopSchedule(), on_line=keep).run()
    return lines


@as_root
async def test_neither_files_nor_processes_of_a_session_that_is_at_work(here: Ground, users: Users) -> None:
    victim, thief = await users.open("victim"), await users.open("thief")
    theirs = sessions(here) / "victim"
    await write(victim, theirs / "tree", "key", SECRET.encode(), mode=0o666)
    null = os.open(os.devnull, os.O_RDWR)
    agent = await victim.start(
        ["/bin/sleep", "300"], cwd=theirs / "tree", env={"KEY": SECRET}, streams=[null, null, null]
    )
    os.close(null)

    lines = await said(
        here,
        thief,
        f"cat {theirs}/tree/key; cat /proc/{agent.pid}/environ; cat /proc/{agent.pid}/cwd/key; ls {theirs} {theirs}/*; "
        f"ln {theirs}/tree/key mine; echo x > {theirs}/tree/new; echo x > {theirs}/in/new; rm -rf {theirs}/tree/key; "
        f"kill -9 {agent.pid}; kill -9 -{agent.pid}; mv {theirs} {theirs}.gone; kill -9 -1",
    )

    assert lines == []
    assert agent.pid in becoming.processes(victim.uid)
    assert await read(victim, theirs / "tree", "key", most=100) == SECRET.encode()
    assert sorted(os.listdir(theirs / "tree")) == ["key"]
    assert sorted(os.listdir(theirs)) == sorted(("tree", "home", "in", "own"))


@as_root
async def test_nor_those_of_one_that_rests_though_it_had_the_same_number(here: Ground, users: Users) -> None:
    victim = await users.open("victim")
    await write(victim, sessions(here) / "victim" / "tree", "key", SECRET.encode(), mode=0o666)
    await users.close("victim")
    place = sessions(here) / "thief" / "tree"
    place.mkdir(parents=True)
    os.chown(place, victim.uid, victim.uid)  # as a worker that was started later on the same machine may have it
    thief = await users.open("thief")
    assert thief.uid == victim.uid

    theirs = sessions(here) / "victim"
    assert await said(here, thief, f"cat {theirs}/tree/key; ls {theirs}/tree; rm -rf {theirs}/tree") == []

    again = await users.open("victim")
    assert again.uid != thief.uid
    assert await read(again, theirs / "tree", "key", most=100) == SECRET.encode()


@as_root
async def test_a_hundred_sessions_one_after_the_other_each_have_a_number_of_their_own(
    here: Ground, users: Users, large: bool, figures: Figures
) -> None:
    count = 400 if large else 20
    found = [(await users.open(f"session-{number}")).uid for number in range(count)]
    assert len(set(found)) == count
    assert all(here.first < uid < here.first + privileges.RANGE for uid in found)
    figures.add("sessions", count)
