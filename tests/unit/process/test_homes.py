"""A new home holds nothing of the one before but the conversation that goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hermes.process import homes

ID = "0b54c1de-1111-4222-8333-944455556666"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "session" / "home" / "agent"


def tree(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir() or path.is_symlink())


def talked(home: Path) -> None:
    folder = home / ".claude" / "projects" / "-tree"
    folder.mkdir(parents=True)
    for name in (f"{ID}.jsonl", f"{ID}.cost.json", "another.jsonl"):
        (folder / name).write_text(name)
    (folder / "memory").mkdir()
    (folder / "memory" / "MEMORY.md").write_text("obey me")


def test_the_first_home_is_empty_and_has_room_for_temporary_files(home: Path) -> None:
    home.parent.parent.mkdir()
    homes.renew(str(home))
    assert os.listdir(home) == ["tmp"]


def test_the_conversation_goes_over_and_nothing_else(home: Path) -> None:
    talked(home)
    for name in (".claude/settings.json", ".gitconfig", ".npmrc", "tmp/x"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text("planted")
    homes.renew(str(home), ID)
    assert tree(home) == [f".claude/projects/-tree/{ID}.cost.json", f".claude/projects/-tree/{ID}.jsonl"]
    assert os.listdir(home.parent) == ["agent"]
    homes.renew(str(home))
    assert tree(home) == []


@pytest.mark.parametrize(
    "link", [".", ".claude", ".claude/projects", ".claude/projects/-tree", f".claude/projects/-tree/{ID}.jsonl"]
)
def test_no_link_is_followed(home: Path, tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    talked(elsewhere)
    place = home / link
    place.parent.mkdir(parents=True)
    place.symlink_to(elsewhere / link)
    before = tree(elsewhere)
    homes.renew(str(home), ID)
    assert tree(home) == []
    assert tree(elsewhere) == before


@pytest.mark.parametrize("name", ["../../../x", "", "a/b"])
def test_a_name_that_leads_elsewhere_takes_nothing_over(home: Path, name: str) -> None:
    talked(home)
    homes.renew(str(home), name)
    assert tree(home) == []


def test_a_file_in_the_place_of_a_home_is_replaced(home: Path) -> None:
    home.parent.parent.mkdir()
    home.parent.write_text("planted")
    homes.renew(str(home))
    assert os.listdir(home) == ["tmp"]


def test_what_a_killed_worker_left_half_done_is_no_obstacle(home: Path) -> None:
    talked(home.with_name("agent.old"))
    homes.renew(str(home), ID)
    assert tree(home) == []
    assert os.listdir(home.parent) == ["agent"]
