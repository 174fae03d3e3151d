"""A run of the runtime's git: its time, its group, its pipes. The program is a stand-in of the shell."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes import errors
from hermes.repository import git_process
from hermes.repository.git import Git
from tests.eventually import eventually

StandIn = Callable[[str], Git]


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    def make(script: str) -> Git:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "git").write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
        (folder / "git").chmod(0o755)
        return Git(home=tmp_path / "home", source={"PATH": f"{folder}:/usr/bin:/bin"})

    return make


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


async def test_what_is_written_and_read_may_be_large(stand_in: StandIn) -> None:
    data = os.urandom(3 * 1024 * 1024)
    ran = await stand_in("cat; printf 'one\\r\\ntwo\\npart' >&2; exit 3").run("x", stdin=data, check=False)
    assert (ran.code, ran.out, ran.err) == (3, data, "one\ntwo\npart")


async def test_a_child_that_reads_nothing_is_no_trouble(stand_in: StandIn) -> None:
    assert (await stand_in("exec 0<&-; echo done").run("x", stdin=b"x" * 1024 * 1024)).text == "done"


async def test_a_run_that_takes_too_long_is_told_to_end_and_then_ended_with_its_group(
    stand_in: StandIn, tmp_path: Path
) -> None:
    git = stand_in("trap 'rm lock; exit 1' TERM; touch lock; sleep 60 & echo $! > pid; wait")
    with pytest.raises(errors.StepFailed, match="git fetch did not end within 1 s"):
        await git.run("fetch", seconds=1)
    assert not (tmp_path / "lock").exists(), "it removed its lock"
    assert not _runs(int((tmp_path / "pid").read_text()))


async def test_one_that_does_not_listen_is_killed(stand_in: StandIn, tmp_path: Path) -> None:
    git = stand_in("trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done")
    begun = time.monotonic()
    with pytest.raises(errors.StepFailed):
        await git.run("fetch", seconds=0.5)
    assert not _runs(int((tmp_path / "pid").read_text()))
    assert time.monotonic() - begun < 30


async def test_a_cancelled_run_leaves_no_process(stand_in: StandIn, tmp_path: Path) -> None:
    git = stand_in("echo $$ > pid; exec sleep 60")
    running = asyncio.create_task(git.run("fetch"))
    await eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("\n"))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not _runs(int((tmp_path / "pid").read_text()))


async def test_what_it_leaves_in_its_group_is_ended_and_holds_nothing_up(stand_in: StandIn, tmp_path: Path) -> None:
    async with asyncio.timeout(60):
        ran = await stand_in("sleep 60 & echo $! > pid; echo done").run("x")
    assert ran.text == "done"
    await eventually(lambda: not _runs(int((tmp_path / "pid").read_text())))


async def test_what_left_the_group_with_the_pipe_open_holds_nothing_up(stand_in: StandIn, tmp_path: Path) -> None:
    git = stand_in("setsid sh -c 'echo $$ > pid; exec sleep 60' & while [ ! -s pid ]; do sleep 0.05; done; echo done")
    try:
        async with asyncio.timeout(60):
            assert (await git.run("x")).text == "done"
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


async def test_a_reader_that_fails_ends_the_run(stand_in: StandIn, tmp_path: Path) -> None:
    def fail(_chunk: bytes) -> None:
        raise ValueError("no")

    with pytest.raises(ExceptionGroup, match="unhandled"):
        await stand_in("echo $$ > pid; echo text; exec sleep 60").run("x", into=fail)
    assert not _runs(int((tmp_path / "pid").read_text()))


async def test_without_git_the_step_fails_in_words(tmp_path: Path) -> None:
    with pytest.raises(errors.StepFailed, match="'git' was not found"):
        await Git(home=tmp_path / "home", source={"PATH": str(tmp_path)}).run("status")
    with pytest.raises(errors.StepFailed, match="git could not be started"):
        await git_process.run("version", cwd=tmp_path / "absent", env=os.environ, stdin=b"", on_out=print, on_err=print)
