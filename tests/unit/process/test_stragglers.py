"""Who stems from a process, by the kernel's lists of children and by a walk through every process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes.process import descendants

#: Two children, one of them born of another thread and in a session of its own, and a grandchild without an environment.
FAMILY = """
import os, subprocess, sys, threading
def beside():
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    os.write(1, b"born\\n")
    child.wait()
threading.Thread(target=beside, daemon=True).start()
subprocess.Popen(["sh", "-c", "env -i sleep 60 & echo born; wait"])
sys.stdin.read()
"""


@pytest.fixture
def root() -> Iterator[int]:
    family = subprocess.Popen(
        [sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    known: frozenset[descendants.Stat] = frozenset()
    try:
        assert family.stdout is not None
        assert [family.stdout.readline() for _ in range(2)] == [b"born\n"] * 2
        known = descendants.descendants(family.pid)
        yield family.pid
    finally:
        family.kill()
        for stat in known:
            descendants._kill(stat.pid)
        family.communicate()


def pids(stats: frozenset[descendants.Stat]) -> set[int]:
    return {stat.pid for stat in stats}


def test_the_lists_of_children_tell_what_the_walk_does(root: int) -> None:
    walked = descendants.descendants(root)
    assert len(walked) == 3
    assert pids(descendants.kin(root)) == pids(walked)
    assert {stat.started for stat in descendants.kin(root)} == {stat.started for stat in walked}


def test_where_the_kernel_keeps_no_lists_it_is_the_walk(
    root: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(descendants, "_LISTS", tmp_path / "none")
    monkeypatch.setattr(descendants, "_children", lambda pid: [])
    assert len(descendants.kin(root)) == 3


def test_a_process_that_has_ended_has_no_kin() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert descendants.kin(gone.pid) == frozenset()


async def test_one_that_is_just_becoming_another_program_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of `execve` a process shows no environment: its parent hears of the start a moment before."""
    mark = f"becoming-{os.getpid()}"
    seen: list[bool] = []
    for _ in range(50):
        child = begun(mark)
        monkeypatch.setattr(descendants, "_pids", lambda pid=child.pid: [pid])
        carriers, between = descendants._marked(mark)
        seen.append(child.pid in carriers or between)
        assert await descendants.sweep(mark) == 1
        child.wait(60)
    assert all(seen)


def begun(mark: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"], env={descendants.MARK: mark, "PATH": os.defpath})
