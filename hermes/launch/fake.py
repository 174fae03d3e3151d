"""A launcher without processes for tests. Its tasks are in memory and fail as configured."""

from __future__ import annotations

from collections import deque

from hermes.domain.containers import EndCause, LaunchRequest
from hermes.launch.port import RunningTask, TaskState, TaskStatus


class FakeLauncher:
    """Keeps the contract of `port.Launcher`: one task per token, however often it is requested."""

    def __init__(self) -> None:
        self.requests: list[LaunchRequest] = []
        """Every request, also those that failed."""
        self.tasks: dict[str, LaunchRequest] = {}
        """The tasks that run, by id."""
        self.stopped: list[tuple[str, str]] = []
        """`(task, reason)` of each stop."""
        self.failures: deque[Exception] = deque()
        """Raised by the next runs, one each, before anything is started."""
        self.lost_answers: deque[Exception] = deque()
        """Raised by the next runs, one each, after the task was started: a time-out."""
        self.ended: dict[str, str] = {}
        """Tasks that ended by themselves, with the reason."""
        self.causes: dict[str, EndCause] = {}
        """What ended them, where that is known."""

    async def run(self, request: LaunchRequest) -> str:
        """See `port.Launcher.run`."""
        self.requests.append(request)
        if self.failures:
            raise self.failures.popleft()
        task = f"fake:{request.token}"
        if task not in self.ended:
            self.tasks.setdefault(task, request)
        if self.lost_answers:
            raise self.lost_answers.popleft()
        return task

    async def describe(self, task: str) -> TaskStatus:
        """See `port.Launcher.describe`."""
        if task in self.tasks:
            return TaskStatus(TaskState.RUNNING)
        if task in self.ended:
            return TaskStatus(TaskState.STOPPED, self.ended[task], self.causes.get(task, EndCause.UNKNOWN))
        return TaskStatus(TaskState.MISSING, "no such task")

    async def stop(self, task: str, reason: str) -> None:
        """See `port.Launcher.stop`; a fake task is gone at once."""
        self.stopped.append((task, reason))
        if self.tasks.pop(task, None) is not None:
            self.ended[task] = reason

    async def running(self) -> list[RunningTask]:
        """See `port.Launcher.running`."""
        return [RunningTask(r.container_key, r.gen, task) for task, r in self.tasks.items()]

    def end(self, task: str, reason: str, cause: EndCause = EndCause.UNKNOWN) -> None:
        """The task ends by itself."""
        self.tasks.pop(task)
        self.ended[task] = reason
        self.causes[task] = cause
