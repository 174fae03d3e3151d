"""A notice of no trouble, by every way to the operator: so that nobody learns at night that a way does not lead to them."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import urlsplit

from hermes import errors, ids
from hermes.app import alerting, configuration, env
from hermes.app import records as composition
from hermes.config.loading import Config
from hermes.domain.alerts.book import Notice
from hermes.ops.findings import Found

#: The kind of the notice, which no trouble has.
KIND: Final = "test"


async def run(config: Config) -> list[Found]:
    """What came of each way. Raises `errors.ConfigError` where there is none, and what AWS raises where it does not answer."""
    if not config.alerts.enabled:
        raise errors.ConfigError("nobody is told of trouble: set mail, webhooks or sns_topic in [alerts]")
    notice = Notice(
        notice_id=f"test-{ids.new_id()}",
        at=time.time(),
        kind=KIND,
        thing="",
        title="This is a test of the alerts",
        text="Somebody ran `hermes alerts test`. Nothing is wrong.",
        todo="",
        well=True,
        owed={},
    )
    async with composition.connect(config) as clients:
        held = await composition.records(config, clients)
        config = await configuration.with_shared(config, held)
        found = []
        ways = alerting.channels(config, held, submit=None, env=env.system(emit=lambda event: None))
        for (name, done), channel in zip(_names(config), ways, strict=True):
            try:
                await channel.send(notice)
            except errors.HermesError as error:
                found.append(Found(name, False, error.message, "mend it in [alerts], and try again"))
            else:
                found.append(Found(name, True, done))
    return found


def _names(config: Config) -> list[tuple[str, str]]:
    """Each way and what it means that it took the notice, in the order of `alerting.channels`. The address of a webhook is a secret."""
    alerts = config.alerts
    mails = [(f"mail to {one}", "written; a running gateway sends it within seconds") for one in alerts.mail]
    posts = [(f"{one.kind} webhook at {urlsplit(one.url).hostname}", "it took the notice") for one in alerts.webhooks]
    return [*mails, *posts, *([(f"topic {alerts.sns_topic}", "it took the notice")] if alerts.sns_topic else [])]
