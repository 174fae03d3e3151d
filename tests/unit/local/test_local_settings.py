"""The configuration of demo and dev."""

from __future__ import annotations

from pathlib import Path

import pytest

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
        assert project.agent.env == ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")
    assert settings.PERSON.endswith(project.owners[0])
    assert made.smtp_ingress.trust_loopback
    assert (made.aws.access_key, made.aws.secret_key) == ("LOCAL", "secret")
    assert made.launcher.local.state == tmp_path
    assert (made.mail.smtp.port, made.mail.smtp.security) == (2600, "none")
