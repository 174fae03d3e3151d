"""The workspace and its remote: branches that moved, pushes that are refused, and who is told our credentials."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes import errors
from hermes.repository.git import Git, GitPlace
from hermes.repository.store import Store
from hermes.repository.workspace import Workspace
from tests.unit.repository.committing import commit, commit_and_land
from tests.unit.worker.origin import BRANCH, Origin, a_command, git

Open = Callable[..., Workspace]


async def test_a_branch_that_moved_gets_the_work_on_top(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "index.html").write_text("<h1>Ours</h1>\n")
    git("commit", "--quiet", "-am", "Own one", cwd=space.paths.tree)
    (space.paths.tree / "ours.txt").write_text("ours\n")
    theirs = origin.write(BRANCH, {"style.css": "h1 { color: blue }\n"})
    landed = await commit_and_land(space)
    assert landed.branch == BRANCH
    assert "on top of theirs" in landed.note
    assert origin.log(BRANCH)[:3] == ["Please update the homepage title", "Own one", "Somebody's change"]
    assert git("rev-parse", f"{BRANCH}~2", cwd=origin.path) == theirs
    assert origin.log(BRANCH, "%an")[1] == "Anna Example"


async def test_work_that_conflicts_goes_to_a_side_branch_and_says_so(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "index.html").write_text("<h1>Ours</h1>\n")
    theirs = origin.write(BRANCH, {"index.html": "<h1>Theirs</h1>\n"})
    landed = await commit_and_land(space)
    assert landed.branch == f"{BRANCH}-2"
    assert f"{BRANCH}-2" in landed.note
    assert origin.show(f"{BRANCH}-2", "index.html") == "<h1>Ours</h1>"
    assert git("rev-parse", BRANCH, cwd=origin.path) == theirs


async def test_a_branch_that_was_forced_or_deleted_underneath_is_taken_as_it_is(
    open_workspace: Open, origin: Origin
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "a.txt").write_text("a\n")
    await commit_and_land(space)
    await space.prepare(a_command(seq=2))
    (space.paths.tree / "b.txt").write_text("b\n")
    git("update-ref", "-d", f"refs/heads/{BRANCH}", cwd=origin.path)
    landed = await commit_and_land(space, a_command("More", seq=2))
    assert landed.branch == BRANCH
    assert {"a.txt", "b.txt"} <= set(origin.files(BRANCH))


async def test_a_rejected_push_keeps_the_work_on_a_side_branch(open_workspace: Open, origin: Origin) -> None:
    origin.hook("update", f'case "$1" in refs/heads/{BRANCH}) echo "branch is protected" >&2; exit 1;; esac')
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "work.txt").write_text("work\n")
    landed = await commit_and_land(space)
    assert landed.branch.startswith("hermes/side/")
    assert "branch is protected" in landed.rejected
    assert "work.txt" in origin.files(landed.branch)


async def test_a_remote_that_takes_nothing_leaves_the_work_where_the_error_says(
    open_workspace: Open, origin: Origin
) -> None:
    origin.hook("pre-receive", "echo 'no pushes today' >&2; exit 1")
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "work.txt").write_text("work\n")
    work = await commit(space)
    assert work is not None
    with pytest.raises(errors.PushRejected, match="no pushes today") as caught:
        await space.land(work)
    assert work.head[:12] in caught.value.hint
    (origin.path / "hooks" / "pre-receive").unlink()
    notes = await open_workspace().prepare(a_command(seq=2))
    assert "had not been pushed" in notes[0]
    assert "work.txt" in origin.files(BRANCH)


async def test_a_push_counts_only_if_the_remote_has_it_afterwards(open_workspace: Open, origin: Origin) -> None:
    origin.hook("post-receive", f"git update-ref -d refs/heads/{BRANCH}")
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "work.txt").write_text("work\n")
    landed = await commit_and_land(space)
    assert landed.branch != BRANCH
    assert "work.txt" in origin.files(landed.branch)


async def test_hooks_planted_in_the_store_itself_do_not_run(
    open_workspace: Open, runtime: tuple[Git, Store], tmp_path: Path
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    hook = runtime[1].path / "hooks" / "reference-transaction"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    hook.chmod(0o755)
    (space.paths.tree / "work.txt").write_text("work\n")
    await commit_and_land(space)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("how", ["config", "commondir", "home"])
async def test_what_an_agent_of_our_own_user_plants_beside_the_clone_is_not_obeyed(
    open_workspace: Open, runtime: tuple[Git, Store], tmp_path: Path, origin: Origin, how: str
) -> None:
    git("init", "--quiet", "--bare", "trap.git", cwd=tmp_path)
    trap = (
        f'[filter "trap"]\n\tclean = "touch {tmp_path}/sprung; cat"\n[core]\n\tsshCommand = touch {tmp_path}/sprung\n'
        f'[url "file://{tmp_path}/trap.git"]\n\tinsteadOf = {origin.url}\n[credential]\n\thelper = !touch {tmp_path}/sprung\n'
    )
    space = open_workspace()
    await space.prepare(a_command())
    store = runtime[1].path
    if how == "config":
        (store / "config").write_text(f"[core]\n\tbare = true\n{trap}")
    elif how == "commondir":
        shutil.copytree(store, tmp_path / "common.git")
        with (tmp_path / "common.git" / "config").open("a") as config:
            config.write(trap)
        (store / "commondir").write_text(f"{tmp_path}/common.git\n")
    else:  # where git would look for a repository if it were not told one
        git("init", "--quiet", cwd=store.parent / "home")
        with (store.parent / "home" / ".git" / "config").open("a") as config:
            config.write(trap)
    (space.paths.tree / ".gitattributes").write_text("* filter=trap\n")
    (space.paths.tree / "work.txt").write_text("work\n")
    await commit_and_land(space)
    await open_workspace().prepare(a_command(seq=2))
    assert not (tmp_path / "sprung").exists()
    assert git("for-each-ref", cwd=tmp_path / "trap.git") == ""
    assert "work.txt" in origin.files(BRANCH)


async def test_only_a_run_that_talks_to_the_remote_is_given_what_proves_who_we_are(tmp_path: Path) -> None:
    source = {"PATH": os.environ["PATH"], "HERMES_GIT_TOKEN": "s3cret", "AWS_SECRET_ACCESS_KEY": "s3cret"}
    runner = Git(home=tmp_path, source=source, credential_helper="!echo password=$HERMES_GIT_TOKEN; :")
    show = ("-c", "alias.tell=!env", "tell")
    assert "s3cret" not in (await runner.run(*show, check=False)).text
    assert "HERMES_GIT_TOKEN=s3cret" in (await runner.run(*show, check=False, network=True)).text


async def test_a_helper_that_another_file_names_is_not_asked(tmp_path: Path) -> None:
    git("init", "--quiet", "--bare", "clone.git", cwd=tmp_path)
    (tmp_path / "clone.git" / "config").write_text(f'[credential]\n\thelper = "!touch {tmp_path}/sprung; :"\n')
    runner = Git(home=tmp_path / "home", source=os.environ, credential_helper="!echo username=u; echo password=p; :")
    asking = await runner.run(
        "credential",
        "fill",
        at=GitPlace(git_dir=tmp_path / "clone.git"),
        stdin=b"protocol=https\nhost=x\n",
        network=True,
    )
    assert "password=p" in asking.text
    assert not (tmp_path / "sprung").exists()


async def test_nobodys_configuration_is_read(tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[planted]\n value = 1\n")
    ran = await Git(home=tmp_path, source=os.environ).run("config", "--get", "planted.value", check=False)
    assert ran.code == 1


async def test_an_unknown_repository_is_said_in_words(open_workspace: Open, tmp_path: Path) -> None:
    space = open_workspace(url=f"file://{tmp_path}/nowhere.git")
    with pytest.raises(errors.RepositoryUnavailable, match=r"There is no repository at nowhere\.git") as caught:
        await space.prepare(a_command())
    assert "address" in caught.value.hint


async def test_an_unreachable_server_is_tried_again_and_said_in_words(open_workspace: Open) -> None:
    space = open_workspace(url="http://user:secret@127.0.0.1:9/site.git")
    with pytest.raises(errors.RepositoryUnavailable, match="did not answer") as caught:
        await space.prepare(a_command())
    assert "secret" not in str(caught.value)
