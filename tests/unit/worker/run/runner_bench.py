"""A runner over a real repository: an agent, a command, and what was said meanwhile."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hermes.agents import select
from hermes.agents.port import Agent, AgentReport, AgentTask, Progress
from hermes.config.agent_settings import AgentKind, AgentSettings
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason
from hermes.execution import ExecutionState
from hermes.process.process import StopSchedule
from hermes.process.walls import Sandbox
from hermes.repository.workspace import Workspace
from hermes.worker.outlet import Outlets
from hermes.worker.run import attachments
from hermes.worker.run.build import Build
from hermes.worker.run.checks import Checks
from hermes.worker.run.publish import Publication, Published
from hermes.worker.run.runner import Runner
from hermes.worker.run.tools import AgentSetup, Inputs, Preview, SiteTools, Tools
from hermes.worker.run.work_saver import Budget, WorkSaver
from tests import env
from tests.env import quiet
from tests.unit.worker.drawer import Drawer
from tests.unit.worker.origin import a_command

QUICK = StopSchedule(interrupt=0.2, term=0.4, kill=0.6)
WRITE = "open('index.html', 'w').write('<h1>Hello</h1>\\n')"


def script(text: str) -> Agent:
    return select.build(AgentSettings(kind=AgentKind.COMMAND, argv=(sys.executable, "-u", "-c", text)))


@dataclass
class Bench:
    open_workspace: Callable[..., Workspace]
    said: list[tuple[str, str]] = field(default_factory=list)
    state: ExecutionState = field(default_factory=ExecutionState)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    url: str | None = None
    build_command: str | None = None
    preview_url: str | None = None
    publication: Publication | None = None
    checks: Checks | None = None
    site: SiteTools | None = None
    sandbox: Sandbox | None = None
    outlets: Outlets | None = None
    budget: Budget = field(default_factory=Budget)
    hangs: bool = False
    fetch: attachments.Fetch | None = None
    drawer: Drawer = field(default_factory=Drawer)
    attached: dict[str, bytes] = field(default_factory=dict)

    def runner(self, agent: Agent | None = None) -> Runner:
        async def keep_log(command: wire.CommandMessage, path: Path) -> str:
            await self.drawer.put(f"logs/{command.command_id}", path.read_bytes())
            return f"logs/{command.command_id}"

        return Runner(
            tools=Tools(
                agent=AgentSetup(
                    agent=agent or select.build(AgentSettings()),
                    environment=os.environ,
                    stop_schedule=QUICK,
                    sandbox=self.sandbox,
                ),
                inputs=Inputs(fetch=self.fetch or self._attached),
                preview=Preview(
                    build=Build(
                        command=self.build_command, environment=os.environ, stop_schedule=QUICK, sandbox=self.sandbox
                    ),
                    publication=self.publication,
                    url=self.preview_url,
                ),
                checks=self.checks,
                site=self.site,
                outlets=self.outlets,
            ),
            workspace=lambda _command: self.open_workspace(self.url),
            saver=WorkSaver(publication=self.publication, keep_log=keep_log, budget=self.budget, env=env.quiet()),
            env=quiet(),
        )

    async def _attached(self, ref: wire.AttachmentRef) -> bytes:
        return self.attached[ref.key]

    async def progress(self, step: str, words: str, _percent: int | None) -> None:
        self.said.append((step, words))
        self.news.set()

    async def run(self, agent: Agent, command: wire.CommandMessage | None = None) -> wire.ResultMessage:
        async with asyncio.timeout(60):
            return await self.runner(agent).run(command or a_command(), state=self.state, progress=self.progress)

    async def stopped(
        self,
        agent: Agent,
        command: wire.CommandMessage | None = None,
        *,
        at: tuple[str, str],
        reason: InterruptReason = InterruptReason.PRIORITY_OVERRIDE,
    ) -> wire.ResultMessage:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.run(agent, command))
            async with asyncio.timeout(60):
                while at not in self.said:
                    self.news.clear()
                    await self.news.wait()
            self.drawer.hangs = self.hangs
            self.state.request_interrupt(reason, "", "newer")
        return running.result()


class Broken:
    """An agent that fails by its own fault."""

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        (task.worktree / "half.txt").write_text("half")
        raise KeyError("oops")


class Showing(Publication):
    """A publication that remembers; it shows what is in the worktree at that moment."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    async def publish(
        self, command: wire.CommandMessage, worktree: Path, state: ExecutionState, **_: object
    ) -> Published:
        self.shown.append(("whole", (worktree / "dist" / "page").read_text()))
        return Published("previews/x/", 1, 1, 0)

    async def keep_partial(self, command: wire.CommandMessage, worktree: Path, **_: object) -> Published:
        self.shown.append(("partial", (worktree / "dist" / "page").read_text()))
        return Published("previews/x.partial/", 1, 1, 0)
