"""The checks of launching in ECS: cluster, definitions, the rights to run and to pass roles, and the quota of vCPUs. Starts nothing."""

from __future__ import annotations

from typing import Final

from hermes import errors
from hermes.aws.account.launching import Definition, Launching
from hermes.config.loading import Config
from hermes.ops.findings import Found

_ECS: Final = "check launcher.ecs, and allow ecs:DescribeClusters and ecs:DescribeTaskDefinition"


async def run(config: Config, launching: Launching) -> list[Found]:
    """One line for each of them; what may not be looked at is said, and is no failure."""
    settings = config.launcher.ecs
    found = [await _cluster(launching, settings.cluster)]
    definitions: list[Definition] = []
    for name in dict.fromkeys((settings.task_definition, *settings.project_task_definitions.values())):
        try:
            one = await launching.definition(name)
        except errors.HermesError as error:
            found.append(_unseen("task definition", error, f"{name}: "))
            continue
        definitions.append(one)
        if settings.container not in one.containers:
            text = f"{name} has no container {settings.container!r}; it has {', '.join(one.containers) or 'none'}"
            found.append(Found("task definition", False, text, "set launcher.ecs.container to the worker's container"))
        else:
            found.append(Found("task definition", True, f"{name} has the container {settings.container!r}"))
    families = [one.family for one in definitions] or [settings.task_definition.rsplit("/", 1)[-1].split(":")[0]]
    found.append(await _right(launching, settings.cluster, families))
    roles = tuple(dict.fromkeys(role for one in definitions for role in one.roles))
    if roles:
        found.append(await _roles(launching, roles))
    if settings.launch_type == "FARGATE" and definitions:
        found.append(await _quota(launching, max(one.vcpus for one in definitions), config.pool.bounds.most))
    return found


async def _cluster(launching: Launching, name: str) -> Found:
    try:
        status = await launching.cluster(name)
    except errors.HermesError as error:
        return _unseen("cluster", error)
    return Found("cluster", status == "ACTIVE", f"{name} is {status.lower()}", "" if status == "ACTIVE" else _ECS)


async def _right(launching: Launching, cluster: str, families: list[str]) -> Found:
    try:
        for family in families:
            await launching.may_run(cluster, family)
    except errors.AwsUnavailable as error:
        return Found("right to start", False, error.message, error.todo or "allow ecs:RunTask")
    except errors.HermesError as error:
        return Found("right to start", False, error.message, "allow ecs:RunTask")
    return Found("right to start", True, f"may start tasks of {', '.join(families)}")


async def _roles(launching: Launching, roles: tuple[str, ...]) -> Found:
    try:
        denied = await launching.denied(roles)
    except errors.HermesError as error:
        return _unseen("roles", error)
    if denied:
        return Found("roles", False, f"may not pass {', '.join(denied)}", "allow iam:PassRole for them to ecs-tasks")
    return Found("roles", True, f"may pass {len(roles)} role(s) to tasks")


async def _quota(launching: Launching, each: float, waiting: int) -> Found:
    try:
        quota = await launching.vcpus()
    except errors.HermesError as error:
        return _unseen("quota of vCPUs", error)
    room = int(quota / each) if each else 0
    text = f"{quota:g} vCPUs in this region: room for {room} worker(s) of {each:g}, gateways included"
    # One gateway runs beside them, and one worker has to find room beside those that wait for a key.
    if room < waiting + 2:
        todo = "ask for more in Service Quotas: AWS Fargate, Fargate On-Demand vCPU resource count"
        return Found("quota of vCPUs", False, text, todo)
    return Found("quota of vCPUs", True, text)


def _unseen(name: str, error: errors.HermesError, before: str = "") -> Found:
    """What cannot be looked at: a missing right to look is no failure of what is looked at."""
    only_looking = isinstance(error, errors.AwsUnavailable) and error.need == "permission"
    text = f"{before}it was not looked at: {error.message}" if only_looking else f"{before}{error.message}"
    return Found(name, only_looking, text, "allow it, to have it looked at" if only_looking else _ECS)
