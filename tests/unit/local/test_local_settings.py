"""The configuration of demo and dev."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes import errors
from hermes.app import up
from hermes.config import loading, writing
from hermes.config.agent_settings import AgentKind
from hermes.local import settings
from hermes.local.signature import Key


@pytest.mark.parametrize(("name", "kind"), [("demo", AgentKind.COMMAND), ("claude", AgentKind.CLAUDE)])
def test_it_is_a_valid_configuration_with_one_project(tmp_path: Path, name: str, kind: AgentKind) -> None:
    made = settings.over(
        settings.project(repository=str(tmp_path / "site.git"), agent_name=name),
        settings.Surroundings(
            state=tmp_path, endpoint_url="http://127.0.0.1:4566", key=Key("LOCAL", "secret"), replies_port=2600
        ),
    )

    project = made.project_of(settings.ADDRESS)
    assert project is not None
    assert project.agent.kind is kind
    if kind is AgentKind.CLAUDE:  # a gateway of models, or a test's, is found by the environment
        assert {"ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_BASE_URL"} <= set(project.agent.env)
    assert settings.PERSON.endswith(project.owners[0])
    assert made.smtp_ingress.trust_loopback
    assert (made.aws.access_key, made.aws.secret_key) == ("LOCAL", "secret")
    assert made.launcher.local.state == tmp_path
    assert (made.mail.smtp.port, made.mail.smtp.security) == (2600, "none")


def around(state: Path) -> settings.Surroundings:
    key = Key("LOCAL", "secret")
    return settings.Surroundings(
        state=state, endpoint_url="http://127.0.0.1:1", key=key, replies_port=2600, page_port=0
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("claude", AgentKind.CLAUDE),
        ("aider", AgentKind.AIDER),
        ("codex", AgentKind.CODEX),
        ("cat -u", AgentKind.COMMAND),
    ],
)
def test_ones_own_project_is_a_configuration_for_every_command(tmp_path: Path, name: str, kind: AgentKind) -> None:
    given = settings.project(
        repository="git@git.example.com:acme/My_Site.git", agent_name=name, build="make", output="dist"
    )
    file = tmp_path / "hermes.toml"
    writing.write(file, given, by="hermes dev")

    read = loading.load(file, {})

    (only,) = read.projects
    assert (only.name, only.agent.kind, only.build_command) == ("demo/my-site", kind, "make")
    assert only.publish is not None
    assert up.settings(file, {}, tmp_path)[0] == read, "hermes up takes it"
    assert settings.over(settings.read(file), around(tmp_path)).projects == read.projects


def test_a_program_that_is_not_there_and_an_output_without_a_build_are_said() -> None:
    with pytest.raises(errors.ConfigError, match="no program 'no-such-agent'"):
        settings.project(repository="/tmp/x", agent_name="no-such-agent --fast")
    with pytest.raises(errors.ConfigError, match="--output"):
        settings.project(repository="/tmp/x", output="dist")


def test_a_deployments_file_runs_here_without_its_mailboxes_and_alarms(tmp_path: Path) -> None:
    file = tmp_path / "hermes.toml"
    file.write_text(
        """
        [aws]
        region = "us-east-1"
        [mail]
        domain = "acme.example"
        token_key = "0123456789abcdef0123456789abcdef"
        [imap_ingress]
        enabled = true
        host = "mail.acme.example"
        username = "site"
        password = "secret"
        address = "site@acme.example"
        [alerts]
        mail = ["ops@people.test"]
        [launcher.local]
        state = "/var/lib/hermes"
        [[projects]]
        client = "acme"
        project = "site"
        repository = "/srv/site.git"
        addresses = ["site@acme.example"]
        owners = ["anna@people.test"]
        agent = { kind = "patch" }
        """
    )
    made = settings.over(settings.read(file), around(tmp_path))

    assert made.projects == loading.load(file, {}).projects
    assert not made.imap_ingress.enabled
    assert made.alerts.mail == ()
    assert made.launcher.local.state == tmp_path
    assert made.aws.endpoint_url == "http://127.0.0.1:1"
    assert made.mail.token_key is not None
    assert made.web.pages
    assert not made.authentication.own_check
