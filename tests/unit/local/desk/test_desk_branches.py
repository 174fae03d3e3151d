"""The branches of a repository with what each changes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hermes import errors
from hermes.local import project
from hermes.local.desk.branches import Branches


def git(*arguments: str) -> None:
    given = {"GIT_CONFIG_GLOBAL": os.devnull, "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    names = {f"GIT_{role}_{kind}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for kind in ("NAME", "EMAIL")}
    subprocess.run(["git", *arguments], check=True, capture_output=True, env={**given, **names})


async def test_a_branch_is_shown_with_its_commits_and_its_difference(tmp_path: Path) -> None:
    repository, work = tmp_path / "project.git", tmp_path / "work"
    project.create(repository)
    git("clone", "--quiet", str(repository), str(work))
    git("-C", str(work), "switch", "--quiet", "--create", "thread-a")
    (work / "index.html").write_text("<script>alert(1)</script>\n")
    git("-C", str(work), "commit", "--quiet", "--all", "--message", "Replace the page")
    git("-C", str(work), "push", "--quiet", "origin", "thread-a")
    branches = Branches(repository=str(repository), mirror=tmp_path / "mirror.git", environ={})

    default, (only,) = await branches.look()
    git("-C", str(work), "push", "--quiet", "--delete", "origin", "thread-a")
    _, left = await branches.look()

    assert (default, only.name) == ("main", "thread-a")
    assert [subject for _, subject in only.commits] == ["Replace the page"]
    assert ("added", "+<script>alert(1)</script>") in only.lines
    assert left == []


async def test_a_repository_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    branches = Branches(repository=str(tmp_path / "nothing"), mirror=tmp_path / "mirror.git", environ={})

    with pytest.raises(errors.ConfigError, match="git cannot read"):
        await branches.look()
