"""The port to the launcher of worker containers. `local.LocalLauncher` and `ecs.EcsLauncher` implement it."""

from __future__ import annotations

import dataclasses
import enum
from typing import Protocol

from hermes.domain.containers import EndCause, LaunchRequest

KEY_VARIABLE = "HERMES_WORKER_CONTAINER_KEY"
GEN_VARIABLE = "HERMES_WORKER_GEN"
"""Whose a task is, in its environment."""


def variables(request: LaunchRequest) -> dict[str, str]:
    """What a worker is told of a launch request, whether it starts with it or claims it later."""
    return {KEY_VARIABLE: request.container_key, GEN_VARIABLE: str(request.gen), **request.environment}


class TaskState(enum.StrEnum):
    """The state of a task, as the launcher knows it."""

    RUNNING = "running"
    """On its way up, running, or still on its way down: its processes may be alive."""
    STOPPED = "stopped"
    """Its processes are gone for certain."""
    MISSING = "missing"
    """The launcher has no memory of it: stopped long ago, or never started."""


@dataclasses.dataclass(frozen=True, slots=True)
class TaskStatus:
    """The state of one task, and the reason in words."""

    state: TaskState
    reason: str = ""
    cause: EndCause = EndCause.UNKNOWN
    """Of a task that has stopped."""


@dataclasses.dataclass(frozen=True, slots=True)
class RunningTask:
    """A task that has not stopped, with its container key and generation."""

    container_key: str
    gen: int
    task: str


@dataclasses.dataclass(frozen=True, slots=True)
class EndedTask:
    """A task that has ended, as its launcher told without being asked."""

    container_key: str
    gen: int
    task: str
    status: TaskStatus


class Launcher(Protocol):
    """Starts, watches and stops worker tasks."""

    async def run(self, request: LaunchRequest) -> str:
        """Start a task and return its id; the same `request.token` returns the same task again.

        Raises `errors.LaunchFailed` if certainly nothing was started, `errors.Transient` if the result is unknown
        or there is no capacity now: repeat the same request. Of these `errors.NoRoom` says that a task which stops makes room.
        """
        ...

    async def describe(self, task: str) -> TaskStatus:
        """The state of a task. Raises `errors.Transient`."""
        ...

    async def stop(self, task: str, reason: str) -> None:
        """Stop a task, by force after its grace time; returns before it has stopped. A stopped task is no error."""
        ...

    async def running(self) -> list[RunningTask]:
        """All our tasks that have not stopped."""
        ...
