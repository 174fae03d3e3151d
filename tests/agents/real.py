"""A real agent program at a task, with a scripted model on loopback: nothing reaches a real model."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hermes.agents import select
from hermes.agents.port import Agent, AgentReport, AgentTask
from hermes.config.agent_settings import AgentKind, AgentSettings
from hermes.execution import ExecutionState
from hermes.process.process import StopSchedule
from tests.agents.model_server import ModelServer
from tests.marks import mark

CLAUDE_VERSIONS = ("oldest", "pinned", "newest")
KEY = "sk-test-the-key-of-the-project"
#: A real program, and several of them on two cores: a bound, not a measure.
MOST_SECONDS = 120


def environment(kind: AgentKind, model: ModelServer) -> dict[str, str]:
    """The worker's environment, in which the program finds the model."""
    names = {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"}
    found = {name: value for name, value in os.environ.items() if name not in names}
    if kind is AgentKind.CLAUDE:
        return {**found, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": model.url}
    return {**found, "OPENAI_API_KEY": KEY, "OPENAI_API_BASE": f"{model.url}/v1"}


def settings(kind: AgentKind, argv: tuple[str, ...], *more: str) -> AgentSettings:
    """A project's, with the program and further options of its."""
    if kind is AgentKind.CLAUDE:
        return AgentSettings(kind=kind, argv=(*argv, *more), env=("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"))
    model = "openai/gpt-4o"
    return AgentSettings(kind=kind, argv=(*argv, *more), model=model, env=("OPENAI_API_KEY", "OPENAI_API_BASE"))


@dataclass
class Desk:
    """One program, its folders and what it did."""

    folder: Path
    settings: AgentSettings
    model: ModelServer
    state: ExecutionState = field(default_factory=ExecutionState)
    said: list[str] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.agent: Agent = select.build(self.settings)
        (self.folder / "tree").mkdir(exist_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)

    @property
    def tree(self) -> Path:
        """The worktree."""
        return self.folder / "tree"

    @property
    def home(self) -> Path:
        """The agent's."""
        return self.folder / "home"

    def task(self, instruction: str) -> AgentTask:
        """A task with these words."""
        return AgentTask(
            command_id=mark(self.folder),
            instruction=instruction,
            worktree=self.tree,
            home=self.home,
            inbox=self.folder / "in",
            log=self.folder / "log",
            environment=environment(self.settings.kind, self.model),
            stop_schedule=StopSchedule(interrupt=5, term=8, kill=10),
        )

    async def run(self, instruction: str, **changes: object) -> AgentReport:
        """Carry it out."""

        async def progress(_step: str, words: str, _percent: int | None) -> None:
            self.said.append(words)
            self.began.set()

        task = replace(self.task(instruction), **changes)  # type: ignore[arg-type]
        async with asyncio.timeout(MOST_SECONDS):
            return await self.agent.run(task, state=self.state, progress=progress)


def plant(root: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
