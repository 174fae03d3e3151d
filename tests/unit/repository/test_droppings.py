"""What agents leave for themselves is not committed; what a project shares with its people is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hermes.repository import commit_message, droppings
from hermes.repository.workspace import Workspace
from tests.unit.worker.origin import BRANCH, Origin, a_command, git

Open = Callable[..., Workspace]
LEFT = (
    ".claude/settings.local.json", ".claude/worktrees/agent-1/index.html", "site/.claude/worktrees/x/y", ".aider.chat.history.md",
    ".aider.input.history", ".aider.tags.cache.v4/cache.db", ".codex/sessions/1.jsonl", ".gemini/tmp/a", ".qwen/oauth_creds.json",
    ".opencode/node_modules/a/b.js",
)  # fmt: skip
SHARED = (
    ".claude/commands/review.md",
    ".claude/settings.json",
    ".aider.conf.yml",
    ".codex/config.toml",
    ".gemini/GEMINI.md",
)


def write(tree: Path, *names: str, text: str = "x\n") -> None:
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)


async def commit(space: Workspace) -> None:
    work = await space.commit(a_command(), text=commit_message.for_command(a_command()))
    assert work is not None
    await space.land(work)


@pytest.mark.parametrize("itself", [False, True])
async def test_droppings_stay_behind(open_workspace: Open, origin: Origin, itself: bool) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    write(space.paths.tree, *LEFT, *SHARED, "a.txt")
    if itself:  # with everything, as if no ignore file were there
        git("add", "-f", "-A", cwd=space.paths.tree)
        git("commit", "--quiet", "-m", "All", cwd=space.paths.tree)
    await commit(space)
    assert set(origin.files(BRANCH)) == {*SHARED, "a.txt", "index.html", "style.css"}
    assert space.left_out == ()


async def test_a_worktree_of_claudes_is_no_part_of_the_project(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    tree = space.paths.tree
    git("worktree", "add", "--quiet", "-b", "side", ".claude/worktrees/side", cwd=tree)
    write(tree, "a.txt")
    git("add", "-A", cwd=tree)
    git("commit", "--quiet", "-m", "Everything", cwd=tree)
    await commit(space)
    assert origin.files(BRANCH) == ["a.txt", "index.html", "style.css"]
    assert "Everything" in origin.log(BRANCH)


async def test_what_the_project_tracks_already_stays_and_changes(open_workspace: Open, origin: Origin) -> None:
    origin.write(
        "main", {".claude/settings.local.json": "{}\n", ".aider.chat.history.md": "old\n", ".claude/worktrees/a": "a\n"}
    )
    space = open_workspace()
    await space.prepare(a_command())
    write(space.paths.tree, ".aider.chat.history.md", text="new\n")
    await commit(space)
    assert origin.show(BRANCH, ".aider.chat.history.md") == "new"
    assert ".claude/settings.local.json" in origin.files(BRANCH)
    assert ".claude/worktrees/a" in origin.files(BRANCH)


async def test_a_project_may_take_one_in(open_workspace: Open, origin: Origin) -> None:
    origin.write("main", {".gitignore": "!.aider.chat.history.md\n"})
    space = open_workspace()
    await space.prepare(a_command())
    write(space.paths.tree, ".aider.chat.history.md")
    await commit(space)
    assert ".aider.chat.history.md" in origin.files(BRANCH)


@pytest.mark.parametrize("path", LEFT)
def test_both_forms_of_the_table_agree(path: str) -> None:
    assert droppings.is_one(path)


@pytest.mark.parametrize("path", [*SHARED, "my.aider.chat.history.md", ".claude/worktrees.md"])
def test_what_looks_like_one_is_none(path: str) -> None:
    assert not droppings.is_one(path)
