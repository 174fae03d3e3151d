"""One session of a worker on one disk, with a real remote: commands go through the whole runner."""

from __future__ import annotations

import os
from pathlib import Path

from hermes.agents.port import Agent
from hermes.domain import wire
from hermes.execution import ExecutionState
from hermes.process.process import StopSchedule
from hermes.repository.git import Git
from hermes.repository.remote import Remote
from hermes.repository.store import Store
from hermes.repository.workspace import Paths, Workspace
from hermes.worker.run.build import Build
from hermes.worker.run.publish import Publication
from hermes.worker.run.runner import Runner
from hermes.worker.run.tools import AgentSetup, Inputs, Preview, Tools
from hermes.worker.run.transcripts import Transcripts
from hermes.worker.run.work_saver import WorkSaver
from tests import env
from tests.env import quiet
from tests.unit.worker.drawer import Drawer
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command, no_pause


class Place:
    """One session on one disk, and its remote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "work"
        self.origin = Origin(folder / "remote")
        self.origin.write("main", {"index.html": "<h1>Welcome</h1>\n"})
        self.drawer = Drawer()
        self.seq = 0
        self.session: str | None = None
        self.environment = dict(os.environ)

    async def run(self, agent: Agent, instruction: str, *, build: str | None = None) -> wire.ResultMessage:
        """The next command of the session."""

        async def progress(_step: str, _words: str, _percent: int | None) -> None:
            return None

        async def no_log(_command: wire.CommandMessage, _path: Path) -> str | None:
            return None

        async def nothing(_ref: wire.AttachmentRef) -> bytes:
            return b""

        root = self.root
        store = Store(git=Git(home=root / "runtime" / "home", source=os.environ), path=root / "runtime" / "store.git")
        transcripts = Transcripts(objects=self.drawer)
        publication = Shown() if build is not None else None
        runner = Runner(
            tools=Tools(
                agent=AgentSetup(agent=agent, environment=self.environment),
                inputs=Inputs(fetch=nothing, transcripts=transcripts),
                preview=Preview(
                    build=Build(command=build, environment=self.environment, stop_schedule=StopSchedule()),
                    publication=publication,
                ),
            ),
            workspace=lambda _command: Workspace(
                store=store,
                remote=Remote(store=store, url=self.origin.url, env=env.quiet(sleep=no_pause)),
                paths=Paths.of(root, SESSION),
                session_id=SESSION,
                branch=BRANCH,
            ),
            saver=WorkSaver(transcripts=transcripts, keep_log=no_log, env=env.quiet()),
            env=quiet(),
        )
        self.seq += 1
        command = a_command(instruction, seq=self.seq, agent_session_id=self.session)
        result = await runner.run(command, state=ExecutionState(), progress=progress)
        self.session = result.agent_session_id or self.session
        return result


class Shown(Publication):
    """A publication that shows nothing."""

    def __init__(self) -> None:
        """Needs nothing."""

    async def publish(self, *_: object) -> None:  # type: ignore[override]
        """Nothing."""
