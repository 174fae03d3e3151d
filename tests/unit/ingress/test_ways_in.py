"""From the configuration to the ways in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.app import ingress as build
from hermes.config import loading as config
from tests.env import quiet
from tests.unit.ingress.deposits import Deposits
from tests.unit.ingress.imap.reading import Rows

PROJECT = {
    "client": "demo",
    "project": "site",
    "repository": "/nowhere",
    "addresses": ["site@hermes.test"],
    "owners": ["anna@people.test"],
    "agent": {"kind": "patch"},
}
IMAP = {
    "enabled": True,
    "host": "imap.hermes.test",
    "username": "u",
    "password": "topsecret-password",
    "address": "site@hermes.test",
}
TOPIC = "arn:aws:sns:eu-central-1:111111111111:mail"
MAILGUN = {"name": "mailgun", "kind": "mailgun", "secret": "k" * 16}


def parsed(**sections: Any) -> config.Config:
    return config.parse({"projects": [PROJECT], **sections})


async def test_nothing_is_switched_on_by_itself() -> None:
    assert build.ways_in(parsed(), Deposits().depositor, Rows(), env=quiet()).every == []


async def test_what_is_switched_on_is_built(tmp_path: Path) -> None:
    settings = parsed(
        smtp_ingress={"enabled": True, "port": 0},
        lmtp_ingress={"enabled": True, "path": str(tmp_path / "lmtp.sock")},
        imap_ingress=IMAP,
        http_ingress={"enabled": True, "port": 0, "sns_topics": [TOPIC], "providers": [MAILGUN]},
    )

    ways = build.ways_in(settings, Deposits().depositor, Rows(), env=quiet())

    assert [one.name for one in ways.every] == ["smtp", "lmtp", "imap", "http"]
    for one in (ways.lmtp, ways.http):
        assert one is not None
        await one.start()
        await one.close()


def test_addresses_with_tokens_are_ours() -> None:
    ours = build.accepts(parsed())

    assert [ours(one) for one in ("Site@hermes.test", "site+x@hermes.test", "shop@hermes.test", "site", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"imap_ingress": {"enabled": True}}, "host, username, password, address"),
        ({"imap_ingress": {**IMAP, "address": "other@hermes.test"}}, "imap_ingress.address: no project"),
        ({"imap_ingress": {**IMAP, "security": "none"}}, "in the clear to 'imap.hermes.test'"),
        ({"imap_ingress": {**IMAP, "hots": "x"}}, "did you mean 'host'"),
        ({"imap_ingress": {**IMAP, "idle_seconds": 1800}}, "imap_ingress.idle_seconds"),
        ({"lmtp_ingress": {"prot": 1}}, "did you mean 'port'"),
        ({"http_ingress": {"enabled": True}}, "neither providers nor sns_topics"),
        ({"http_ingress": {"providers": [{**MAILGUN, "secret": "short-secret"}]}}, "http_ingress.providers.0.secret"),
        ({"http_ingress": {"providers": [MAILGUN, MAILGUN]}}, "two providers are named 'mailgun'"),
        ({"http_ingress": {"providers": [{**MAILGUN, "name": "sns"}]}}, "no provider may be named 'sns'"),
        ({"http_ingress": {"providers": [{**MAILGUN, "name": "a/b"}]}}, "http_ingress.providers.0.name"),
        ({"http_ingress": {"providers": [{**MAILGUN, "kind": "mailgum"}]}}, "http_ingress.providers.0.kind"),
        ({"http_ingress": {"sns_topics": ["arn:aws:sqs:x"]}}, "no topic of SNS"),
    ],
)
def test_what_cannot_work_is_refused_by_name_and_without_secrets(section: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.ConfigError, match=said) as refused:
        parsed(**section)

    assert "topsecret" not in refused.value.message
    assert "short-secret" not in refused.value.message
