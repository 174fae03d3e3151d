"""The section [projects.check]: plain commands or tables, and what cannot be meant is refused."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.config.check_settings import CHECK_SECONDS, CheckSettings
from tests.unit.config.test_alert_settings import PROJECT


def parsed(check: dict[str, Any]) -> CheckSettings:
    found = config.parse({"projects": [{**PROJECT, "check": check}]}).projects[0].check
    assert found is not None
    return found


def test_a_command_is_a_text_or_a_table() -> None:
    found = parsed({"commands": ["npm test", {"run": "make links", "name": "links", "seconds": 20}]})
    assert [(one.name, one.run, one.seconds) for one in found.commands] == [
        ("npm test", "npm test", CHECK_SECONDS),
        ("links", "make links", 20.0),
    ]
    assert not found.allow_failing
    assert parsed({"commands": [f"run {'x' * 99}"]}).commands[0].name == f"run {'x' * 35}…"
    assert CheckSettings.model_validate_json(found.model_dump_json(exclude_defaults=True)) == found


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ({}, "nothing to check"),
        ({"commands": ["npm test", "npm test"]}, "two checks are called 'npm test'"),
        ({"commands": "npm test"}, "commands"),
        ({"commands": [""]}, "run"),
        ({"commands": [{"run": "x", "seconds": 0}]}, "seconds"),
        ({"command": ["x"]}, "command"),
    ],
)
def test_what_cannot_be_meant_is_refused(check: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.ConfigError, match=said):
        parsed(check)
