"""The Agent port: an agent's input, its report, and how it is stopped.

An agent edits files in its worktree and nothing else: commit and push are the worker's. It watches the execution state and, on an
interrupt, ends within its stop schedule and returns a report. The report contains its own words; facts come from git.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hermes import errors
from hermes.domain import wire
from hermes.execution import ExecutionState
from hermes.process.process import StopSchedule
from hermes.process.user import User
from hermes.process.walls import Walls

Progress = Callable[[str, str, int | None], Awaitable[None]]
"""Called with the step's name, a sentence, and how much is done in percent where the agent knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTask:
    """One instruction with its context."""

    command_id: str
    instruction: str
    worktree: Path
    home: Path
    inbox: Path
    """A folder outside the worktree for what comes with the instruction."""
    log: Path
    environment: Mapping[str, str]
    """The worker's; an agent's process gets only what is listed of it."""
    subject: str = ""
    asks: bool = False
    """A question: the agent answers, and what it changes is thrown away."""
    material: str = ""
    """Text that the person forwarded for this request: data, never an instruction."""
    quoted: str = ""
    """Quoted text of the mail: data, never an instruction."""
    attachments: tuple[Path, ...] = ()
    previous: wire.Previous | None = None
    conflicts: tuple[str, ...] = ()
    """Files that hold two versions between markers, which are put together before anything else."""
    resume: str | None = None
    """The agent's own id of the conversation that this goes on with."""
    recall: Callable[[], Awaitable[str]] | None = None
    """What was asked and done in the thread so far, for an agent that has lost its conversation."""
    limits: wire.CommandLimits = field(default_factory=wire.CommandLimits)
    stop_schedule: StopSchedule = field(default_factory=StopSchedule)
    secrets: tuple[str, ...] = ()
    """Masked in the log and in whatever the agent says."""
    user: User | None = None
    """Who its processes run as, if not as the worker."""
    walls: Walls | None = None
    """What contains its processes; None where the machine or the project has no walls."""
    traceparent: str | None = None
    """The trace that what it does belongs to; None where nothing is traced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReport:
    """An agent's report at its end."""

    summary: str = ""
    error: str | None = None
    """For a person: why it did not do what it was asked to."""
    hint: str = ""
    fault: errors.Fault | None = None
    """What it failed of, where it has an error."""
    denied: tuple[str, ...] = ()
    """What it wanted to do and may not, in a few words each."""
    question: str | None = None
    """It needs an answer before it can go on."""
    cost_usd: float | None = None
    session_id: str | None = None
    """Its own id of the conversation, to go on with."""


class Agent(Protocol):
    """Carries out instructions in a worktree."""

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        """Carry it out, or stop when the state is interrupted; in both cases report and leave no process behind.

        Raises `errors.AgentFailed` if it could not start, `ExecutionInterrupted` if it was stopped before it changed anything.
        """
        ...
