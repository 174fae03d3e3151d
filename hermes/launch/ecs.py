"""Workers as ECS tasks. This module interprets ECS's failures and eventual consistency; the calls are in `hermes.aws.tasks`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from hermes import errors, ids
from hermes.aws import calls, refusals
from hermes.aws.batcher import Batcher
from hermes.aws.tasks import ECS_DESCRIBE, EcsTasks, Task, TaskFailure, of_event
from hermes.config import loading as config
from hermes.domain.containers import EndCause, LaunchRequest
from hermes.domain.env import Env
from hermes.launch import port
from hermes.launch.port import EndedTask, RunningTask, TaskState, TaskStatus

#: DescribeTasks is eventually consistent: a task is called missing only after it stayed so for this long (AWS advises up to 5 min).
TASK_MISSING_SECONDS: Final = 300.0
#: Characters of JSON that RunTask takes as overrides.
ECS_OVERRIDES_CHARS: Final = 8192

KEY_TAG = "hermes:key"
GEN_TAG = "hermes:gen"

#: In these states the containers of a task have ended; in STOPPING they may still be saving their work.
_ENDED = frozenset({"DEPROVISIONING", "STOPPED", "DELETED"})
#: What ended a task, by ECS's words; the first that fits. Sources: "Amazon ECS stopped tasks error messages"; `TaskStopCode` of the API.
_CAUSES: Final = tuple(
    (cause, re.compile(words, re.IGNORECASE))
    for cause, words in (
        (EndCause.MEMORY, r"OutOfMemory|out of memory"),
        (EndCause.SPOT, r"SpotInterruption|spot"),
        (
            EndCause.IMAGE,
            r"CannotPull|CannotCreateContainer|CannotStartContainer|ResourceInitialization|TaskFailedToStart",
        ),
        (
            EndCause.HOST,
            r"InfrastructureHealth|TerminationNotice|host (?:ec2|instance)|retire|maintenance|unexpected ?ec2",
        ),
        (EndCause.EXIT, r"EssentialContainerExited|essential container|\(status"),
    )
)


class EcsLauncher:
    """Starts each worker with RunTask."""

    def __init__(self, *, env: Env, tasks: EcsTasks, settings: config.Ecs, prefix: str) -> None:
        self._tasks = tasks
        self._settings = settings
        self._prefix = prefix
        self._env = env
        self._missing_since: dict[str, float] = {}
        # Those who ask at the same time share a call: ECS takes a hundred tasks in one, and few calls in a second.
        self._descriptions: Batcher[str, Task | None] = Batcher(
            name="describe tasks",
            carry=self._describe_together,
            most=ECS_DESCRIBE,
            weight=lambda task: 1,
            most_weight=ECS_DESCRIBE,
        )

    async def run(self, request: LaunchRequest) -> str:
        """RunTask with the request's own token. Raises `errors.LaunchFailed`, `errors.Transient`."""
        settings = self._settings
        environment = [{"name": name, "value": value} for name, value in sorted(port.variables(request).items())]
        overrides = {"containerOverrides": [{"name": settings.container, "environment": environment}]}
        if len(json.dumps(overrides)) > ECS_OVERRIDES_CHARS:
            text = "the worker's environment is too large: ECS takes 8192 characters of overrides"
            raise errors.LaunchFailed(text, for_good=True)
        network = {
            "subnets": list(settings.subnets),
            "securityGroups": list(settings.security_groups),
            "assignPublicIp": "ENABLED" if settings.assign_public_ip else "DISABLED",
        }
        try:
            answer = await self._tasks.run(
                cluster=settings.cluster,
                taskDefinition=self._definition(request.container_key),
                count=1,
                launchType=settings.launch_type,
                clientToken=request.token,
                startedBy=started_by(self._prefix, request.container_key, request.gen),
                overrides=overrides,
                enableECSManagedTags=True,
                # A tag's value may not hold '#'; '/' is in no part of a key.
                tags=[
                    {"key": KEY_TAG, "value": request.container_key.replace("#", "/")},
                    {"key": GEN_TAG, "value": str(request.gen)},
                ],
                **({"networkConfiguration": {"awsvpcConfiguration": network}} if settings.subnets else {}),
            )
        except errors.AwsRefused as error:
            raise errors.LaunchFailed(error.message, for_good=True) from error
        if answer.tasks:
            return answer.tasks[0]
        raise _failure(answer.failures)

    def _definition(self, key: str) -> str:
        """The task definition of a project. ECS cannot override secrets per task, so a project with secrets needs its own."""
        client, project, _ = key.split("#", 2)
        return self._settings.project_task_definitions.get(f"{client}/{project}", self._settings.task_definition)

    async def describe(self, task: str) -> TaskStatus:
        """DescribeTasks. A new task may be invisible for minutes; it counts as missing only after that."""
        if not task.startswith("arn:"):
            return TaskStatus(TaskState.MISSING, f"{task} is no ECS task")
        found = await self._descriptions.go(task)
        if found is None:
            since = self._missing_since.setdefault(task, self._env.clock())
            if self._env.clock() - since < TASK_MISSING_SECONDS:
                return TaskStatus(TaskState.RUNNING, "ECS does not show the task yet")
            return TaskStatus(TaskState.MISSING, "ECS does not know the task")
        self._missing_since.pop(task, None)
        if found.last_status in _ENDED:
            return TaskStatus(TaskState.STOPPED, _why(found), _cause(found))
        return TaskStatus(TaskState.RUNNING, found.last_status.lower())

    def ended(self, body: str) -> EndedTask | None:
        """The end of one of our tasks, of an event; None: another's, or none that has ended."""
        task = of_event(body)
        if task is None or task.last_status not in _ENDED:
            return None
        key, gen = task.environment.get(port.KEY_VARIABLE, ""), task.environment.get(port.GEN_VARIABLE, "")
        if not (key and gen.isdigit() and task.started_by == started_by(self._prefix, key, int(gen))):
            return None
        return EndedTask(key, int(gen), task.arn, TaskStatus(TaskState.STOPPED, _why(task), _cause(task)))

    async def _describe_together(self, tasks: Sequence[str]) -> Sequence[Task | None]:
        found = {
            task.arn: task for task in await self._tasks.describe(self._settings.cluster, list(dict.fromkeys(tasks)))
        }
        return [found.get(task) for task in tasks]

    async def stop(self, task: str, reason: str) -> None:
        """StopTask: SIGTERM, then SIGKILL after the task definition's stopTimeout (set it to 120)."""
        if task.startswith("arn:"):
            await self._tasks.stop(self._settings.cluster, task, reason)
            self._missing_since.pop(task, None)

    async def running(self) -> list[RunningTask]:
        """The tasks of our task definitions' families that ECS wants to run and that we started."""
        settings = self._settings
        definitions = (settings.task_definition, *settings.project_task_definitions.values())
        tasks: list[Task] = []
        for family in dict.fromkeys(name.rsplit("/", 1)[-1].split(":", 1)[0] for name in definitions):
            tasks += await self._tasks.running(settings.cluster, family)
        found = []
        for task in tasks:
            # A task that is being stopped has lost its tags, and its environment still says whose it is.
            key = task.tags.get(KEY_TAG, "").replace("/", "#") or task.environment.get(port.KEY_VARIABLE, "")
            gen = task.tags.get(GEN_TAG, "") or task.environment.get(port.GEN_VARIABLE, "")
            # startedBy is the proof: another deployment may share cluster and family.
            if key and gen.isdigit() and task.started_by == started_by(self._prefix, key, int(gen)):
                found.append(RunningTask(key, int(gen), task.arn))
        return found


def started_by(prefix: str, key: str, gen: int) -> str:
    """The `startedBy` value, which survives StopTask (tags do not); at most 36 characters, ECS's oldest documented limit."""
    return f"{prefix[:16]}/{ids.digest('started-by', prefix, key, chars=10)}/{gen}"[:36]


def _failure(failures: tuple[TaskFailure, ...]) -> errors.HermesError:
    if not failures:
        return errors.AwsUnavailable("ECS RunTask answered with neither a task nor a failure")
    first = failures[0]
    text = f"ECS started no task: {first.reason}" + (f" ({first.detail})" if first.detail else "")
    found = calls.of("ECS RunTask", refusals.launch_meaning(first.reason, first.detail), code=first.reason, text=text)
    return errors.LaunchFailed(found.message, for_good=True) if isinstance(found, errors.AwsRefused) else found


def _cause(task: Task) -> EndCause:
    words = " ".join((task.stop_code, task.stopped_reason, *task.container_reasons))
    return next((cause for cause, said in _CAUSES if said.search(words)), EndCause.UNKNOWN)


def _why(task: Task) -> str:
    return "; ".join(filter(None, (task.stopped_reason, *task.container_reasons))) or "the task stopped"
