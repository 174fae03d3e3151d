"""Agents as another user: their own folders are theirs, and ours are closed to them."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes import errors
from hermes.agents import select
from hermes.domain.agent_settings import AgentKind, AgentSettings
from hermes.execution import ExecutionState
from hermes.worker import environment
from hermes.worker.build import Build
from hermes.worker.framing import Line
from hermes.worker.git import Git
from hermes.worker.keeper import Keeper
from hermes.worker.process import Ladder, Process, Spec
from hermes.worker.remote import Remote
from hermes.worker.runner import Runner
from hermes.worker.store import Store
from hermes.worker.user import User
from hermes.worker.workspace import Paths, Workspace
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command, no_pause

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
NOBODY = User(65534, 65534)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where another user may come to: pytest's own folders are closed."""
    path = Path(tempfile.mkdtemp(prefix="hermes-user-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


async def said(folder: Path, script: str, user: User | None) -> list[str]:
    lines = []

    async def keep(stream: str, line: Line) -> None:
        lines.append(f"{stream}:{line.text}")

    for name in ("tree", "home/tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    env = environment.reduced(os.environ, home=folder / "home", mark=f"user-{folder.name}")
    env["PATH"] = "/usr/bin:/bin"
    if user is not None:
        user.take_over(folder / "tree", folder / "home")
    spec = Spec(
        argv=("sh", "-c", script), cwd=folder / "tree", env=env, mark=f"user-{folder.name}", control=True, user=user
    )
    async with asyncio.timeout(20):
        await Process(spec=spec, ladder=Ladder(), on_line=keep).run()
    return lines


@as_root
async def test_it_runs_as_the_other_user_without_groups_of_ours(folder: Path) -> None:
    lines = await said(folder, "id -u; id -G; echo hi >&3; touch made ../home/tmp/made && echo wrote", NOBODY)
    assert {"stdout:65534", "control:hi", "stdout:wrote"} <= set(lines)
    assert "stdout:0" not in lines


@as_root
async def test_the_runtimes_folder_and_the_workers_environment_are_closed(folder: Path) -> None:
    runtime = folder / "runtime"
    runtime.mkdir()
    (runtime / "token").write_text("secret")
    runtime.chmod(0o700)
    script = f"cat {runtime}/token; cat /proc/{os.getpid()}/environ; kill -0 {os.getpid()} && echo may-signal; echo end"
    lines = [line for line in await said(folder, script, NOBODY) if line.startswith("stdout")]
    assert lines == ["stdout:end"]


@as_root
async def test_its_files_are_taken_over_without_following_links_or_second_names(folder: Path) -> None:
    ours = folder / "ours"
    ours.write_text("object")
    tree = folder / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "deep" / "file").write_text("x")
    (tree / "deep" / "link").symlink_to(ours)
    (tree / "deep" / "second").hardlink_to(ours)
    NOBODY.take_over(tree)
    assert (tree / "deep" / "file").lstat().st_uid == NOBODY.uid
    assert (tree / "deep").lstat().st_uid == NOBODY.uid
    assert (tree / "deep" / "link").readlink() == ours
    assert ours.stat().st_uid == 0


@as_root
async def test_a_folder_of_theirs_that_they_made_a_link_leads_nowhere(folder: Path) -> None:
    ours = folder / "ours"
    ours.mkdir()
    (ours / "token").write_text("secret")
    tmp = folder / "home" / "tmp"
    assert "stdout:linked" in await said(folder, f"rmdir {tmp}; ln -s {ours} {tmp} && echo linked", NOBODY)
    NOBODY.take_over(folder / "home", tmp)
    assert (ours.stat().st_uid, (ours / "token").stat().st_uid) == (0, 0)
    assert (tmp.is_symlink(), tmp.lstat().st_uid) == (False, NOBODY.uid)


@as_root
def test_what_becomes_a_link_between_two_looks_leads_nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, tree = folder / "ours", folder / "tree"
    for one in (ours, tree / "deep"):
        one.mkdir(parents=True)
        (one / "file").write_text("x")
    opening = os.open

    def exchanged(path: str | Path, flags: int, **where: int) -> int:
        if path == "deep":  # the agent of another session of the same person is quick
            shutil.rmtree(tree / "deep")
            (tree / "deep").symlink_to(ours)
        return opening(path, flags, **where)

    monkeypatch.setattr(os, "open", exchanged)
    NOBODY.take_over(tree)
    assert {path.stat().st_uid for path in (ours, ours / "file")} == {0}


@as_root
def test_folders_too_deep_and_pipes_are_left(folder: Path) -> None:
    here = folder / "tree"
    here.mkdir()
    os.mkfifo(here / "pipe")
    deep = here.joinpath(*["d"] * 300)
    deep.mkdir(parents=True)
    NOBODY.take_over(here)
    assert here.joinpath(*["d"] * 100).stat().st_uid == NOBODY.uid
    assert deep.stat().st_uid == 0


@as_root
def test_users_are_found_by_name_or_number_and_root_is_none() -> None:
    assert User.named("nobody").uid > 0
    assert User.named("54321") == User(54321, 54321)
    with pytest.raises(errors.ConfigError, match="there is no user"):
        User.named("no-such-user")
    with pytest.raises(errors.ConfigError, match="cannot run as root"):
        User.named("root")


def test_without_root_there_is_no_becoming_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(errors.ConfigError, match="only where the worker runs as root"):
        User.named("nobody")


@as_root
async def test_a_whole_command_goes_through_as_another_user_and_leaves_the_clone_ours(folder: Path) -> None:
    origin = Origin(folder / "origin")
    origin.write("main", {"index.html": "<h1>Welcome</h1>\n"}, "First")
    root = folder / "work"
    git_runner = Git(home=root / "runtime" / "home", source=os.environ)
    store = Store(git=git_runner, path=root / "runtime" / "store.git")
    (root / "runtime").mkdir(parents=True)
    (root / "runtime").chmod(0o700)
    script = f"echo hi > index.html; git -c user.name=x commit -qam own; ls {root}/runtime; echo new > new.txt; id -u"
    settings = AgentSettings(kind=AgentKind.COMMAND, argv=("/bin/sh", "-c", script))

    async def no_log(_command: object, _path: Path) -> None:
        return None

    async def progress(_step: str, _words: str, _percent: int | None) -> None:
        return None

    async def no_file(_ref: object) -> bytes:
        raise AssertionError

    runner = Runner(
        agent=select.build(settings),
        workspace=lambda command: Workspace(
            store=store,
            remote=Remote(store=store, url=origin.url, sleep=no_pause),
            paths=Paths.of(root, SESSION),
            session_id=SESSION,
            branch=BRANCH,
        ),
        build=Build(command=None, environment=os.environ, ladder=Ladder()),
        fetch=no_file,
        keeper=Keeper(keep_log=no_log),
        environment={**os.environ, "PATH": "/usr/bin:/bin"},
        user=NOBODY,
    )
    for seq in (1, 2):
        async with asyncio.timeout(30):
            result = await runner.run(a_command(seq=seq), state=ExecutionState(), progress=progress)
        assert result.success
        assert result.summary.splitlines()[-1] == "65534"
    assert origin.show(BRANCH, "new.txt") == "new"
    assert "own" in origin.log(BRANCH)
    assert {path.stat().st_uid for path in store.path.rglob("*")} == {0}
