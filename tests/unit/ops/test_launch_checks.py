"""What `hermes check` says of launching in ECS, over answers that botocore's service models allow."""

from __future__ import annotations

import asyncio
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from hermes.aws.account.launching import NO_REVISION, Launching
from hermes.config import loading as config
from hermes.ops import launch_checks
from hermes.ops.findings import Found

ROLE, EXECUTION = "arn:aws:iam::123456789012:role/task", "arn:aws:iam::123456789012:role/execution"
DEFINITION: dict[str, Any] = {
    "taskDefinition": {
        "family": "hermes-worker",
        "cpu": "1024",
        "taskRoleArn": ROLE,
        "executionRoleArn": EXECUTION,
        "containerDefinitions": [{"name": "worker"}],
    }
}
ALLOWED = [
    {"EvalActionName": "iam:PassRole", "EvalResourceName": one, "EvalDecision": "allowed"} for one in (ROLE, EXECUTION)
]
GOOD: dict[str, Any] = {
    "ecs.DescribeClusters": {"clusters": [{"clusterName": "hermes", "status": "ACTIVE"}], "failures": []},
    "ecs.DescribeTaskDefinition": DEFINITION,
    "ecs.RunTask": ("ClientException", "TaskDefinition not found."),
    "sts.GetCallerIdentity": {"UserId": "A", "Account": "1", "Arn": "arn:aws:sts::123456789012:assumed-role/hermes/1"},
    "iam.SimulatePrincipalPolicy": {"EvaluationResults": ALLOWED},
    "service-quotas.GetServiceQuota": {"Quota": {"Value": 64.0}},
}


class Service:
    """A client that gives AWS's own shapes, held against its model."""

    def __init__(self, service: str, answers: dict[str, Any], asked: list[tuple[str, dict[str, Any]]]) -> None:
        self._service, self._answers, self._asked = service, answers, asked
        self._model = botocore.session.get_session().get_service_model(service)

    def __getattr__(self, name: str) -> Any:
        operation = "".join(word.title() for word in name.split("_"))

        async def call(**parameters: Any) -> Any:
            model = self._model.operation_model(operation)
            if model.input_shape is not None:
                assert not ParamValidator().validate(parameters, model.input_shape).has_errors()
            self._asked.append((operation, parameters))
            answer = self._answers[f"{self._service}.{operation}"]
            if isinstance(answer, tuple):
                code, text = answer
                facts: Any = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": 400}}
                raise ClientError(facts, operation)
            assert not ParamValidator().validate(answer, model.output_shape).has_errors()
            return answer

        return call


def checked(**answers: Any) -> tuple[dict[str, Found], list[tuple[str, dict[str, Any]]]]:
    asked: list[tuple[str, dict[str, Any]]] = []
    given = GOOD | {name.replace("__", ".").replace("_quotas", "-quotas"): one for name, one in answers.items()}
    made = {name: Service(name, given, asked) for name in ("ecs", "iam", "sts", "service-quotas")}
    launching = Launching(ecs=made["ecs"], iam=made["iam"], sts=made["sts"], quotas=made["service-quotas"])
    ecs = {"cluster": "hermes", "task_definition": "hermes-worker:3", "subnets": ["subnet-1"]}
    found = asyncio.run(launch_checks.run(config.parse({"launcher": {"kind": "ecs", "ecs": ecs}}), launching))
    return {one.name: one for one in found}, asked


def test_all_is_well_and_nothing_is_started() -> None:
    found, asked = checked()

    assert {name: one.ok for name, one in found.items()} == {
        "cluster": True,
        "task definition": True,
        "right to start": True,
        "roles": True,
        "quota of vCPUs": True,
    }
    assert "room for 64 worker(s) of 1" in found["quota of vCPUs"].text
    run = [parameters for operation, parameters in asked if operation == "RunTask"]
    assert [one["taskDefinition"] for one in run] == [f"hermes-worker:{NO_REVISION}"]
    (passing,) = [parameters for operation, parameters in asked if operation == "SimulatePrincipalPolicy"]
    assert passing["PolicySourceArn"] == "arn:aws:iam::123456789012:role/hermes"
    assert passing["ResourceArns"] == [ROLE, EXECUTION]


@pytest.mark.parametrize(
    ("answers", "name", "words"),
    [
        ({"ecs__DescribeClusters": {"clusters": [], "failures": []}}, "cluster", "missing"),
        (
            {"ecs__DescribeTaskDefinition": {"taskDefinition": {"family": "hermes-worker", "containerDefinitions": []}}},
            "task definition",
            "no container",
        ),
        ({"ecs__RunTask": ("AccessDeniedException", "not authorized to perform: ecs:RunTask")}, "right to start", "RunTask"),
        ({"ecs__RunTask": ("UnrecognizedClientException", "invalid")}, "right to start", "invalid"),
        (
            {"iam__SimulatePrincipalPolicy": {"EvaluationResults": [{**ALLOWED[0], "EvalDecision": "implicitDeny"}]}},
            "roles",
            "may not pass",
        ),
        ({"service_quotas__GetServiceQuota": {"Quota": {"Value": 1.0}}}, "quota of vCPUs", "room for 1 worker"),
    ],
)  # fmt: skip
def test_what_a_launch_would_fail_of_is_a_red_line(answers: dict[str, Any], name: str, words: str) -> None:
    found, _ = checked(**answers)

    assert not found[name].ok
    assert words in found[name].text
    assert found[name].todo


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("ecs__DescribeClusters", "cluster"),
        ("ecs__DescribeTaskDefinition", "task definition"),
        ("iam__SimulatePrincipalPolicy", "roles"),
        ("service_quotas__GetServiceQuota", "quota of vCPUs"),
    ],
)
def test_what_may_not_be_looked_at_is_said_and_is_no_failure(call: str, name: str) -> None:
    found, _ = checked(**{call: ("AccessDeniedException", "not authorized to perform: this")})

    assert found[name].ok
    assert "not looked at" in found[name].text
