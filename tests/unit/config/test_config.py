"""The configuration: every refusal names the setting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.config.agent_settings import AgentKind
from hermes.domain.request import Policy

PROJECT: Mapping[str, Any] = {
    "client": "acme",
    "project": "site",
    "repository": "https://git.example.com/site.git",
    "addresses": ["Site@Agent.example.com"],
    "owners": ["Anna@example.org", "@acme.example"],
    "agent": {"kind": "patch"},
}


def _with(**changes: Any) -> dict[str, Any]:
    return {"projects": [{**PROJECT, **changes}]}


def test_nothing_is_a_configuration() -> None:
    found = config.parse({})

    assert (found.prefix, found.projects, found.launcher.kind) == ("hermes", (), "local")


def test_addresses_and_owners_are_kept_in_lower_case() -> None:
    (project,) = config.parse(_with()).projects

    assert project.addresses == ("site@agent.example.com",)
    assert project.owners == ("anna@example.org", "@acme.example")
    assert project.name == "acme/site"
    assert project.agent.kind is AgentKind.PATCH


def test_the_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        config.parse({}).prefix = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"prefx": "x"}, "unknown setting 'prefx'; did you mean 'prefix'?"),
        ({"aws": {"regoin": "x"}}, "unknown setting 'aws.regoin'; did you mean 'region'?"),
        ({"mail": {"smtp": {"hots": "x"}}}, "unknown setting 'mail.smtp.hots'; did you mean 'host'?"),
        (_with(polcy="queue"), "unknown setting 'projects.0.polcy'; did you mean 'policy'?"),
        (_with(limits={"wall": 5}), "unknown setting 'projects.0.limits.wall'; did you mean 'wall_seconds'?"),
        (_with(agent={"knd": "patch"}), "unknown setting 'projects.0.agent.knd'; did you mean 'kind'?"),
        ({"zzzzzz": 1}, "unknown setting 'zzzzzz'; known here: alerts, authentication, aws, "),
        ({"timing": {"pol": 1}}, "unknown setting 'timing.pol'; did you mean 'poll'?"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest_known_one(given: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.ConfigError) as refused:
        config.parse(given)

    assert words in refused.value.message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"prefix": "Caps"}, "prefix: use lower-case letters"),
        ({"prefix": "a" * 21}, "prefix is longer than 20 characters"),
        ({"aws": {"bucket": "x"}}, "aws.bucket:"),
        ({"smtp_ingress": {"port": 70_000}}, "smtp_ingress.port:"),
        ({"smtp_ingress": {"host": "0.0.0.0", "trust_loopback": True}}, "trust_loopback is for a server that"),
        ({"mail": {"mailer": "pigeon"}}, "mail.mailer:"),
        ({"mail": {"smtp": {"security": "maybe"}}}, "mail.smtp.security:"),
        (
            {"launcher": {"ecs": {"project_task_definitions": {"acme/sight": "t"}}}},
            "there is no project 'acme/sight'",
        ),
        ({"launcher": {"kind": "ecs"}}, "launcher.ecs lacks cluster, task_definition, subnets"),
        (
            {"launcher": {"kind": "ecs", "ecs": {"cluster": "c", "task_definition": "t", "launch_type": "FARGATE"}}},
            "launcher.ecs lacks subnets",
        ),
        ({"containers": {"max_sessions": 0}}, "containers.max_sessions:"),
        ({"containers": {"max_sessions": 11}}, "containers.max_sessions:"),
        ({"containers": {"idle_seconds": -1}}, "containers.idle_seconds:"),
        ({"timing": {"poll": 21}}, "timing.poll:"),
        ({"timing": {"sweep": 0}}, "timing.sweep:"),
        ({"gateway": {"concurrency": "many"}}, "gateway.concurrency:"),
        (_with(client="Acme Inc"), "projects.0.client: use lower-case letters"),
        (_with(project="-"), "projects.0.project: use lower-case letters"),
        (_with(repository=""), "projects.0.repository:"),
        (_with(repository="https://bot:hunter2@git.example.com/x.git"), "projects.0.repository: it holds a password"),
        (_with(repository="https://ghp_abcdefghij@git.example.com/x.git"), "projects.0.repository: it holds a token"),
        (_with(repository=f"https://{'a1' * 20}@git.example.com/x.git"), "projects.0.repository: it holds a token"),
        (_with(addresses=[]), "projects.0.addresses:"),
        (_with(addresses=["nobody"]), "'nobody' is no mail address"),
        (_with(addresses=["site+x@agent.example.com"]), "has a '+'"),
        (_with(owners=[]), "projects.0.owners:"),
        (_with(owners=["anna"]), "'anna' is no mail address"),
        (_with(owners=["@"]), "no mail address"),
        (_with(policy="maybe"), "projects.0.policy:"),
        (_with(interrupt_scope="world"), "projects.0.interrupt_scope:"),
        (_with(preempted="maybe"), "projects.0.preempted:"),
        (_with(preempted="drop"), 'preempted = "drop" needs interrupt_scope = "container"'),
        (_with(interrupt_scope="container", limits={"attempts": 1}), '"requeue" needs limits.attempts = 2 or more'),
        (_with(agent={"kind": "robot"}), "projects.0.agent.kind:"),
        (_with(agent={"kind": "command"}), "projects.0.agent: the agent `command` needs `argv`"),
        (_with(limits={"wall_seconds": 12 * 3600}), "projects.0.limits.wall_seconds:"),
        (_with(limits={"attempts": 0}), "projects.0.limits.attempts:"),
        ({"projects": [{k: v for k, v in PROJECT.items() if k != "owners"}]}, "setting 'projects.0.owners' is missing"),
        ({"projects": {"acme": 1}}, "projects:"),
    ],
)
def test_an_impossible_value_is_refused_by_name(given: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.ConfigError) as refused:
        config.parse(given, source="hermes.toml")

    assert words in refused.value.message
    assert refused.value.message.startswith("hermes.toml: ")


def test_two_projects_may_not_share_an_address() -> None:
    other = {**PROJECT, "project": "shop"}

    with pytest.raises(errors.ConfigError, match="belongs to both acme/site and acme/shop"):
        config.parse({"projects": [PROJECT, other]})


@pytest.mark.parametrize(("client", "project"), [("acme", "site"), ("a", "b-c")])
def test_two_projects_may_not_share_queues(client: str, project: str) -> None:
    one = {**PROJECT, "client": "acme" if client == "acme" else "a-b", "project": "site" if client == "acme" else "c"}
    other = {**PROJECT, "client": client, "project": project, "addresses": ["b@agent.example.com"]}

    with pytest.raises(errors.ConfigError, match="would share queues; rename one"):
        config.parse({"projects": [one, other]})


@pytest.mark.parametrize(
    ("given", "secret"),
    [
        ({"mail": {"smtp": {"password": 12345678}}}, "12345678"),
        ({"mail": {"token_key": "hunter2hunter2"}}, "hunter2"),
        ({"aws": {"secret_key": 987654321}}, "987654321"),
        ({"aws": {"access_key": 987654321}}, "987654321"),
    ],
)
def test_a_secret_is_never_shown(given: dict[str, Any], secret: str) -> None:
    with pytest.raises(errors.ConfigError) as refused:
        config.parse(given)

    assert secret not in refused.value.message


def test_a_recipient_finds_its_project_whatever_its_detail_and_case() -> None:
    found = config.parse(_with())

    assert found.project_of("SITE+abc@agent.example.com") is found.projects[0]
    assert found.project_of("other@agent.example.com") is None
    assert found.project_of("nonsense") is None
    assert found.project_named("acme", "site") is found.projects[0]
    assert found.project_named("acme", "shop") is None


# ── files and the environment ──────────────────────────────────────────────────────────────────────────────────────


def _file(folder: Path, text: str) -> Path:
    path = folder / "hermes.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_environment_takes_precedence_over_the_file(tmp_path: Path) -> None:
    path = _file(tmp_path, 'prefix = "one"\n[aws]\nregion = "us-east-1"\nbucket = "from-file"\n')

    found = config.load(path, {"HERMES_PREFIX": "two", "HERMES_AWS__REGION": "eu-central-1", "HOME": "/x"})

    assert (found.prefix, found.aws.region, found.aws.bucket) == ("two", "eu-central-1", "from-file")


def test_the_environment_alone_is_enough() -> None:
    found = config.load(
        None,
        {
            "HERMES_PROJECTS": json.dumps([{**PROJECT, "policy": "queue"}]),
            "HERMES_TIMING__POLL": "1",
            "HERMES_SMTP_INGRESS__ENABLED": "true",
            "HERMES_MAIL__SMTP__USERNAME": "u",
            "HERMES_MAIL__SMTP__PASSWORD": "{not json",
        },
    )

    assert found.projects[0].policy is Policy.QUEUE
    assert (found.timing.poll, found.smtp_ingress.enabled, found.mail.smtp.password) == (1, True, "{not json")


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    path = _file(tmp_path, 'prefix = "named"\n')

    assert config.load(None, {"HERMES_CONFIG": str(path)}).prefix == "named"


def test_the_workers_variables_are_left_alone() -> None:
    assert config.load(None, {"HERMES_WORKER_GEN": "3"}).prefix == "hermes"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"HERMES_PREFX": "x"}, "did you mean 'prefix'"),
        ({"HERMES_AWS__NOPE__DEEPER": "x"}, "unknown setting 'aws.nope'"),
        ({"HERMES_PREFIX": "x", "HERMES_PREFIX__Y": "z"}, "'prefix' is not a section"),
        ({"HERMES_GATEWAY__CONCURRENCY": "lots"}, "gateway.concurrency"),
    ],
)
def test_an_impossible_environment_is_refused(environ: dict[str, str], words: str) -> None:
    with pytest.raises(errors.ConfigError, match=words):
        config.load(None, environ)


def test_a_file_that_is_not_there_or_not_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match=r"cannot read the configuration .*nowhere\.toml"):
        config.load(tmp_path / "nowhere.toml", {})
    with pytest.raises(errors.ConfigError, match=r"hermes\.toml is not valid TOML"):
        config.load(_file(tmp_path, "prefix = "), {})
    (tmp_path / "bytes.toml").write_bytes(b'prefix = "\xff"')
    with pytest.raises(errors.ConfigError, match="not valid TOML"):
        config.load(tmp_path / "bytes.toml", {})


def test_an_old_name_of_a_setting_is_refused_with_the_new_one() -> None:
    with pytest.raises(errors.ConfigError, match=r"'mail\.ladder' is called 'mail\.rate_limit' now"):
        config.parse({**_with(), "mail": {"ladder": True}})


def test_the_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(errors.ConfigError) as refused:
        config.parse(_with(repository="https://bot:hunter2@git.example.com/x.git"))

    assert "hunter2" not in refused.value.message
