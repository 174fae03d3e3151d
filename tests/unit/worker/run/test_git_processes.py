"""How many processes of git an edit takes, counted by a program of that name that stands before it."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes.agents import select
from hermes.agents.port import Progress
from hermes.config.agent_settings import AgentKind, AgentSettings
from hermes.domain import wire
from hermes.execution import ExecutionState
from hermes.process import privileges
from hermes.process.privileges import Numbers
from hermes.process.process import StopSchedule
from hermes.process.user import Users
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
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command, no_pause

#: Of an edit, by the worker itself.
MOST = 15
#: Where the session has a user of its own, what git made as that user comes into the clone as a pack: one more makes it, one checks it.
MOST_AS_ANOTHER = MOST + 2

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


class Counted:
    """Runs commands of one session, and counts git's processes."""

    def __init__(self, folder: Path, users: Users | None = None) -> None:
        self.origin = Origin(folder / "origin")
        self.origin.write("main", {"index.html": "<h1>Welcome</h1>\n", "style.css": "h1 {}\n"}, "First")
        self._log = folder / "log"
        self._log.touch()
        self._log.chmod(0o666)
        programs = folder / "bin"
        programs.mkdir()
        (programs / "git").write_text(f'#!/bin/sh\necho "$@" >> {self._log}\nexec {shutil.which("git")} "$@"\n')
        (programs / "git").chmod(0o755)
        self._environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        self._root, self._users = folder / "work", users
        runtime = self._root / "runtime"
        self._store = Store(git=Git(home=runtime / "home", source=self._environment), path=runtime / "store.git")

    def _workspace(self, _command: wire.CommandMessage) -> Workspace:
        return Workspace(
            store=self._store,
            remote=Remote(store=self._store, url=self.origin.url, env=env.quiet(sleep=no_pause)),
            paths=Paths.of(self._root, SESSION),
            session_id=SESSION,
            branch=BRANCH,
            users=self._users,
        )

    async def edit(self, seq: int) -> list[str]:
        """One edit; what git was called with."""
        self._log.write_text("")
        settings = AgentSettings(kind=AgentKind.COMMAND, argv=("/bin/sh", "-c", f"echo {seq} > index.html"))
        runner = Runner(
            tools=Tools(
                agent=AgentSetup(agent=select.build(settings), environment=self._environment),
                inputs=Inputs(fetch=_no_file),
                preview=Preview(build=Build(command=None, environment=self._environment, stop_schedule=StopSchedule())),
            ),
            workspace=self._workspace,
            saver=WorkSaver(keep_log=_no_log, env=env.quiet()),
            env=quiet(),
        )
        async with asyncio.timeout(60):
            result = await runner.run(a_command(seq=seq), state=ExecutionState(), progress=_silent)
        assert result.success, (result.error, result.hint)
        assert self.origin.show(BRANCH, "index.html") == str(seq)
        return self._log.read_text().splitlines()


async def _no_file(_ref: wire.AttachmentRef) -> bytes:
    raise AssertionError


async def _no_log(_command: wire.CommandMessage, _path: Path) -> None:
    return None


async def _progress(_step: str, _words: str, _percent: int | None) -> None:
    return None


_silent: Progress = _progress


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where another user may come to: pytest's own folders are closed."""
    path = Path(tempfile.mkdtemp(prefix="hermes-git-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


async def test_an_edit_takes_few_processes_of_git(folder: Path) -> None:
    counted = Counted(folder)
    for seq in (1, 2, 3):
        calls = await counted.edit(seq)
        print(f"git processes of edit {seq}: {len(calls)}")
        assert len(calls) <= MOST, "\n".join(calls)


@as_root
async def test_an_edit_as_another_user_takes_two_more(folder: Path) -> None:
    users = privileges.start(Numbers(worker=0, group=0, first=marks.users()), folder / "work", lost=lambda: None)
    try:
        counted = Counted(folder, users)
        for seq in (1, 2, 3):
            calls = await counted.edit(seq)
            print(f"git processes of edit {seq} as another user: {len(calls)}")
            assert len(calls) <= MOST_AS_ANOTHER, "\n".join(calls)
    finally:
        await users.leave()
