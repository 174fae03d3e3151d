"""One run of a command: its workspace, its facts so far, and what stopped it. Steps and work saver are functions over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hermes.agents.port import Progress
from hermes.domain import wire
from hermes.domain.env import CrashPoint, no_crash
from hermes.domain.events import Event
from hermes.domain.operating import spans
from hermes.domain.operating.spans import StepSpan
from hermes.execution import ExecutionState, ExecutionStatus, InterruptSignal, StepEvent
from hermes.process.walls import NetworkAccess
from hermes.repository.workspace import Workspace
from hermes.worker.outlet import Outlet
from hermes.worker.run.report import Facts

_FAILED: Final = frozenset({ExecutionStatus.FAILED, ExecutionStatus.INTERRUPTED, ExecutionStatus.CANCELLED})


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
    outlet: Outlet | None = None
    """The way of its programs to the network; None: the machine's own."""
    stopped: InterruptSignal | None = None
    """The interrupt that stopped it; known when its steps are over."""
    stopped_at: float | None = None
    """When, by the steady clock; the deadlines for saving count from then."""

    @property
    def access(self) -> NetworkAccess | None:
        """How its programs reach the network; None: as the machine does."""
        return self.outlet.access if self.outlet is not None else None

    def about(self, action: str) -> dict[str, str]:
        """The facts for its log lines."""
        return {"action": action, "command_id": self.command.command_id, "session_id": self.command.session_id}

    def over(self, *, began: float, now: float) -> Event:
        """The event of its end, for a trace, with the steps that it had: of one that was tried several times, the last try."""
        steps = {
            one.step: StepSpan(one.step, one.at, one.elapsed_seconds, one.status in _FAILED)
            for one in self.state.history
            if isinstance(one, StepEvent) and one.step and one.elapsed_seconds is not None and one.status.terminal
        }
        command = self.command
        return spans.of_run(
            command.traceparent, command.command_id, command.attempt, began=began, at=now, steps=steps.values()
        )
