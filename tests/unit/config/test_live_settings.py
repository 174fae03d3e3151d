"""The settings of going live: whom they name, and what cannot be meant."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.config import loading
from hermes.config.loading import Project
from hermes.domain.decisions.going_live import ANOTHER

ANNA, BOB = "anna@example.org", "bob@agency.example"


def project(live: dict[str, Any], **facts: Any) -> Project:
    given = {
        "client": "acme",
        "project": "site",
        "repository": "https://git.example.com/site.git",
        "addresses": ["site@agent.example.com"],
        "owners": [ANNA, BOB],
        "agent": {"kind": "patch"},
        "live": live,
        **facts,
    }
    return loading.parse({"projects": [given]}).projects[0]


def test_approvers_are_named_there_or_by_their_role() -> None:
    found = project({"approvers": [BOB]}, owners=[ANNA, BOB, "eve@x.example"], roles={"eve@x.example": "approver"})
    assert found.approvers == (BOB, "eve@x.example")
    assert [found.approves(one) for one in (BOB, "eve@x.example", ANNA)] == [True, True, False]
    assert found.approves("b@home.example", [BOB, "b@home.example"]), "a person with several addresses"


def test_a_domain_may_approve_but_is_not_asked() -> None:
    found = project({"approvers": [BOB]}, owners=[ANNA, BOB, "@boss.example"], roles={"@boss.example": "approver"})
    assert found.approvers == (BOB,)
    assert found.approves("any@boss.example")


def test_the_words_for_how_many() -> None:
    live = project({"approvers": [ANNA, BOB], "needs": "another"}).live
    assert live is not None
    assert live.needed is ANOTHER
    assert (live.remind_seconds, live.end_seconds) == (2 * 86400.0, 30 * 86400.0)


@pytest.mark.parametrize(
    ("live", "roles", "said"),
    [
        ({}, {}, "there are 0 of the 1 that are needed"),
        ({"approvers": [BOB], "needs": 2}, {}, "there are 1 of the 2 that are needed"),
        ({"approvers": [BOB], "needs": "another"}, {}, "there are 1 of the 2 that are needed"),
        ({"approvers": ["eve@evil.example"]}, {}, "is no owner; add it to owners"),
        ({"approvers": [BOB]}, {BOB: "reader"}, "readers approve nothing"),
        ({"approvers": ["bob"]}, {}, "is no mail address"),
        ({"approvers": [BOB], "branch": "-x"}, {}, "cannot be a branch"),
        ({"approvers": [BOB], "remind_days": 30}, {}, "remind_days has to be less than end_days"),
        ({"approvers": [BOB], "prefix": "../x"}, {}, "is no prefix of a bucket"),
        ({"approvers": [BOB], "prefix": "mails/"}, {}, "could meet what Hermes keeps there"),
        ({"approvers": [BOB], "mode": "force"}, {}, "mode"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(live: dict[str, Any], roles: dict[str, str], said: str) -> None:
    with pytest.raises(errors.ConfigError, match="live") as refused:
        project(live, roles=roles)
    assert said in str(refused.value)


def test_a_project_that_brings_nothing_there_needs_no_approver() -> None:
    assert project({"mode": "off"}).approvers == ()
