"""The port to whatever starts worker containers. `local.LocalLauncher` and `ecs.EcsLauncher` implement it."""

from __future__ import annotations

import dataclasses
import enum
from typing import Protocol

from hermes.domain.containers import LaunchRequest


class TaskState(enum.StrEnum):
    """What the launcher knows of a task."""

    RUNNING = "running"
    """On its way up, running, or still on its way down: its processes may be alive."""
    STOPPED = "stopped"
    """Its processes are gone for certain."""
    MISSING = "missing"
    """The launcher has no memory of it: stopped long ago, or never started."""


@dataclasses.dataclass(frozen=True, slots=True)
class TaskStatus:
    """The state of one task, and in words why it is so."""

    state: TaskState
    reason: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class RunningTask:
    """A task that has not stopped, and whose it is."""

    container_key: str
    gen: int
    task: str


class Launcher(Protocol):
    """Starts, watches and stops worker tasks."""

    async def run(self, request: LaunchRequest) -> str:
        """Start a task; the same `request.token` again gives the task that it gave before. Returns the task's id.

        Raises `errors.LaunchFailed` for a definite no (nothing was started), `errors.Transient` when it may or may not have happened
        or when there is no room now: ask again with the same request.
        """
        ...

    async def describe(self, task: str) -> TaskStatus:
        """The state of a task. Raises `errors.Transient`."""
        ...

    async def stop(self, task: str, reason: str) -> None:
        """Ask a task to stop, and see to it that it does; returns before it has. Stopping what is stopped is fine."""
        ...

    async def running(self) -> list[RunningTask]:
        """Every task of ours that has not stopped."""
        ...
