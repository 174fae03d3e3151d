"""The demo's website in its bare repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hermes import errors
from hermes.local import project


def test_the_repository_is_bare_and_has_the_site_on_main(tmp_path: Path) -> None:
    repository = tmp_path / "deep" / "site.git"

    assert project.create(repository) is True
    assert project.create(repository) is False

    (commit,) = project.log(repository, "main")
    assert commit["subject"] == "Begin the website"
    assert len(commit["sha"]) == 40
    assert "<title>Our bakery</title>" in project.show(repository, "main", "index.html")
    bare = subprocess.run(
        ["git", "-C", str(repository), "config", "core.bare"], capture_output=True, text=True, check=True
    )
    assert bare.stdout.strip() == "true"
    assert [path.name for path in repository.parent.iterdir()] == ["site.git"]


def test_it_needs_nothing_of_the_persons_git_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[commit]\n\tgpgsign = true\n[core]\n\thooksPath = /nonexistent\n[init\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", "/nonexistent")

    assert project.create(tmp_path / "site.git")


def test_a_branch_is_there_or_not(tmp_path: Path) -> None:
    repository = tmp_path / "site.git"
    project.create(repository)

    assert project.has(repository, "main")
    assert not project.has(repository, "thread-x")


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    project.create(tmp_path / "site.git")

    with pytest.raises(errors.ConfigError, match="thread-x"):
        project.log(tmp_path / "site.git", "thread-x")
    with pytest.raises(errors.ConfigError, match=r"nothing\.html"):
        project.show(tmp_path / "site.git", "main", "nothing.html")
