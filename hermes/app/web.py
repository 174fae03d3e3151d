"""The gateway's own page server, from the configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from hermes.aws import queues
from hermes.aws.call_meter import CallMeter
from hermes.aws.clients import Clients
from hermes.aws.provision import QueueUrls
from hermes.config.sections import Web
from hermes.domain.env import Env
from hermes.execution import ExecutionControl, create_router
from hermes.gateway.upkeep.health import Health
from hermes.gateway.upkeep.service import Part
from hermes.ingress.http.http_server import HttpIngress
from hermes.web import app
from hermes.web.metrics import Depths, Looks, Metrics


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WebServer:
    """What is served, and what runs beside it."""

    server: HttpIngress
    health: Health
    depths: Depths
    meter: CallMeter

    @property
    def beside(self) -> tuple[Part, ...]:
        """What runs for as long as the gateway does."""
        return self.health, self.depths


def site(
    settings: Web,
    *,
    clients: Clients,
    queues: queues.Queues,
    places: QueueUrls,
    metrics: Metrics,
    control: ExecutionControl,
    last_poll: Callable[[], float],
    poll_seconds: float,
    ways: Callable[[], Mapping[str, Mapping[str, object]]],
    env: Env,
) -> WebServer:
    """The site, not listening yet."""
    health = Health(last_poll=last_poll, poll_seconds=poll_seconds, lag=metrics.lag, env=env)
    urls = tuple(dict.fromkeys((places.inbound, places.strangers, places.unclaimed, places.dead, places.dead_fifo)))
    depths = Depths(queues=queues, urls=urls, env=env)
    meter = CallMeter(clients=clients, count=metrics.count)
    metrics.look(Looks(poll_age=lambda: health.poll_age, pools=meter.pools, depths=lambda: depths.found, ways=ways))
    secret = settings.control_secret
    routes = create_router(control=control, token=secret) if secret is not None else None
    served = app.app(health=health, metrics=metrics, control=routes, ways=ways)
    return WebServer(
        server=HttpIngress(app=served, host=settings.host, port=settings.port),
        health=health,
        depths=depths,
        meter=meter,
    )
