"""One run of a command: its workspace, its facts so far, and what stopped it. Steps and work saver are functions over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hermes.agents.port import Progress
from hermes.domain import wire
from hermes.domain.env import CrashPoint, no_crash
from hermes.execution import ExecutionState, InterruptSignal
from hermes.repository.workspace import Workspace
from hermes.worker.run.report import Facts


async def _tell_nobody(_step: str, _words: str, _percent: int | None) -> None:
    return None


@dataclass(slots=True, kw_only=True)
class Run:
    """One attempt of a command in this worker."""

    command: wire.CommandMessage
    space: Workspace
    facts: Facts
    state: ExecutionState = field(default_factory=ExecutionState)
    progress: Progress = _tell_nobody
    fenced: Callable[[], bool] = lambda: False
    """Whether this worker has lost its container key."""
    crash_point: CrashPoint = no_crash
    stopped: InterruptSignal | None = None
    """The interrupt that stopped it; known when its steps are over."""
    stopped_at: float | None = None
    """When, by the steady clock; the deadlines for saving count from then."""

    def about(self, action: str) -> dict[str, str]:
        """The facts for its log lines."""
        return {"action": action, "command_id": self.command.command_id, "session_id": self.command.session_id}
