"""Reads `deploy/cloudformation.yaml` with given parameters: what CloudFormation would make of it, as far as the tests look."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

DEPLOY = Path(__file__).parents[2] / "deploy"
PREFIX = "acme"
GIVEN = {
    "Prefix": PREFIX,
    "Image": "hermes:1",
    "Vpc": "vpc-1",
    "Subnets": ["subnet-1", "subnet-2"],
    "MailDomain": "agent.example.com",
    "ConfigArn": "arn:aws:ssm:eu-central-1:123456789012:parameter/config",
    "AgentKeyArn": "arn:aws:ssm:eu-central-1:123456789012:parameter/agent-key",
    "GitTokenArn": "arn:aws:ssm:eu-central-1:123456789012:parameter/git-token",
    "Provisioned": "yes",
}
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Region": "eu-central-1",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
BUCKET = "arn:aws:s3:::acme-mail-123456789012-eu-central-1"
NOTHING = object()


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short forms, each as `{"Fn": …}`."""


def _short_form(loader: Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {f"!{suffix}": loader.construct_scalar(node)}
    return {f"!{suffix}": loader.construct_sequence(node, deep=True)}


Loader.add_multi_constructor("!", _short_form)


class Template:
    """The template with given parameters: what CloudFormation would make of it."""

    def __init__(self, **given: Any) -> None:
        self.raw: dict[str, Any] = yaml.load((DEPLOY / "cloudformation.yaml").read_text(), Loader)
        defaults = {name: one["Default"] for name, one in self.raw["Parameters"].items() if "Default" in one}
        self.values: dict[str, Any] = {**PSEUDO, **defaults, **GIVEN, **given, "AWS::NoValue": NOTHING}

    def resource(self, name: str) -> dict[str, Any] | None:
        """A resource's properties; None where its condition is false."""
        one = self.raw["Resources"][name]
        if "Condition" in one and not self.condition(one["Condition"]):
            return None
        found = self.resolve(one["Properties"])
        assert isinstance(found, dict)
        return found

    def properties(self, name: str) -> dict[str, Any]:
        """The properties of a resource that is there."""
        found = self.resource(name)
        assert found is not None, name
        return found

    def container(self, name: str) -> dict[str, Any]:
        """The one container of a task definition."""
        (one,) = self.properties(name)["ContainerDefinitions"]
        assert isinstance(one, dict)
        return one

    def condition(self, name: str) -> bool:
        return bool(self.resolve(self.raw["Conditions"][name]))

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and next(iter(value)).startswith("!"):
            ((function, argument),) = value.items()
            return self._call(function.removeprefix("!"), argument)
        found = {name: self.resolve(one) for name, one in value.items()}
        return {name: one for name, one in found.items() if one is not NOTHING}

    def _call(self, function: str, argument: Any) -> Any:
        match function:
            case "Ref":
                return self._ref(argument)
            case "GetAtt":
                return f"{BUCKET}" if argument == "Bucket.Arn" else f"arn:{argument}"
            case "If":
                return self.resolve(argument[1] if self.condition(argument[0]) else argument[2])
            case "Equals":
                return self.resolve(argument[0]) == self.resolve(argument[1])
            case "Not":
                return not self.resolve(argument[0])
            case "Join":
                return argument[0].join(self.resolve(argument[1]))
            case "Sub":
                text, more = argument if isinstance(argument, list) else (argument, {})
                local = {name: self.resolve(one) for name, one in more.items()}

                def put(found: re.Match[str]) -> str:
                    name = found[1]
                    return str(local[name] if name in local else self._call("GetAtt" if "." in name else "Ref", name))

                return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", put, text)
            case _:
                raise AssertionError(f"the test does not know {function}")

    def _ref(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        properties = self.raw["Resources"][name]["Properties"]
        named = next((key for key in ("BucketName", "ClusterName", "RuleSetName") if key in properties), None)
        return self.resolve(properties[named]) if named else f"the-{name}"

    def allows(self, role: str, action: str, resource: str) -> bool:
        """Does the role allow it? Conditions are not looked at."""
        return any(
            statement["Effect"] == "Allow"
            and action in _listed(statement["Action"])
            and any(fnmatch.fnmatchcase(resource, pattern) for pattern in _listed(statement["Resource"]))
            for policy in self.properties(role)["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
