"""The repository that an agent sees in its worktree is made in a folder of ours."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes.repository import desk
from hermes.repository.workspace import Workspace
from tests.unit.worker.origin import BRANCH, a_command, git


async def test_a_link_that_takes_its_place_meanwhile_leads_nowhere(
    open_workspace: Callable[..., Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space, ours = open_workspace(), tmp_path / "ours"
    ours.mkdir()
    linking = desk.link_objects

    def exchanged(source: Path, target: Path) -> None:
        linking(source, target)  # the agent of another session of the same person is quick
        shutil.rmtree(space.paths.tree / ".git", ignore_errors=True)
        (space.paths.tree / ".git").symlink_to(ours)

    monkeypatch.setattr(desk, "link_objects", exchanged)
    await space.prepare(a_command())

    assert list(ours.iterdir()) == []
    assert git("symbolic-ref", "HEAD", cwd=space.paths.tree).strip() == f"refs/heads/{BRANCH}"
