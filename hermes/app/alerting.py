"""Config to alerts: what watches, and the ways to the operator."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from hermes.app.records import Records
from hermes.aws.alerts.refusal_watch import RefusalWatch
from hermes.aws.alerts.sns import Sns
from hermes.aws.side_queue import SideQueue
from hermes.config.current import ConfigSource
from hermes.config.loading import Config
from hermes.domain.env import Env
from hermes.domain.replies import Reply
from hermes.gateway.upkeep import health
from hermes.gateway.upkeep.alert_channels import AlertSource, MailChannel, SnsChannel, WebhookChannel
from hermes.gateway.upkeep.alert_probes import (
    ClockProbe,
    DeadLetterProbe,
    DiskProbe,
    PollProbe,
    RefusalProbe,
    ShareProbe,
)
from hermes.gateway.upkeep.alerter import AlertChannel, Alerter, Probe
from hermes.gateway.upkeep.announcer import Announcer


def alerter(
    source: ConfigSource,
    held: Records,
    *,
    announcer: Announcer,
    submit: Callable[[Reply], None],
    last_poll: Callable[[], float],
    clock_offset: Callable[[], float | None],
    env: Env,
) -> Alerter | None:
    """What tells the operator of trouble, listening already; None where no channel is configured."""
    config = source.current
    if not config.alerts.enabled:
        return None
    host = socket.gethostname()
    refusals = RefusalWatch(clients=held.clients, clock=env.clock)
    refusals.start()
    shares = ShareProbe(stores=held, config=source, env=env)
    probes: list[Probe] = [
        DeadLetterProbe([SideQueue(queues=held.queues, url=url) for url in (held.places.dead, held.places.dead_fifo)]),
        PollProbe(
            last_poll=last_poll, stale_seconds=config.timing.poll + health.POLL_STALE_SECONDS, host=host, env=env
        ),
        DiskProbe(folders=_folders(config), host=host),
        ClockProbe(offset=clock_offset, host=host),
        RefusalProbe(refused=refusals.refused),
        shares,
    ]
    made = Alerter(book=held.alerts, channels=channels(config, held, submit=submit, env=env), probes=probes, env=env)
    announcer.listen(made.take)
    announcer.listen(shares.take)
    return made


def channels(config: Config, held: Records, *, submit: Callable[[Reply], None] | None, env: Env) -> list[AlertChannel]:
    """The configured ways to the operator. `submit` sends a row of the outbox that was just written; without it some gateway does."""
    source = AlertSource(
        prefix=config.prefix,
        page=_page(config),
        sender=config.projects[0].addresses[0] if config.projects else "",
        name=config.mail.name,
        domain=config.mail.domain,
        lease_seconds=config.timing.reply_lease if submit is not None else 0.0,
    )
    found: list[AlertChannel] = [
        MailChannel(recipient=address, outbox=held.outbox, submit=submit or _leave, source=source, env=env)
        for address in config.alerts.mail
    ]
    found += [WebhookChannel(settings=one, source=source) for one in config.alerts.webhooks]
    if config.alerts.sns_topic is not None:
        found.append(SnsChannel(topic=config.alerts.sns_topic, sns=Sns(client=held.clients.sns), source=source))
    return found


def _leave(_: Reply) -> None:
    """The sweeper of a gateway finds the row, which is due."""


def _page(config: Config) -> str | None:
    web = config.web
    if not (web.enabled and web.pages):
        return None
    if web.url is not None:
        return f"{web.url.rstrip('/')}/"
    host = "127.0.0.1" if web.host in ("0.0.0.0", "::") else web.host  # noqa: S104 - to show, not to listen on
    return f"http://{f'[{host}]' if ':' in host else host}:{web.port}/" if web.port else None


def _folders(config: Config) -> dict[str, Path]:
    """What this gateway keeps on disks. A worker of another machine reports a full disk by its command."""
    found = {"mail that comes in": config.ingress_limits.spool_folder or Path(tempfile.gettempdir())}
    if config.launcher.kind == "local":
        found = {"the state of workers": config.launcher.local.state, **found}
    return found
