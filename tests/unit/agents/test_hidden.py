"""Files that would steer a program are out of its sight while it runs, and all of them are back afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hermes.agents import hidden

PATTERNS = (".env", ".aider.*")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / ".aider.cache").mkdir(parents=True)
    (tree / ".aider.cache" / "db").write_text("db")
    (tree / ".env").write_text("KEY=1")
    (tree / ".aider.conf.yml").symlink_to("/nowhere")
    (tree / ".aiderignore").write_text("x")
    (tree / "-rf").write_text("x")
    return tree


def hide(tree: Path) -> None:
    hidden.hide(str(tree), str(tree.parent / "in"), PATTERNS)


def show(tree: Path, *made: str) -> None:
    hidden.show(str(tree), str(tree.parent / "in"), made)


def test_they_go_and_come_back(tree: Path) -> None:
    hide(tree)
    assert sorted(os.listdir(tree)) == ["-rf", ".aiderignore"]
    show(tree)
    assert sorted(os.listdir(tree)) == ["-rf", ".aider.cache", ".aider.conf.yml", ".aiderignore", ".env"]
    assert (tree / ".aider.cache" / "db").read_text() == "db"
    assert not (tree.parent / "in" / "hidden").exists()


def test_what_was_made_meanwhile_is_kept_but_for_what_the_program_makes_for_itself(tree: Path) -> None:
    hide(tree)
    (tree / ".env").write_text("KEY=2")
    (tree / ".aider.cache").write_text("junk")
    show(tree, ".aider.cache*")
    assert (tree / ".env").read_text() == "KEY=2"
    assert (tree / ".aider.cache" / "db").read_text() == "db"


def test_where_nothing_is_hidden_nothing_is_done(tree: Path) -> None:
    show(tree, ".env")
    assert (tree / ".env").exists()


def test_a_link_in_the_place_of_the_folder_leads_nowhere(tree: Path) -> None:
    elsewhere = tree.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "theirs").write_text("x")
    (tree.parent / "in").mkdir()
    (tree.parent / "in" / "hidden").symlink_to(elsewhere)
    show(tree)
    assert not (tree / "theirs").exists()
    hide(tree)
    assert os.listdir(elsewhere) == ["theirs"]
    show(tree)
    assert (tree / ".env").exists()


def test_what_cannot_be_hidden_is_an_error(tree: Path) -> None:
    (tree.parent / "in").write_text("in the way")
    with pytest.raises(OSError, match="Not a directory"):
        hide(tree)
