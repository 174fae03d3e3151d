"""ECS: run, describe, stop and list tasks, as values; `hermes.launch.ecs` interprets them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hermes import errors
from hermes.aws import calls

#: Tasks in one DescribeTasks.
ECS_DESCRIBE: Final = 100
#: The reason given to StopTask.
ECS_REASON_CHARS: Final = 255
_EVENT: Final = "ECS Task State Change"


@dataclasses.dataclass(frozen=True, slots=True)
class TaskFailure:
    """One entry of `failures[]`, which comes with HTTP 200."""

    reason: str
    detail: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class RunAnswer:
    """RunTask's answer: ARNs of tasks, or failures."""

    tasks: tuple[str, ...] = ()
    failures: tuple[TaskFailure, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One described task."""

    arn: str
    last_status: str
    started_by: str = ""
    stopped_reason: str = ""
    stop_code: str = ""
    """ECS's own word: `SpotInterruption`, `TaskFailedToStart`, `EssentialContainerExited`, …"""
    container_reasons: tuple[str, ...] = ()
    """For each container that ended with words or a status: `worker: OutOfMemoryError (status 137)`."""
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The variables that were set over the task definition's."""


class EcsTasks:
    """The ECS operations that Hermes uses."""

    def __init__(self, *, client: Any) -> None:
        self._client = client

    async def run(self, **request: Any) -> RunAnswer:
        """RunTask. A token that is known with other parameters gives the task that it gave before (ConflictException)."""
        try:
            answer = await calls.call("ECS RunTask", self._client.run_task(**request))
        except errors.AwsRefused as error:
            known = _known_tasks(error)
            if known:
                return RunAnswer(tasks=known)
            raise
        return RunAnswer(
            tasks=tuple(task["taskArn"] for task in answer.get("tasks", [])),
            failures=tuple(
                TaskFailure(failure.get("reason", "unknown"), failure.get("detail", ""))
                for failure in answer.get("failures", [])
            ),
        )

    async def describe(self, cluster: str, arns: Sequence[str]) -> list[Task]:
        """The tasks among `arns` that ECS knows (now: it is eventually consistent)."""
        found: list[Task] = []
        for start in range(0, len(arns), ECS_DESCRIBE):
            answer = await calls.call(
                "ECS DescribeTasks",
                self._client.describe_tasks(
                    cluster=cluster, tasks=list(arns[start : start + ECS_DESCRIBE]), include=["TAGS"]
                ),
            )
            found.extend(_task(task) for task in answer.get("tasks", []))
        return found

    async def stop(self, cluster: str, arn: str, reason: str) -> None:
        """StopTask; a task that ECS has forgotten is stopped already."""
        try:
            await calls.call(
                "ECS StopTask",
                self._client.stop_task(cluster=cluster, task=arn, reason=reason[:ECS_REASON_CHARS]),
            )
        except errors.AwsRefused as error:
            if error.code != "InvalidParameterException" or "not found" not in error.message.lower():
                raise

    async def running(self, cluster: str, family: str) -> list[Task]:
        """Every task of the family that ECS wants to run."""
        arns: list[str] = []
        more: dict[str, str] = {}
        while True:
            answer = await calls.call(
                "ECS ListTasks",
                self._client.list_tasks(cluster=cluster, family=family, desiredStatus="RUNNING", **more),
            )
            arns.extend(answer.get("taskArns", []))
            if not answer.get("nextToken"):
                break
            more = {"nextToken": answer["nextToken"]}
        return [task for task in await self.describe(cluster, arns) if task.last_status != "STOPPED"]


def event(body: str) -> Mapping[str, Any] | None:
    """The task of an "ECS Task State Change" of EventBridge, in the shape of DescribeTasks; None if the text is no such event."""
    if _EVENT not in body:
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or (found.get("source"), found.get("detail-type")) != ("aws.ecs", _EVENT):
        return None
    detail = found.get("detail")
    return detail if isinstance(detail, dict) and isinstance(detail.get("taskArn"), str) else None


def of_event(body: str) -> Task | None:
    """The task of such an event."""
    found = event(body)
    try:
        return _task(found) if found is not None else None
    except (AttributeError, KeyError, TypeError):
        return None


def _known_tasks(error: errors.AwsRefused) -> tuple[str, ...]:
    if error.code != "ConflictException":
        return ()
    response = getattr(error.__cause__, "response", {})
    return tuple(response.get("resourceIds") or ())


def _task(answer: Mapping[str, Any]) -> Task:
    # TaskFailedToStart can come with an empty list of containers.
    reasons = []
    for container in answer.get("containers") or []:
        status = container.get("exitCode")
        words = " ".join(filter(None, (container.get("reason", ""), "" if status is None else f"(status {status})")))
        if words:
            reasons.append(f"{container.get('name', 'container')}: {words}")
    overridden = (answer.get("overrides") or {}).get("containerOverrides") or []
    return Task(
        arn=answer["taskArn"],
        last_status=answer.get("lastStatus", ""),
        started_by=answer.get("startedBy", ""),
        stopped_reason=answer.get("stoppedReason", ""),
        stop_code=answer.get("stopCode", ""),
        container_reasons=tuple(reasons),
        tags={tag["key"]: tag.get("value", "") for tag in answer.get("tags") or []},
        environment={v["name"]: v.get("value", "") for o in overridden for v in o.get("environment") or []},
    )
