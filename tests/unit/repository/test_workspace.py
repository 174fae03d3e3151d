"""Worktree, commit and push against a real bare repository."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes import errors
from hermes.repository import commit_message
from hermes.repository.git import Git, redact
from hermes.repository.remote import Remote
from hermes.repository.store import Store
from hermes.repository.workspace import Paths, Workspace
from tests import env
from tests.unit.repository.committing import commit, commit_and_land
from tests.unit.worker.origin import BRANCH, Origin, a_command, command_id, git, no_pause

Open = Callable[..., Workspace]


async def test_an_edit_becomes_one_commit_of_the_owner_on_the_sessions_branch(
    open_workspace: Open, origin: Origin
) -> None:
    space = open_workspace()
    assert await space.prepare(a_command()) == []
    (space.paths.tree / "index.html").write_text("<h1>Hello</h1>\n")
    (space.paths.tree / "new.txt").write_text("new\n")
    work = await commit(space)
    assert work is not None
    assert work.files == ("index.html", "new.txt")
    assert "2 files changed" in work.diffstat
    landed = await space.land(work)
    assert (landed.branch, landed.sha) == (BRANCH, work.head)
    assert origin.show(BRANCH, "index.html") == "<h1>Hello</h1>"
    assert (
        origin.log(BRANCH, "%an <%ae>|%cn|%s")[0]
        == "Anna Example <anna@example.org>|Hermes|Please update the homepage title"
    )
    assert f"Hermes-Command: {command_id()}" in origin.log(BRANCH, "%B")


async def test_sessions_that_begin_together_make_the_clone_once(tmp_path: Path) -> None:
    runner = Git(home=tmp_path / "home", source=os.environ)
    store = Store(git=runner, path=tmp_path / "work" / "runtime" / "store.git")
    await store.prepare()
    made = (store.path / "HEAD").stat().st_ino
    await asyncio.gather(*(store.prepare() for _ in range(8)))
    assert (store.path / "HEAD").stat().st_ino == made
    assert await store.empty_tree()


async def test_the_clone_is_what_git_itself_would_make(tmp_path: Path) -> None:
    store = Store(git=Git(home=tmp_path / "home", source=os.environ), path=tmp_path / "runtime" / "store.git")
    await store.prepare()
    assert (await store.run("rev-parse", "--is-bare-repository")).text == "true"
    assert (await store.run("fsck", "--strict")).code == 0
    assert (await store.run("init", "--quiet", "--bare", "--template=", str(store.path))).code == 0


async def test_copies_of_the_index_have_its_time_so_that_git_misses_no_change_of_the_same_second(
    open_workspace: Open,
) -> None:
    second = 1_000_000_000
    space = open_workspace()
    await space.prepare(a_command())
    index = space.paths.runtime / "index"
    os.utime(index, ns=(second * 10**9, second * 10**9))
    desk = space._desk
    await desk.copy("index", "copy")
    assert (space.paths.runtime / "copy").stat().st_mtime_ns == second * 10**9
    await space._view.rebuild(branch=BRANCH, base=space.base, branches={}, author=space.author(a_command()))
    assert (space.paths.tree / ".git" / "index").stat().st_mtime_ns == second * 10**9


async def test_what_is_compared_is_named_by_both_of_its_names(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "style.css").rename(space.paths.tree / "a\nb ö.css")
    (space.paths.tree / "zero").write_text("")
    work = await space.commit(a_command(), text="Move")
    assert work is not None
    assert work.files == ("a\\nb ö.css", "style.css", "zero")
    assert 'style.css => "a\\nb ö.css"' in work.diffstat
    assert "2 files changed, 0 insertions(+), 0 deletions(-)" in work.diffstat


async def test_nothing_changed_is_no_commit(open_workspace: Open) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    os.utime(space.paths.tree / "index.html")
    assert await commit(space) is None


async def test_the_next_command_goes_on_where_the_branch_stands(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "a.txt").write_text("a\n")
    await commit_and_land(space)
    theirs = origin.write(BRANCH, {"b.txt": "b\n"})
    again = open_workspace()
    assert await again.prepare(a_command(seq=2)) == []
    assert (again.paths.tree / "b.txt").read_text() == "b\n"
    assert git("rev-parse", "HEAD", cwd=again.paths.tree) == theirs
    assert git("status", "--porcelain", cwd=again.paths.tree) == ""


async def test_the_agents_own_commits_are_kept_one_by_one(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    for name in ("one", "two"):
        (space.paths.tree / name).write_text(name)
        git("add", "-A", cwd=space.paths.tree)
        git("commit", "--quiet", "-m", f"Add {name}", cwd=space.paths.tree)
    (space.paths.tree / "three").write_text("three")
    await commit_and_land(space)
    assert origin.log(BRANCH)[:3] == ["Please update the homepage title", "Add two", "Add one"]
    assert origin.log(BRANCH, "%an|%cn")[1] == "Anna Example|Hermes"
    assert {"one", "two", "three"} <= set(origin.files(BRANCH))


async def test_own_commits_of_an_agent_that_rewrote_history_still_count_by_their_files(
    open_workspace: Open, origin: Origin
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    git("checkout", "--quiet", "--orphan", "elsewhere", cwd=space.paths.tree)
    (space.paths.tree / "kept").write_text("kept")
    git("add", "-A", cwd=space.paths.tree)
    git("commit", "--quiet", "-m", "Elsewhere", cwd=space.paths.tree)
    await commit_and_land(space)
    assert origin.log(BRANCH) == ["Please update the homepage title", "First"]
    assert "kept" in origin.files(BRANCH)


async def test_what_an_agent_leaves_in_git_config_and_hooks_never_runs(open_workspace: Open, tmp_path: Path) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    trap = tmp_path / "sprung"
    dot_git = space.paths.tree / ".git"
    with (dot_git / "config").open("a") as config:
        config.write(f"[core]\n fsmonitor = touch {trap}\n hooksPath = {dot_git}/hooks\n sshCommand = touch {trap}\n")
        config.write(
            f'[filter "x"]\n clean = touch {trap}; cat\n smudge = touch {trap}; cat\n[diff "x"]\n textconv = touch {trap}\n'
        )
        config.write(f'[remote "origin"]\n url = /nowhere\n uploadpack = touch {trap}\n promisor = true\n')
    (space.paths.tree / ".gitattributes").write_text("* filter=x diff=x merge=x\n")
    (dot_git / "hooks").mkdir(exist_ok=True)
    for name in (
        "pre-commit",
        "post-commit",
        "pre-push",
        "post-checkout",
        "post-index-change",
        "reference-transaction",
    ):
        (dot_git / "hooks" / name).write_text(f"#!/bin/sh\ntouch {trap}\n")
        (dot_git / "hooks" / name).chmod(0o755)
    (space.paths.tree / "work.txt").write_text("work\n")
    await commit_and_land(space)
    again = open_workspace()
    await again.prepare(a_command(seq=2))
    assert not trap.exists()
    assert "fsmonitor" not in (dot_git / "config").read_text()
    assert not (dot_git / "hooks").exists()


async def test_work_is_saved_in_spite_of_stale_locks_and_a_missing_git_folder(
    open_workspace: Open, origin: Origin
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.runtime / "index.lock").touch()
    (space.paths.runtime / "index.save.lock").touch()
    shutil.rmtree(space.paths.tree / ".git")
    (space.paths.tree / "work.txt").write_text("work\n")
    await commit_and_land(space)
    assert "work.txt" in origin.files(BRANCH)
    await open_workspace().prepare(a_command(seq=2))


async def test_a_deleted_worktree_is_never_committed_as_a_deletion(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    shutil.rmtree(space.paths.tree)
    with pytest.raises(errors.AgentFailed, match="deleted the whole worktree"):
        await commit(space)
    await space.prepare(a_command(seq=2))
    assert (space.paths.tree / "index.html").exists()
    assert origin.branches() == ["main"]


async def test_a_worktree_replaced_by_a_link_is_not_followed(open_workspace: Open, tmp_path: Path) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "private").write_text("private")
    shutil.rmtree(space.paths.tree)
    space.paths.tree.symlink_to(elsewhere)
    with pytest.raises(errors.AgentFailed):
        await commit(space)
    await space.prepare(a_command(seq=2))
    assert (elsewhere / "private").exists()
    assert not space.paths.tree.is_symlink()


async def test_leftover_work_of_a_lost_run_is_saved_first(open_workspace: Open, origin: Origin) -> None:
    lost = open_workspace()
    await lost.prepare(a_command())
    (lost.paths.tree / "half.txt").write_text("half\n")
    space = open_workspace()
    notes = await space.prepare(a_command(seq=2))
    assert "saved first" in notes[0]
    assert origin.log(BRANCH)[0].startswith("Partial work: ")
    assert "half.txt" in origin.files(BRANCH)
    (space.paths.tree / "rest.txt").write_text("rest\n")
    await commit_and_land(space, a_command("Go on", seq=2))
    assert origin.log(BRANCH)[0] == "Go on"


async def test_an_empty_repository_gets_its_first_commit(open_workspace: Open, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    git("init", "--quiet", "--bare", cwd=tmp_path / "empty")
    space = open_workspace(url=f"file://{tmp_path}/empty")
    await space.prepare(a_command())
    (space.paths.tree / "first.txt").write_text("first\n")
    landed = await commit_and_land(space)
    assert git("log", "--format=%s", landed.branch, cwd=tmp_path / "empty") == "Please update the homepage title"


async def test_large_and_secret_looking_files_are_left_out_by_name(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / ".env").write_text("KEY=1\n")
    (space.paths.tree / "key.txt").write_text("-----BEGIN RSA PRIVATE KEY-----\n")
    with (space.paths.tree / "film.mp4").open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    (space.paths.tree / "fine.txt").write_text("fine\n")
    work = await commit(space)
    assert work is not None
    assert work.files == ("fine.txt",)
    assert [word.split()[0] for word in space.left_out] == [".env", "film.mp4", "key.txt"]
    await space.land(work)
    assert await open_workspace().prepare(a_command(seq=2)) == []


async def test_what_a_killed_git_left_in_the_store_does_not_stop_the_next(
    open_workspace: Open, tmp_path: Path, origin: Origin
) -> None:
    await open_workspace().prepare(a_command())
    store = Store(git=Git(home=tmp_path / "home", source=os.environ), path=tmp_path / "work" / "runtime" / "store.git")
    for name in ("packed-refs.lock", "refs/remotes/origin/main.lock", "objects/pack/tmp_pack_x"):
        (store.path / name).parent.mkdir(parents=True, exist_ok=True)
        (store.path / name).touch()
    await store.prepare()
    origin.write("main", {"more.txt": "more"})
    await Remote(store=store, url=origin.url, env=env.quiet(sleep=no_pause)).fetch()
    assert not list((store.path / "objects" / "pack").glob("tmp_*"))


@pytest.mark.parametrize("session_id", ["../../etc", "/etc", "a/b", "", ".hidden", "x" * 300])
def test_no_session_id_leads_out_of_the_workers_folder(session_id: str, tmp_path: Path) -> None:
    paths = Paths.of(tmp_path, session_id)
    assert paths.tree.resolve().parent.parent == tmp_path.resolve() / "sessions"
    assert paths.runtime.parent == tmp_path / "runtime" / "sessions"


async def test_a_secret_in_the_agents_own_commit_does_not_slip_through(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / ".env").write_text("KEY=1\n")
    (space.paths.tree / "fine.txt").write_text("fine\n")
    git("add", "-A", cwd=space.paths.tree)
    git("commit", "--quiet", "-m", "Everything", cwd=space.paths.tree)
    await commit_and_land(space)
    assert ".env" not in git("log", "--name-only", "--format=", BRANCH, cwd=origin.path).splitlines()
    assert "fine.txt" in origin.files(BRANCH)


@pytest.mark.parametrize("committed", [True, False])
async def test_files_of_a_repository_made_inside_the_worktree_are_committed(
    open_workspace: Open, origin: Origin, committed: bool
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    inner = space.paths.tree / "lib" / "inner"
    inner.mkdir(parents=True)
    git("init", "--quiet", cwd=inner)
    (inner / "code.py").write_text("print()\n")
    if committed:
        git("add", "-A", cwd=inner)
        git("commit", "--quiet", "-m", "Inner", cwd=inner)
    await commit_and_land(space)
    assert "lib/inner/code.py" in origin.files(BRANCH)


async def test_two_sessions_have_worktrees_of_their_own(open_workspace: Open, origin: Origin) -> None:
    one, two = open_workspace(), open_workspace(session_id="acme-site-zz", branch="thread-zz")
    await one.prepare(a_command())
    await two.prepare(a_command())
    (one.paths.tree / "one.txt").write_text("1")
    (two.paths.tree / "two.txt").write_text("2")
    await commit_and_land(one)
    await commit_and_land(two)
    assert "two.txt" not in origin.files(BRANCH)
    assert "one.txt" not in origin.files("thread-zz")


def test_a_message_has_a_short_first_line_and_trailers_at_its_end() -> None:
    text = commit_message.for_command(a_command("word " * 100 + "\n\nHermes-Command: forged"))
    first, *_rest = text.splitlines()
    assert len(first) <= 72
    assert commit_message.command_of(text) == command_id()


@pytest.mark.parametrize("name", ["", "Evil <x@y>\nauthor", '"Anna"', "..."])
def test_names_cannot_break_out_of_an_author_line(name: str) -> None:
    person = commit_message.Person.of(name, "a<b>@example.org\n")
    assert person.name
    assert not set("<>\n") & set(person.name + person.address)


def test_addresses_are_shown_without_their_user_part() -> None:
    assert redact("fatal: https://user:pw@host/x and ssh://git@host/y") == "fatal: https://host/x and ssh://host/y"
