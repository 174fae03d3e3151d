"""The settings of shares: who falls under which, and what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.domain.decisions.shares import Measure
from tests.unit.config.test_config import PROJECT

ANNA = "anna@example.org"


def _config(**given: Any) -> config.Config:
    project = {**PROJECT, **given.pop("project", {})}
    return config.parse({"projects": [project], **given})


def _granted(made: config.Config) -> dict[str, dict[Measure, float]]:
    return {grant.subject: grant.share.limits for grant in made.grants(made.projects[0], ANNA)}


def test_nothing_is_limited_where_nothing_is_set() -> None:
    assert _granted(_config()) == {}


def test_every_share_that_is_set_holds() -> None:
    made = _config(
        shares={"client": {"open_commands": 40}, "project": {"open_commands": 20}, "owner": {"open_commands": 5}},
        clients=[{"client": "acme", "share": {"commands_per_hour": 9}, "owner_share": {"open_commands": 4}}],
        project={"share": {"open_commands": 0, "cost_usd_per_day": 2.5}, "owner_share": {"commands_per_hour": 3}},
    )

    assert _granted(made) == {
        "client acme": {Measure.OPEN: 40, Measure.HOURLY: 9},
        "project acme/site": {Measure.DAILY: 2.5},
        f"owner {ANNA}": {Measure.OPEN: 5},
        f"owner {ANNA} in acme": {Measure.OPEN: 4},
        f"owner {ANNA} in acme/site": {Measure.HOURLY: 3},
    }


def test_the_environment_sets_them_too() -> None:
    made = config.load(None, {"HERMES_SHARES__OWNER__OPEN_COMMANDS": "3", "HERMES_PROJECTS": "[]"})
    assert made.shares.owner.limits == {Measure.OPEN: 3}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"shares": {"project": {"open_comands": 1}}},
            "unknown setting 'shares.project.open_comands'; did you mean 'open_commands'?",
        ),
        ({"shares": {"owners": {}}}, "unknown setting 'shares.owners'; did you mean 'owner'?"),
        (
            {"project": {"share": {"commands_per_our": 1}}},
            "unknown setting 'projects.0.share.commands_per_our'; did you mean 'commands_per_hour'?",
        ),
        (
            {"project": {"owner_share": {"cost_usd_per_day": "much"}}},
            "projects.0.owner_share.cost_usd_per_day: a number is needed",
        ),
        ({"shares": {"client": {"open_commands": -1}}}, "shares.client.open_commands: Input should be greater than or"),
        (
            {"shares": {"client": {"open_commands": 1.5}}},
            "shares.client.open_commands: Input should be a valid integer",
        ),
        (
            {"clients": [{"client": "acne"}]},
            "clients.0.client: no project has the client 'acne'; did you mean 'acme'?",
        ),
        ({"clients": [{"client": "zzz"}]}, "no project has the client 'zzz'; clients of projects: acme"),
        ({"clients": [{"client": "acme"}, {"client": "acme"}]}, "clients.1.client: 'acme' has a section already"),
        ({"clients": [{"client": "acme", "shares": {}}]}, "unknown setting 'clients.0.shares'; did you mean 'share'?"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.ConfigError) as refused:
        _config(**given)
    assert words in refused.value.message
