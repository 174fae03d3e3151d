"""The section [alerts]: what cannot work is refused, and no secret is shown."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.config import loading as config

PROJECT = {
    "client": "acme",
    "project": "site",
    "repository": "https://git.example.com/site.git",
    "addresses": ["site@agent.example.com"],
    "owners": ["anna@example.org"],
    "agent": {"kind": "patch"},
}


def parsed(alerts: dict[str, Any], **more: Any) -> config.Config:
    return config.parse({"projects": [PROJECT], "alerts": alerts, **more})


def test_each_channel_alone_enables_them() -> None:
    assert not parsed({}).alerts.enabled
    assert parsed({"mail": ["Op@Example.com"]}).alerts.mail == ("op@example.com",)
    assert parsed({"webhooks": [{"url": "https://hooks.example.com/x"}]}).alerts.enabled
    assert parsed({"webhooks": [{"url": "http://127.0.0.1:8080/x"}]}).alerts.enabled
    assert parsed({"sns_topic": "arn:aws:sns:eu-central-1:111111111111:hermes-alerts"}).alerts.enabled


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        ({"mail": ["nobody"]}, "'nobody' is no mail address"),
        ({"mail": ["site@agent.example.com"]}, "is an address of Hermes"),
        ({"mail": ["postmaster@agent.example.com"]}, "is an address of Hermes"),
        ({"sns_topic": "hermes-alerts"}, "no topic of SNS"),
        ({"webhooks": [{"url": "hooks.slack.com/T0/SECRET"}]}, "no address; one reads https://HOST/PATH"),
        ({"webhooks": [{"url": "https://[::1/SECRET"}]}, "no address; one reads https://HOST/PATH"),
        ({"webhooks": [{"url": "http://hooks.slack.com/SECRET"}]}, "does not begin with https"),
        ({"webhooks": [{"url": "https://hooks.slack.com/SECRET", "kind": "SECRET"}]}, "alerts.webhooks.0.kind"),
    ],
)
def test_what_cannot_work_is_refused_without_a_secret(alerts: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.ConfigError) as refused:
        parsed(alerts)
    assert said in refused.value.message
    assert "SECRET" not in refused.value.message


def test_mail_needs_a_project_to_come_from() -> None:
    with pytest.raises(errors.ConfigError, match="there is no project"):
        parsed({"mail": ["operator@example.com"]}, projects=[])
