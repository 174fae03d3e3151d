"""The project's rules are text, bounded, and never of a file outside the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hermes.agents import project_rules


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def test_a_project_without_rules_has_none(tree: Path) -> None:
    assert project_rules.read(str(tree)) == ""


@pytest.mark.parametrize("name", ["CLAUDE.md", ".claude/CLAUDE.md", "AGENTS.md"])
def test_the_rules_at_the_top_are_told(tree: Path, name: str) -> None:
    write(tree, name, "Write Dutch.\0\n")
    assert project_rules.read(str(tree)) == f"The project's rules ({name}):\n\nWrite Dutch."


def test_the_programs_own_file_comes_before_the_general_one(tree: Path) -> None:
    write(tree, "AGENTS.md", "general")
    write(tree, "CLAUDE.md", "own")
    assert "general" not in project_rules.read(str(tree))


def test_rules_of_inner_folders_are_named(tree: Path) -> None:
    write(tree, "docs/CLAUDE.md", "x")
    write(tree, "node_modules/a/CLAUDE.md", "x")
    write(tree, ".git/CLAUDE.md", "x")
    assert project_rules.read(str(tree)).endswith("in such a folder:\n- docs/CLAUDE.md")


def test_a_link_inside_the_project_is_followed_and_no_other(tree: Path) -> None:
    write(tree, "docs/rules.md", "inside")
    (tree / "CLAUDE.md").symlink_to("docs/rules.md")
    assert "inside" in project_rules.read(str(tree))
    (tree / "CLAUDE.md").unlink()
    (tree / "CLAUDE.md").symlink_to(write(tree.parent, "secret", "outside"))
    assert project_rules.read(str(tree)) == ""


@pytest.mark.parametrize("kind", ["loop", "pipe", "folder", "git"])
def test_what_is_no_plain_file_of_the_project_is_passed_by(tree: Path, kind: str) -> None:
    path = tree / "CLAUDE.md"
    match kind:
        case "loop":
            path.symlink_to("CLAUDE.md")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            write(tree, ".git/config", "key")
            path.symlink_to(".git/config")
    assert project_rules.read(str(tree)) == ""


def test_long_rules_are_cut_and_many_are_not_all_named(tree: Path) -> None:
    write(tree, "CLAUDE.md", "é" * 100_000)
    for number in range(100):
        write(tree, f"d{number}/AGENTS.md", "x")
    told = project_rules.read(str(tree))
    assert "read the rest in the file" in told
    assert told.count("/AGENTS.md") == 40
    assert len(told.encode()) < 100_000
