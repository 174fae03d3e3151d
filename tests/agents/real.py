"""Real agent programs at a task, with a scripted model on loopback: nothing reaches a real model."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from hermes.agents import select
from hermes.agents.port import Agent, AgentReport, AgentTask
from hermes.config.agent_settings import AgentKind, AgentSettings, TokenPrices
from hermes.execution import ExecutionState
from hermes.process.process import StopSchedule
from hermes.process.walls import Sandbox, WallLevel
from hermes.worker.outlet import Outlets, providers
from hermes.worker.outlet.policy import NetworkPolicy
from hermes.worker.outlet.reaching import Reach
from tests.agents.model_server import Call, ModelServer, Say, ScriptedTurn
from tests.marks import mark
from tests.programs import needed
from tests.walled import best

CLAUDE_VERSIONS = ("oldest", "pinned", "newest")
KEY = "sk-test-the-key-of-the-project"
#: A real program, and several of them on two cores: a bound, not a measure.
MOST_SECONDS = 120

_AIDER_EDIT = "index.html\n```\n<<<<<<< SEARCH\n<h1>Welcome</h1>\n=======\n<h1>Edited</h1>\n>>>>>>> REPLACE\n```\n"
_SHELL_EDIT = "sed -i s/Welcome/Edited/ index.html"


@dataclass(frozen=True)
class Program:
    """One program in one version, and how a model makes it do things."""

    name: str
    kind: AgentKind
    argv: Callable[[], tuple[str, ...]]
    """Its command line; skips the test where it is not installed."""
    edit: Callable[[Path], Sequence[ScriptedTurn]]
    """The turns in which it changes the heading of index.html in this worktree, and says so."""
    long: Sequence[ScriptedTurn]
    """Turns that take five minutes, once they have begun."""
    talks: bool = True
    """Whether it goes on with a conversation."""

    def __str__(self) -> str:
        return self.name

    def settings(self, *more: str) -> AgentSettings:
        """A project's, with further options of the program's."""
        return settings(self.kind, self.argv(), *more)


def _claude_edit(tree: Path) -> Sequence[ScriptedTurn]:
    path = str(tree / "index.html")
    change = {"file_path": path, "old_string": "Welcome", "new_string": "Edited"}
    return [[Call("Read", {"file_path": path})], [Call("Edit", change)], [Say("The title is new.")]]


def _claude(version: str) -> Program:
    wait = Call("Bash", {"command": "sleep 300", "description": "wait"})
    return Program(
        f"claude-{version}",
        AgentKind.CLAUDE,
        lambda: (*needed.claude(version), "--allowedTools=Bash"),
        _claude_edit,
        [[Say("First."), wait]],
    )


CLAUDES = tuple(map(_claude, CLAUDE_VERSIONS))
AIDER = Program(
    "aider",
    AgentKind.AIDER,
    lambda: (needed.aider(),),
    lambda _tree: [[Say(f"The title is new.\n\n{_AIDER_EDIT}")]],
    [[Say("Late.", after_seconds=300)]],
    talks=False,
)
CODEX = Program(
    "codex",
    AgentKind.CODEX,
    lambda: (needed.program("codex"),),
    lambda _tree: [[Call("exec_command", {"cmd": _SHELL_EDIT})], [Say("The title is new.")]],
    [[Say("First."), Call("exec_command", {"cmd": "sleep 300", "yield_time_ms": 30_000})]],
)
ALL = (*CLAUDES, AIDER, CODEX)
EVERY: Final = os.environ.get("AGENTS") == "all"
"""Whether this is `make agents`, which runs everything with every program."""
HERE = ALL if EVERY else (CLAUDES[-1], AIDER, CODEX)
"""The programs of this run."""


def environment(kind: AgentKind, model: ModelServer) -> dict[str, str]:
    """The worker's environment, in which the program finds the model."""
    names = {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"}
    found = {name: value for name, value in os.environ.items() if name not in names}
    if kind is AgentKind.CLAUDE:
        return {**found, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": model.url}
    if kind is AgentKind.COMMAND:
        return found
    return {**found, "OPENAI_API_KEY": KEY, "OPENAI_API_BASE": f"{model.url}/v1"}


def settings(kind: AgentKind, argv: tuple[str, ...], *more: str) -> AgentSettings:
    """A project's, with the program and further options of its."""
    if kind is AgentKind.CLAUDE:
        return AgentSettings(kind=kind, argv=(*argv, *more), env=("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"))
    model, prices = ("openai/gpt-4o", None) if kind is AgentKind.AIDER else ("gpt-5", TokenPrices(input=2, output=8))
    names = ("OPENAI_API_KEY", "OPENAI_API_BASE")
    return AgentSettings(kind=kind, argv=(*argv, *more), model=model, env=names, token_prices=prices)


@dataclass
class Desk:
    """One program, its folders and what it did."""

    folder: Path
    settings: AgentSettings
    model: ModelServer
    walled: bool = True
    """Contain the program as well as this machine can."""
    state: ExecutionState = field(default_factory=ExecutionState)
    said: list[str] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    spent_usd: float = 0.0
    """What the outlet counted in the last run."""

    def __post_init__(self) -> None:
        names = (*self.settings.env, *providers.names(self.settings.env)) if self.walled else self.settings.env
        self.agent: Agent = select.build(self.settings.model_copy(update={"env": names}))
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
        async with asyncio.timeout(MOST_SECONDS), self._contained(task) as contained:
            return await self.agent.run(contained, state=self.state, progress=progress)

    @contextlib.asynccontextmanager
    async def _contained(self, task: AgentTask) -> AsyncIterator[AgentTask]:
        """The task in walls, with a way to its model and to nothing else; the key stays outside."""
        if not self.walled:
            yield task
            return
        sandbox = Sandbox(machine=best())
        outlets = Outlets(
            environ=task.environment,
            allowed=self.settings.env,
            policy=NetworkPolicy(()),
            reach=Reach(environ={}),
            own_network=sandbox.level is WallLevel.NAMESPACES,
        )
        async with outlets.open() as outlet:
            walls = sandbox.around(self.tree, self.home, self.folder / "in", access=outlet.access)
            yield replace(task, walls=walls, environment={**task.environment, **outlet.variables})
            self.spent_usd = outlet.spent_usd


def plant(root: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
