"""A repository that was made to run something wherever it is checked out: in the runtime it runs nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes.domain.request import CommandType
from hermes.repository import commit_message
from hermes.repository.workspace import Workspace
from tests.unit.worker.origin import BRANCH, Origin, a_command, git

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12345\n"


@pytest.fixture
def sprung(tmp_path: Path, origin: Origin) -> Path:
    """The file that any of the traps would make."""
    flag = tmp_path / "sprung"
    trap = f"touch {flag}"
    files = {
        ".gitattributes": "* filter=evil diff=evil merge=evil\n*.bin filter=lfs diff=lfs merge=lfs -text\n",
        ".gitconfig": f'[core]\n\tfsmonitor = "{trap}"\n\thooksPath = hooks\n[filter "evil"]\n\tclean = "{trap}"\n\tsmudge = "{trap}"\n',
        ".gitmodules": f'[submodule "sub"]\n\tpath = sub\n\turl = "ext::sh -c {trap}"\n\tupdate = "!{trap}"\n',
        ".lfsconfig": f'[lfs]\n\turl = "ext::{trap}"\n',
        "config": f'[core]\n\tfsmonitor = "{trap}"\n',
        "HEAD": "ref: refs/heads/main\n",
        "objects/info/alternates": "/\n",
        "refs/heads/main": "0" * 40 + "\n",
        "film.bin": POINTER,
        **{
            f"hooks/{name}": f"#!/bin/sh\n{trap}\n" for name in ("post-checkout", "pre-commit", "pre-push", "fsmonitor")
        },
    }
    for name in files:
        if name.startswith("hooks/"):
            (origin.other / "hooks").mkdir(exist_ok=True)
            (origin.other / name).touch(mode=0o755)
    origin.write("main", files, "Traps")
    head = git("rev-parse", "HEAD", cwd=origin.other)
    git("update-index", "--add", "--cacheinfo", f"160000,{head},sub", cwd=origin.other)
    os.symlink("/etc", origin.other / "etc")
    git("add", "etc", cwd=origin.other)
    git("commit", "--quiet", "-m", "A submodule and a link", cwd=origin.other)
    git("push", "--quiet", "origin", "main", cwd=origin.other)
    flag.unlink()  # the traps work: whoever pushed them, with that folder as home, has sprung them
    return flag


async def test_a_booby_trapped_repository_executes_nothing_of_its_own(
    open_workspace: Callable[..., Workspace], origin: Origin, sprung: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(origin.other))  # whose .gitconfig is the trapped one
    for seq, kind in ((1, CommandType.EDIT), (2, CommandType.EDIT), (3, CommandType.UNDO)):
        command = a_command(seq=seq, kind=kind)
        space = open_workspace()
        await space.prepare(command)
        if kind is CommandType.UNDO:
            work = await space.undo(command)
        else:
            (space.paths.tree / f"page{seq}.html").write_text("x")
            made = await space.commit(command, text=commit_message.for_command(command))
            assert made is not None
            work = made
        assert (await space.land(work)).branch == BRANCH

    assert not sprung.exists()
    assert set(origin.files(BRANCH)) - set(origin.files("main")) == {"page1.html"}


async def test_lfs_pointers_submodules_and_links_are_left_as_found(
    open_workspace: Callable[..., Workspace], origin: Origin, sprung: Path
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "page.html").write_text("x")
    work = await space.commit(a_command(), text="A page\n")
    assert work is not None
    assert work.files == ("page.html",)
    await space.land(work)
    for path in ("film.bin", "sub", "etc"):
        assert git("ls-tree", BRANCH, path, cwd=origin.path) == git("ls-tree", "main", path, cwd=origin.path)
    assert (space.paths.tree / "film.bin").read_text() == POINTER
    assert not sprung.exists()
