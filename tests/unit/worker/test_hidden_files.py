"""A worker that is killed while files are hidden from its agent commits no deletion of them."""

from __future__ import annotations

import os
from collections.abc import Callable

from hermes.agents import hidden, select
from hermes.config.agent_settings import AgentSettings
from hermes.domain import wire
from hermes.execution import ExecutionState
from hermes.process.process import StopSchedule
from hermes.repository.workspace import Workspace
from hermes.worker.run.build import Build
from hermes.worker.run.runner import Runner
from hermes.worker.run.tools import AgentSetup, Inputs, Preview, Tools
from hermes.worker.run.work_saver import WorkSaver
from tests import env
from tests.env import quiet
from tests.unit.worker.origin import BRANCH, Origin, a_command


async def test_the_next_process_puts_them_back_before_it_saves(
    open_workspace: Callable[..., Workspace], origin: Origin
) -> None:
    async def no_log(_command: object, _path: object) -> str:
        return ""

    async def nothing(_ref: object) -> bytes:
        return b""

    async def progress(_step: str, _words: str, _percent: int | None) -> None:
        return None

    origin.write("main", {"index.html": "<h1>Welcome</h1>\n", "about.html": "About\n"})
    space = open_workspace()
    runner = Runner(
        tools=Tools(
            agent=AgentSetup(agent=select.build(AgentSettings()), environment=os.environ),
            inputs=Inputs(fetch=nothing),
            preview=Preview(build=Build(command=None, environment=os.environ, stop_schedule=StopSchedule())),
        ),
        workspace=lambda _command: space,
        saver=WorkSaver(keep_log=no_log, env=env.quiet()),
        env=quiet(),
    )
    first = await runner.run(
        a_command('replace "Welcome" with "Hello" in index.html'), state=ExecutionState(), progress=progress
    )
    assert first.error is None
    (space.paths.tree / "index.html").write_text("half done\n")
    hidden.hide(
        str(space.paths.tree), str(space.paths.inbox), ("about*",)
    )  # a file of this project, in place of one that would steer an agent

    result: wire.ResultMessage = await runner.salvage(a_command("go on", seq=2))
    assert result.files_changed == ("index.html",)
    assert origin.show(BRANCH, "about.html") == "About"
