"""Agents as other users: their own folders are theirs, ours are closed to them, and none of their processes outlives its session."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.agents import select
from hermes.config.agent_settings import AgentKind, AgentSettings
from hermes.execution import ExecutionState
from hermes.process import acts, becoming, environment, launcher, privileges
from hermes.process.framing import Line
from hermes.process.privileges import Numbers
from hermes.process.process import Process, Spec, StopSchedule
from hermes.process.user import User, Users, act, read, write
from hermes.repository.git import Git
from hermes.repository.remote import Remote
from hermes.repository.store import Store
from hermes.repository.workspace import Paths, Workspace
from hermes.worker.run.build import Build
from hermes.worker.run.runner import Runner
from hermes.worker.run.tools import AgentSetup, Inputs, Preview, Tools
from hermes.worker.run.work_saver import WorkSaver
from tests import env, marks
from tests.env import quiet
from tests.eventually import eventually
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command, no_pause

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where another user may come to: pytest's own folders are closed."""
    path = Path(tempfile.mkdtemp(prefix="hermes-user-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
async def users(folder: Path) -> AsyncIterator[Users]:
    """Of a worker that is root still, as these tests are."""
    found = privileges.start(Numbers(worker=0, group=0, first=marks.users()), folder / "work", lost=lambda: None)
    yield found
    await found.leave()


async def said(user: User, folder: Path, script: str) -> list[str]:
    lines = []

    async def keep(stream: str, line: Line) -> None:
        lines.append(f"{stream}:{line.text}")

    own = folder / "work" / "sessions" / user.session
    env = environment.reduced(os.environ, home=own / "home", mark=marks.mark(folder))
    env["PATH"] = "/usr/bin:/bin"
    spec = Spec(argv=("sh", "-c", script), cwd=own / "tree", env=env, mark=marks.mark(folder), control=True, user=user)
    async with asyncio.timeout(60):
        await Process(spec=spec, stop_schedule=StopSchedule(), on_line=keep).run()
    return lines


@as_root
async def test_it_runs_as_the_other_user_without_groups_of_ours(folder: Path, users: Users) -> None:
    user = await users.open("one")
    lines = await said(user, folder, "id -u; id -G; echo hi >&3; echo again > /dev/stdout; touch made && echo wrote")
    assert {f"stdout:{user.uid}", "control:hi", "stdout:again", "stdout:wrote"} <= set(lines)
    assert "stdout:0" not in lines


@as_root
async def test_what_cannot_be_started_says_why(folder: Path, users: Users) -> None:
    user = await users.open("one")
    own = folder / "work" / "sessions" / "one"
    spec = Spec(argv=("/bin/true",), cwd=own / "nowhere", env={}, user=user)
    with pytest.raises(errors.StepFailed, match="true could not be started: No such file"):
        await Process(spec=spec, stop_schedule=StopSchedule()).run()


@as_root
async def test_each_session_has_a_user_and_sees_nothing_of_the_other(folder: Path, users: Users) -> None:
    one, two = await users.open("one"), await users.open("two")
    assert one.uid != two.uid
    await write(one, folder / "work" / "sessions" / "one" / "tree", "note", b"secret")
    other = folder / "work" / "sessions" / "one"
    lines = await said(two, folder, f"cat {other}/tree/note; ls {other}; ls {folder}/work/sessions; echo end")
    assert [line for line in lines if line.startswith("stdout")] == ["stdout:end"]
    assert await read(one, other / "tree", "note", most=100) == b"secret"


@as_root
async def test_a_session_that_is_not_open_is_closed_to_who_had_its_number(folder: Path, users: Users) -> None:
    user = await users.open("one")
    own = folder / "work" / "sessions" / "one"
    await write(user, own / "tree", "note", b"x")
    await users.close("one")
    assert own.stat().st_mode & 0o077 == 0
    again = await users.open("one")
    assert again.uid == user.uid
    assert await read(again, own / "tree", "note", most=9) == b"x"


@as_root
async def test_two_workers_of_one_machine_never_share_a_user(folder: Path, users: Users) -> None:
    beside = privileges.start(Numbers(worker=0, group=0, first=marks.users()), folder / "beside", lost=lambda: None)
    try:
        assert (await users.open("one")).uid != (await beside.open("one")).uid
    finally:
        await beside.leave()


@as_root
async def test_a_folder_whose_number_is_anothers_by_now_is_given_a_new_owner(folder: Path, users: Users) -> None:
    user = await users.open("one")
    await write(user, folder / "work" / "sessions" / "one" / "tree", "deep/note", b"x")
    tree = folder / "work" / "sessions" / "one" / "tree"
    await users.close("one")
    beside = privileges.start(Numbers(worker=0, group=0, first=marks.users()), folder / "beside", lost=lambda: None)
    try:
        theirs = folder / "beside" / "sessions" / "theirs" / "tree"
        theirs.mkdir(parents=True)
        os.chown(theirs, user.uid, user.uid)
        assert (await beside.open("theirs")).uid == user.uid
        again = await users.open("one")
        assert again.uid != user.uid
        assert {path.stat().st_uid for path in (tree, tree / "deep", tree / "deep" / "note")} == {again.uid}
    finally:
        await beside.leave()


@as_root
async def test_what_the_worker_asks_can_name_no_other_folder_and_no_other_user(folder: Path, users: Users) -> None:
    for name in ("", ".", "..", "../runtime", "/etc", ".users"):
        with pytest.raises(errors.HermesError, match="no name of a session"):
            await users.open(name)
    (folder / "work" / "sessions" / "link").symlink_to("/etc")
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        await users.open("link")
    assert Path("/etc").stat().st_uid == 0
    with pytest.raises(errors.HermesError, match="refused"):
        await users.end("never-opened")


@as_root
async def test_an_act_that_fails_says_so(folder: Path, users: Users) -> None:
    user = await users.open("one")
    own = folder / "work" / "sessions" / "one"
    with pytest.raises(PermissionError):
        await act(user, acts.folder, str(folder), ["mine"])
    assert await act(user, acts.sound, str(own / "tree")) is False
    with pytest.raises(errors.StepFailed, match="ended early"):
        await act(user, _broken)


def _broken() -> None:
    raise ValueError


@as_root
async def test_a_launcher_that_ends_is_noticed_and_nothing_hangs(folder: Path) -> None:
    lost = asyncio.Event()
    found = privileges.start(Numbers(worker=0, group=0, first=marks.users()), folder / "work", lost=lost.set)
    user = await found.open("one")
    running = asyncio.create_task(said(user, folder, "sleep 60"))
    await eventually(lambda: bool(becoming.processes(user.uid)))
    found.process.kill()
    async with asyncio.timeout(60):
        await lost.wait()
        with pytest.raises(errors.HermesError, match="launcher has ended"):
            await running
        with pytest.raises(errors.HermesError, match="launcher has ended"):
            await found.open("two")
    await found.leave()
    following = privileges.start(Numbers(worker=0, group=0, first=marks.users()), folder / "work", lost=lambda: None)
    assert (await following.open("one")).uid == user.uid
    assert becoming.processes(user.uid) == set()
    await following.leave()


# ── giving folders to users ───────────────────────────────────────────────────────────────────────────────────────────


def take_over(folder: Path, uid: int) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        becoming.take_over(handle, uid)
    finally:
        os.close(handle)


@as_root
def test_a_look_that_finds_nobody_is_believed_only_after_the_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes each of which begins the next and ends are seen by no look."""
    killed: list[int] = []
    one: Any = object.__new__(launcher.ProcessLauncher)
    one._reap = lambda: None

    def as_killer(uid: int, do: Any) -> bool:
        killed.append(uid)
        return len(killed) > 1

    one._as_killer = as_killer
    looks = iter([set(), {7}, {7}, set()])
    monkeypatch.setattr(becoming, "processes", lambda uid: next(looks))

    assert one._kill(20480) == ({7}, {7})
    assert one._kill(20480) == ({7}, set())
    assert killed == [20480, 20480]


def test_files_are_taken_over_without_following_links_or_second_names(folder: Path) -> None:
    ours = folder / "ours"
    ours.write_text("object")
    tree = folder / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "deep" / "file").write_text("x")
    (tree / "deep" / "file").chmod(0o4755)
    (tree / "deep" / "link").symlink_to(ours)
    (tree / "deep" / "second").hardlink_to(ours)
    os.mkfifo(tree / "pipe")
    take_over(tree, marks.users())
    assert (tree / "deep" / "file").lstat().st_uid == marks.users()
    assert (tree / "deep" / "file").lstat().st_mode & 0o7777 == 0o755
    assert (tree / "deep").lstat().st_uid == marks.users()
    assert (tree / "deep" / "link").readlink() == ours
    assert ours.stat().st_uid == 0


@as_root
def test_what_becomes_a_link_between_two_looks_leads_nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, tree = folder / "ours", folder / "tree"
    for one in (ours, tree / "deep"):
        one.mkdir(parents=True)
        (one / "file").write_text("x")
    opening = os.open

    def exchanged(path: str | Path, flags: int, **where: int) -> int:
        if path == "deep":  # somebody is quick
            shutil.rmtree(tree / "deep")
            (tree / "deep").symlink_to(ours)
        return opening(path, flags, **where)

    monkeypatch.setattr(os, "open", exchanged)
    take_over(tree, marks.users())
    assert {path.stat().st_uid for path in (ours, ours / "file")} == {0}


# ── who is who ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_users_are_given_by_name_or_number_and_root_is_none() -> None:
    assert Numbers.read("10001", "20000") == Numbers(10001, 10001, 20000)
    assert Numbers.read("nobody", "20000").worker > 0
    for worker, agents, words in (
        ("no-such-user", "20000", "HERMES_WORKER_USER: there is no user"),
        ("root", "20000", "HERMES_WORKER_USER: it cannot be root"),
        ("10001", "0", "HERMES_WORKER_AGENT_USER: it cannot be root"),
        ("10001", "10001", "10001 is the worker's own"),
        ("10001", "65000", "nobody is one of them"),
    ):
        with pytest.raises(errors.ConfigError, match=words):
            Numbers.read(worker, agents)


def test_without_root_there_is_no_becoming_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(errors.ConfigError, match="only where the worker is started as root"):
        privileges.give_up(Numbers(10001, 10001, 20000), tmp_path, lost=lambda: None)


# ── a whole command ───────────────────────────────────────────────────────────────────────────────────────────────────


@as_root
async def test_a_whole_command_goes_through_as_another_user_and_leaves_the_clone_ours(
    folder: Path, users: Users
) -> None:
    origin = Origin(folder / "origin")
    origin.write("main", {"index.html": "<h1>Welcome</h1>\n"}, "First")
    root = folder / "work"
    store = Store(git=Git(home=root / "runtime" / "home", source=os.environ), path=root / "runtime" / "store.git")
    script = (
        "echo hi > index.html; git -c user.name=x commit -qam own; git log --oneline | wc -l; "
        f"ls {root}/runtime; echo new > new.txt; mkdir closed; echo x > closed/x; chmod 0 closed; id -u"
    )
    settings = AgentSettings(kind=AgentKind.COMMAND, argv=("/bin/sh", "-c", script))

    async def no_log(_command: object, _path: Path) -> None:
        return None

    async def progress(_step: str, _words: str, _percent: int | None) -> None:
        return None

    async def no_file(_ref: object) -> bytes:
        raise AssertionError

    runner = Runner(
        tools=Tools(
            agent=AgentSetup(agent=select.build(settings), environment={**os.environ, "PATH": "/usr/bin:/bin"}),
            inputs=Inputs(fetch=no_file),
            preview=Preview(build=Build(command=None, environment=os.environ, stop_schedule=StopSchedule())),
        ),
        workspace=lambda command: Workspace(
            store=store,
            remote=Remote(store=store, url=origin.url, env=env.quiet(sleep=no_pause)),
            paths=Paths.of(root, SESSION),
            session_id=SESSION,
            branch=BRANCH,
            users=users,
        ),
        saver=WorkSaver(keep_log=no_log, env=env.quiet()),
        env=quiet(),
    )
    for seq in (1, 2):
        async with asyncio.timeout(60):
            result = await runner.run(a_command(seq=seq), state=ExecutionState(), progress=progress)
        assert result.success, result
        assert int(result.summary.splitlines()[-1]) > marks.users()
    assert origin.show(BRANCH, "new.txt") == "new"
    assert "own" in origin.log(BRANCH)
    assert {path.stat().st_uid for path in store.path.rglob("*")} == {0}
