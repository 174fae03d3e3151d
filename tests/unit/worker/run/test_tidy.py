"""Folders of idle sessions go, and nothing that was in them is lost."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes import errors
from hermes.repository.workspace import Paths, Workspace
from hermes.worker.run import workspace_cleaner
from hermes.worker.run.workspace_cleaner import WorkspaceCleaner
from tests import env
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command

DAY = 24 * 3600


class Bench:
    def __init__(self, root: Path, open_workspace: Callable[..., Workspace]) -> None:
        self.root = root
        self.open_workspace = open_workspace
        self.free = 10 * workspace_cleaner.DISK_FREE_BYTES

    def used(self, session_id: str, days_ago: float) -> Paths:
        paths = Paths.of(self.root, session_id)
        paths.tree.mkdir(parents=True, exist_ok=True)
        paths.logs.mkdir(parents=True, exist_ok=True)
        workspace_cleaner.note_use(paths, session_id=session_id, branch=BRANCH)
        at = time.time() - days_ago * DAY
        os.utime(paths.runtime / "used.json", (at, at))
        return paths

    def tidy(self) -> WorkspaceCleaner:
        async def save(session_id: str, branch: str) -> None:
            await self.open_workspace(session_id=session_id, branch=branch).put_by()

        return WorkspaceCleaner(root=self.root, save=save, env=env.quiet(), free_bytes=lambda _path: self.free)


@pytest.fixture
def bench(tmp_path: Path, open_workspace: Callable[..., Workspace]) -> Bench:
    return Bench(tmp_path / "work", open_workspace)


async def test_only_what_is_idle_for_long_and_not_busy_goes(bench: Bench) -> None:
    old, busy, new = (bench.used(name, days) for name, days in (("old", 20), ("busy", 30), ("new", 1)))
    assert await bench.tidy().sweep(frozenset({"busy"})) == ["old"]
    assert not old.tree.parent.exists()
    assert not old.runtime.exists()
    assert busy.tree.exists()
    assert new.tree.exists()


async def test_a_short_disk_lets_the_longest_idle_go_first(bench: Bench) -> None:
    bench.used("new", 0)
    bench.used("old", 2)
    bench.free = 0
    assert await bench.tidy().sweep(frozenset()) == ["old", "new"]


async def test_work_that_lay_uncommitted_is_there_for_the_next_request(
    bench: Bench, origin: Origin, open_workspace: Callable[..., Workspace]
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "half.txt").write_text("half")
    bench.used(SESSION, 20)
    assert await bench.tidy().sweep(frozenset()) == [SESSION]
    assert not space.paths.tree.exists()
    again = open_workspace()
    notes = await again.prepare(a_command(seq=2))
    assert (again.paths.tree / "half.txt").read_text() == "half"
    assert "index.html" in os.listdir(again.paths.tree)
    assert "half.txt" in origin.files(BRANCH)
    assert any("had not been pushed" in note for note in notes)


async def test_a_session_whose_work_cannot_be_saved_stays(bench: Bench) -> None:
    paths = bench.used("old", 20)

    async def refuse(_session_id: str, _branch: str) -> None:
        raise errors.StepFailed("no")

    found = WorkspaceCleaner(root=bench.root, save=refuse, env=env.quiet())
    assert await found.sweep(frozenset()) == []
    assert paths.tree.exists()


async def test_old_logs_go_and_newer_ones_stay(bench: Bench) -> None:
    logs = bench.used("new", 0).logs
    for name, days in (("old.log", 4), ("new.log", 1)):
        (logs / name).write_text("x")
        at = time.time() - days * DAY
        os.utime(logs / name, (at, at))
    await bench.tidy().sweep(frozenset())
    assert [path.name for path in logs.iterdir()] == ["new.log"]


async def test_it_looks_once_in_a_while(bench: Bench) -> None:
    looking = bench.tidy()
    bench.used("one", 20)
    assert await looking.if_due(frozenset()) == ["one"]
    bench.used("two", 20)
    assert await looking.if_due(frozenset()) == []


async def test_a_folder_that_is_a_link_is_not_followed(bench: Bench, tmp_path: Path) -> None:
    paths = bench.used("old", 20)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    shutil.rmtree(paths.tree)
    paths.tree.symlink_to(tmp_path / "precious")
    await bench.tidy().sweep(frozenset())
    assert (tmp_path / "precious" / "file").exists()
