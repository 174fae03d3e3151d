"""What has to be in order so that ECS starts workers: definition, cluster, rights and quota. Starts nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from hermes import errors
from hermes.aws import calls

#: A revision that no task definition has: RunTask checks the right to run the family first, and then finds nothing to run.
NO_REVISION: Final = 2_147_483_647
#: "Fargate On-Demand vCPU resource count" in Service Quotas.
FARGATE_VCPUS: Final = ("fargate", "L-3032A538")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A task definition, as far as a launch depends on it."""

    family: str
    containers: tuple[str, ...]
    vcpus: float
    roles: tuple[str, ...]
    """The ARNs that RunTask passes to the task."""


class Launching:
    """Looks at one account."""

    def __init__(self, *, ecs: Any, iam: Any, sts: Any, quotas: Any) -> None:
        self._ecs = ecs
        self._iam = iam
        self._sts = sts
        self._quotas = quotas

    async def definition(self, name: str) -> Definition:
        """DescribeTaskDefinition."""
        answer = await calls.call("ECS DescribeTaskDefinition", self._ecs.describe_task_definition(taskDefinition=name))
        found = answer["taskDefinition"]
        return Definition(
            family=str(found["family"]),
            containers=tuple(str(one.get("name", "")) for one in found.get("containerDefinitions", [])),
            vcpus=int(found.get("cpu") or 0) / 1024,
            roles=tuple(arn for name in ("taskRoleArn", "executionRoleArn") if (arn := found.get(name))),
        )

    async def cluster(self, name: str) -> str:
        """The status of a cluster, `ACTIVE` where all is well; `MISSING` if there is none."""
        answer = await calls.call("ECS DescribeClusters", self._ecs.describe_clusters(clusters=[name]))
        found = answer.get("clusters") or []
        return str(found[0].get("status", "")) if found else "MISSING"

    async def may_run(self, cluster: str, family: str) -> None:
        """Ask for a task that cannot exist. Raises `errors.AwsUnavailable` if the right is missing."""
        try:
            await calls.call(
                "ECS RunTask", self._ecs.run_task(cluster=cluster, taskDefinition=f"{family}:{NO_REVISION}", count=1)
            )
        except errors.AwsRefused:
            return  # it was looked for, and is not there
        except errors.AwsUnavailable as error:
            if error.todo:
                raise

    async def denied(self, roles: Sequence[str]) -> list[str]:
        """Those of the roles that this process may not pass, by IAM's simulation. Raises `errors.HermesError` if it cannot be asked."""
        caller = _role_of(str((await calls.call("STS GetCallerIdentity", self._sts.get_caller_identity()))["Arn"]))
        answer = await calls.call(
            "IAM SimulatePrincipalPolicy",
            self._iam.simulate_principal_policy(
                PolicySourceArn=caller,
                ActionNames=["iam:PassRole"],
                ResourceArns=list(roles),
                ContextEntries=[
                    {
                        "ContextKeyName": "iam:PassedToService",
                        "ContextKeyValues": ["ecs-tasks.amazonaws.com"],
                        "ContextKeyType": "string",
                    }
                ],
            ),
        )
        return [
            str(one.get("EvalResourceName", ""))
            for one in answer.get("EvaluationResults", [])
            if one.get("EvalDecision") != "allowed"
        ]

    async def vcpus(self) -> float:
        """The account's quota of Fargate vCPUs in this region."""
        service, code = FARGATE_VCPUS
        answer = await calls.call(
            "GetServiceQuota", self._quotas.get_service_quota(ServiceCode=service, QuotaCode=code)
        )
        return float(answer["Quota"]["Value"])


def _role_of(arn: str) -> str:
    """The ARN of the role of an assumed one: `arn:aws:sts::1:assumed-role/name/session` is `arn:aws:iam::1:role/name`."""
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[2] == "sts" and parts[5].startswith("assumed-role/"):
        return ":".join((parts[0], parts[1], "iam", "", parts[4], f"role/{parts[5].split('/')[1]}"))
    return arn
