"""Where agents keep their conversations, and that no link leads anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes.process import conversations, homes

ID = "0b54c1de-1111-4222-8333-944455556666"
PATHS = (
    f".claude/projects/-work-tree/{ID}.jsonl",
    f".codex/sessions/2026/11/26/rollout-2026-11-26T10-31-04-{ID}.jsonl",
)


def talked(home: Path, path: str) -> None:
    file = home / path
    file.parent.mkdir(parents=True)
    file.write_text("{}\n")


@pytest.mark.parametrize("path", PATHS)
def test_a_conversation_is_found_and_goes_on_in_a_new_home_with_its_cost_alone(tmp_path: Path, path: str) -> None:
    home = tmp_path / "home" / "agent"
    talked(home, path)
    (home / conversations.cost_of(path)).write_text("1")
    (home / ".codex").mkdir(exist_ok=True)
    (home / ".codex" / "config.toml").write_text("notify = ['touch', 'x']")
    assert conversations.find(str(home), ID) == path
    homes.renew(str(home), ID)
    kept = {str(file.relative_to(home)) for file in home.rglob("*") if file.is_file()}
    assert kept == {path, conversations.cost_of(path)}


@pytest.mark.parametrize("path", PATHS)
def test_no_link_is_followed(tmp_path: Path, path: str) -> None:
    elsewhere, home = tmp_path / "elsewhere", tmp_path / "home"
    talked(elsewhere, path)
    home.mkdir()
    top = path.split("/", 1)[0]
    (home / top).symlink_to(elsewhere / top)
    assert conversations.find(str(home), ID) is None


@pytest.mark.parametrize("conversation", ["", "../x", "a/b", "x" * 101, "*"])
def test_an_id_that_is_none_finds_nothing(tmp_path: Path, conversation: str) -> None:
    for path in PATHS:
        talked(tmp_path, path)
    assert conversations.find(str(tmp_path), conversation) is None


@pytest.mark.parametrize("path", PATHS)
def test_a_stored_path_is_believed_only_where_agents_keep_conversations(path: str) -> None:
    assert conversations.is_one(path, ID)
    for wrong in (f"../{path}", path.replace("-work-tree", "..").replace("2026/", "../"), ".bashrc", path + "x"):
        assert not conversations.is_one(wrong, ID)
