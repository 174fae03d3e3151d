"""The section [projects.check]: plain commands or tables, and what cannot be meant is refused."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.config.check_settings import CHECK_SECONDS, CheckSettings
from tests.unit.config.test_alert_settings import PROJECT


def parsed(check: dict[str, Any]) -> CheckSettings:
    found = (
        config.parse({"projects": [{**PROJECT, "publish": {"output": "dist", "prefix": "p/{branch}"}, "check": check}]})
        .projects[0]
        .check
    )
    assert found is not None
    return found


def test_a_command_is_a_text_or_a_table() -> None:
    found = parsed({"commands": ["npm test", {"run": "make links", "name": "links", "seconds": 20}], "site": True})
    assert [(one.name, one.run, one.seconds) for one in found.commands] == [
        ("npm test", "npm test", CHECK_SECONDS),
        ("links", "make links", 20.0),
    ]
    assert (found.site, found.allow_failing) == (True, False)
    assert parsed({"commands": [f"run {'x' * 99}"]}).commands[0].name == f"run {'x' * 35}…"
    assert CheckSettings.model_validate_json(found.model_dump_json(exclude_defaults=True)) == found


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ({}, "nothing to check"),
        ({"commands": ["npm test", "npm test"]}, "two checks are called 'npm test'"),
        ({"commands": [{"run": "x", "name": "site"}], "site": True}, "two checks are called 'site'"),
        ({"commands": "npm test"}, "commands"),
        ({"commands": [""]}, "run"),
        ({"commands": [{"run": "x", "seconds": 0}]}, "seconds"),
        ({"site": True, "page_mb": 0}, "page_mb"),
        ({"command": ["x"]}, "command"),
    ],
)
def test_what_cannot_be_meant_is_refused(check: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.ConfigError, match=said):
        parsed(check)


def test_a_check_of_the_site_needs_to_know_its_folder() -> None:
    with pytest.raises(errors.ConfigError, match=r"check.site needs \[projects.publish\]"):
        config.parse({"projects": [{**PROJECT, "check": {"site": True}}]})


def test_the_whole_repository_is_a_site_only_without_a_build() -> None:
    publish = {"output": ".", "prefix": "p/{branch}"}
    found = config.parse({"projects": [{**PROJECT, "publish": publish}]}).projects[0]
    assert found.publish is not None
    assert found.publish.output == "."
    with pytest.raises(errors.ConfigError, match="static site"):
        config.parse({"projects": [{**PROJECT, "publish": publish, "build_command": "make"}]})
