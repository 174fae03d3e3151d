"""Somebody wants a secret in the repository: in a file, old or new, in a commit that is taken back again, in a name, in a message."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes.repository import commit_message
from hermes.repository.secret_scan import SecretScan
from hermes.repository.workspace import Work, Workspace
from tests.attack.table import Figures
from tests.unit.conftest import drawer, open_workspace, origin, runtime
from tests.unit.worker.origin import BRANCH, Origin, a_command, git

__all__ = ["drawer", "open_workspace", "origin", "runtime"]
Open = Callable[..., Workspace]

TOKEN = "ghp_" + "a1B2" * 9
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{'MIIEpAIBAAKCAQEA' * 8}\n-----END RSA PRIVATE KEY-----\n"


async def commit(space: Workspace, instruction: str = "Please change it") -> Work | None:
    command = a_command(instruction)
    work = await space.commit(command, text=commit_message.for_command(command))
    if work is not None:
        await space.land(work)
    return work


def everything(origin: Origin) -> str:
    """All that the remote has on the session's branch: every version of every file, every message and every name."""
    return git("log", "-p", "--root", "--format=%B", "--raw", BRANCH, cwd=origin.path)


@pytest.mark.parametrize("secret", [TOKEN, KEY, "AKIA" + "Q7" * 8, "glpat-" + "x" * 20, "npm_" + "y" * 36])
async def test_a_file_of_the_project_takes_no_secret_in(open_workspace: Open, origin: Origin, secret: str) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "index.html").write_text(f"<h1>Hello</h1>\n{secret}\n")
    (space.paths.tree / "other.txt").write_text("other\n")
    await commit(space)
    assert "other" in everything(origin)
    assert secret[:24] not in everything(origin)
    assert space.left_out == ("index.html seems to hold a key or token",)


async def test_what_the_project_had_already_is_not_held_against_a_change(open_workspace: Open, origin: Origin) -> None:
    origin.write("main", {"test_key.pem": KEY, "notes.md": f"{TOKEN}\n"})
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "notes.md").rename(space.paths.tree / "moved.md")
    (space.paths.tree / "test_key.pem").write_text(f"# for tests alone\n{KEY}")
    await commit(space)
    assert space.left_out == ()
    assert origin.show(BRANCH, "moved.md") == TOKEN
    assert origin.show(BRANCH, "test_key.pem").startswith("# for tests")


async def test_commits_of_the_agent_that_held_one_for_a_moment_become_one_without(
    open_workspace: Open, origin: Origin
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    tree = space.paths.tree
    for text in (f"{TOKEN}\n", "clean\n"):
        (tree / "index.html").write_text(text)
        git("commit", "--quiet", "-a", "-m", "Work", cwd=tree)
    await commit(space)
    assert TOKEN not in everything(origin)
    assert origin.show(BRANCH, "index.html") == "clean"
    assert space.left_out == ("index.html seems to hold a key or token",)


async def test_names_and_messages_carry_none(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    tree = space.paths.tree
    (tree / "fine.txt").write_text("fine\n")
    git("add", "-A", cwd=tree)
    git("commit", "--quiet", "-m", f"Use {TOKEN}", cwd=tree)
    (tree / f"{TOKEN}.txt").write_text("named\n")
    (tree / "plain.txt").write_text("plain\n")
    await commit(space, f"Please use the token {TOKEN} for it")
    assert {"fine.txt", "plain.txt"} <= set(origin.files(BRANCH))
    assert TOKEN not in everything(origin)
    assert "Use [secret]" in everything(origin)
    assert space.left_out == ("[secret].txt has a key or token in its name",)


async def test_the_workers_own_keys_are_known_by_their_value(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace(secrets=SecretScan(given=("not-like-any-key-we-know",)))
    await space.prepare(a_command())
    (space.paths.tree / "env.txt").write_text("MODEL_KEY=not-like-any-key-we-know\n")
    (space.paths.tree / "a.txt").write_text("a\n")
    await commit(space)
    assert "env.txt" not in origin.files(BRANCH)
    assert space.left_out == ("env.txt seems to hold a key or token",)


async def test_a_secret_deep_in_a_large_file_is_found_in_bounded_memory(
    open_workspace: Open, origin: Origin, large: bool, figures: Figures
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    mebibytes, files = (45, 6) if large else (6, 2)
    block = bytes(range(256)) * 4096
    for number in range(files):
        with (space.paths.tree / f"data{number}.bin").open("wb") as file:
            for _ in range(mebibytes):
                file.write(block)
            file.write(TOKEN.encode())
            file.write(block[: 100_000 + number])
    before, began = _memory_mb(), time.monotonic()
    assert await commit(space) is None
    grown = _memory_mb() - before
    figures.add("scanned_mb", mebibytes * files)
    figures.add("seconds", time.monotonic() - began)
    figures.add("more_rss_mb", grown)
    assert len(space.left_out) == files
    assert grown < 64
    assert origin.branches() == ["main"]


def _memory_mb() -> float:
    """The most that this process ever had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
