"""An agent's settings: what cannot work or must not be is refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from hermes.config.agent_settings import AgentKind, AgentSettings


def test_the_built_in_agent_needs_nothing() -> None:
    assert AgentSettings().kind is AgentKind.PATCH


def test_a_model_is_kept() -> None:
    assert AgentSettings.model_validate({"kind": "claude", "model": "large"}).model == "large"


def test_a_command_with_its_variables_is_taken() -> None:
    found = AgentSettings.model_validate({"kind": "command", "argv": ["./agent", "-v"], "env": ["API_KEY"]})

    assert found.argv == ("./agent", "-v")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "command"}, "needs `argv`"),
        ({"kind": "command", "argv": [""]}, "needs `argv`"),
        ({"kind": "patch", "argv": ["x"]}, "takes no `argv`"),
        ({"kind": "claude", "env": ["KEY=value"]}, "not the name of a variable"),
        ({"kind": "claude", "env": ["AWS_SECRET_ACCESS_KEY"]}, "never handed"),
        ({"kind": "claude", "env": ["HERMES_CONFIG"]}, "never handed"),
        ({"kind": "claude", "model": "--dangerously"}, "cannot be used"),
        ({"kind": "claude", "permission_mode": " "}, "cannot be used"),
        ({"kind": "claude", "max_turns": 0}, "greater than or equal to 1"),
        ({"kind": "robot"}, "command"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_what_cannot_be_used_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        AgentSettings.model_validate(given)
