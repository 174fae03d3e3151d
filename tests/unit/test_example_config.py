"""The commented example of the configuration: it loads, it names every setting, and what it shows as defaults are the defaults."""

from __future__ import annotations

import re
import tomllib
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from hermes.config import loading as config

EXAMPLE = Path(__file__).parents[2] / "config" / "hermes.example.toml"


def uncommented() -> dict[str, Any]:
    """The example with every setting switched on."""
    text = EXAMPLE.read_text(encoding="utf-8")
    return tomllib.loads(re.sub(r"^# (?=[a-z_]+ = |\[)", "", text, flags=re.MULTILINE))


def model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for inner in typing.get_args(annotation) if (found := model_in(inner))), None)


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = model_in(field.annotation)
        if inner is None:
            yield prefix + name
        else:
            yield from settings(inner, f"{prefix}{name}.")


def shown(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in values.items():
        inner = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        if isinstance(inner, dict) and not any(
            "/" in key or "@" in key for key in inner
        ):  # by project or person: a value
            yield from shown(inner, f"{prefix}{name}.")
        else:
            yield prefix + name


def test_it_loads_as_it_is() -> None:
    loaded = config.load(EXAMPLE, {})

    assert loaded.project_of("site@agent.example.com") is not None
    assert loaded.launcher.kind == "local"


def test_it_loads_with_every_setting_switched_on_and_on_ecs() -> None:
    values = uncommented()
    values["launcher"]["kind"] = "ecs"
    del values["mail"]["smtp"]["password"]  # in place of which oauth is
    del values["projects"][0]["agent"]["token_prices"]  # which only codex needs

    loaded = config.parse(values)

    assert loaded.launcher.ecs.cluster == "hermes"
    assert loaded.projects[0].build_command == "npm ci && npm run build"


def test_every_setting_is_in_it() -> None:
    assert sorted(shown(uncommented())) == sorted(settings(config.Config))


@pytest.mark.parametrize(
    "section", ["prefix", "smtp_ingress", "mail", "authentication", "containers", "timing", "gateway", "web"]
)
def test_what_it_shows_as_default_is_the_default(section: str) -> None:
    assert getattr(config.load(EXAMPLE, {}), section) == getattr(config.Config(), section)


def test_the_project_shows_the_defaults_of_what_it_does_not_have_to_say() -> None:
    project = config.load(EXAMPLE, {}).projects[0]

    assert project.limits == config.ProjectLimits()
    assert project.policy == config.Project.model_fields["policy"].default
    assert project.agent.permission_mode == type(project.agent).model_fields["permission_mode"].default
