"""The gateway's own page server, from the configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from hermes.admin.live import LiveFeed
from hermes.app import console, on_demand
from hermes.app import mailers as mailing
from hermes.app.records import Records
from hermes.aws.call_meter import CallMeter
from hermes.aws.records.web_access import WebAccess
from hermes.config.current import ConfigSource
from hermes.config.web_settings import Web
from hermes.domain.env import Env
from hermes.execution import ExecutionControl, create_router
from hermes.execution.control import RateLimit
from hermes.gateway.upkeep.health import Health
from hermes.gateway.upkeep.service import Part
from hermes.ingress.http.http_server import HttpIngress
from hermes.web import app, objects
from hermes.web.access.sign_in import SignIn
from hermes.web.api import api
from hermes.web.api.access import TokenAccess
from hermes.web.api.parts import ApiParts
from hermes.web.live import LiveParts
from hermes.web.metrics import Depths, Looks, Metrics
from hermes.web.pages import actions, costs, logs, machinery, mails, now, replies, threads
from hermes.web.parts import PageParts
from hermes.web.rendering import Renderer
from hermes.web.site import MorePages, Site

if TYPE_CHECKING:
    from hermes.web.access.load_balancer import LoadBalancerClaims

#: Requests of one token in a minute to `/api/interrupt`, `/api/status` and `/api/stream`.
CONTROL_REQUESTS: Final = 20


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
    source: ConfigSource,
    *,
    held: Records,
    metrics: Metrics,
    control: ExecutionControl,
    last_poll: Callable[[], float],
    last_turn: Callable[[], float],
    poll_seconds: float,
    ways: Callable[[], Mapping[str, Mapping[str, object]]],
    clock_offset: Callable[[], float | None],
    more: MorePages | None = None,
    env: Env,
) -> WebServer:
    """The site, not listening yet."""
    settings = source.current.web
    health = Health(
        last_poll=last_poll,
        last_turn=last_turn,
        poll_seconds=poll_seconds,
        clock_offset=clock_offset,
        lag=metrics.lag,
        env=env,
    )
    places = held.places
    urls = tuple(dict.fromkeys((places.inbound, places.strangers, places.parked, places.dead, places.dead_fifo)))
    depths = Depths(queues=held.queues, urls=urls, env=env)
    meter = CallMeter(clients=held.clients, count=metrics.count)
    metrics.look(Looks(poll_age=lambda: health.poll_age, pools=meter.pools, depths=lambda: depths.found, ways=ways))
    secret = settings.control_secret
    limit = RateLimit(requests=CONTROL_REQUESTS)
    routes = create_router(control=control, token=secret, rate_limit=limit) if secret is not None else None
    page = _page(source, held, health, more, env) if settings.pages else None
    short = mailing.object_links(source.current)

    async def presigned(name: str, seconds: int) -> str:
        return await held.objects.link(name, seconds=seconds)

    opened = objects.routes(short, presigned, env) if short is not None else None
    served = app.app(health=health, metrics=metrics, control=routes, objects=opened, site=page, ways=ways)
    if settings.tokens:
        served.mount(api.PATH, api.application(_api(source, held, health, env)))
    return WebServer(
        server=HttpIngress(
            app=served, host=settings.host, port=settings.port, web_sockets=bool(settings.tokens), section="web"
        ),
        health=health,
        depths=depths,
        meter=meter,
    )


def _api(source: ConfigSource, held: Records, health: Health, env: Env) -> ApiParts:
    around = dataclasses.replace(console.over(source, held), now=env.now)
    return ApiParts(
        console=around,
        access=TokenAccess(tokens=source.current.web.tokens, env=env),
        feed=LiveFeed(console=around),
        stopping=lambda: health.stopping,
        env=env,
    )


def _load_balancer(settings: Web, env: Env) -> Callable[[str], Awaitable[str | None]] | None:
    if settings.load_balancer is None:
        return None
    # What verifies signatures takes a twentieth of a second to load.
    found: LoadBalancerClaims = on_demand.module("hermes.web.access.load_balancer").LoadBalancerClaims(
        settings=settings.load_balancer, env=env
    )
    return found.name


def _page(source: ConfigSource, held: Records, health: Health, more: MorePages | None, env: Env) -> Site:
    settings = source.current.web
    sign_in = SignIn(
        settings=settings,
        access=WebAccess(tables=held.tables, names=held.names),
        env=env,
        balanced=_load_balancer(settings, env),
    )
    parts = PageParts(
        console=dataclasses.replace(console.over(source, held), now=env.now),
        sign_in=sign_in,
        renderer=Renderer(more_pages=more.names if more else ()),
        stopping=lambda: health.stopping,
        env=env,
    )
    live = LiveParts(stopping=parts.stopping)
    pages = (
        now.routes(parts, live),
        threads.routes(parts, live),
        mails.routes(parts),
        replies.routes(parts),
        costs.routes(parts),
        machinery.routes(parts),
        actions.routes(parts),
        logs.routes(parts, live),
        *([more.routes(parts, live)] if more else []),
    )
    return Site(settings=settings, sign_in=sign_in, renderer=parts.renderer, pages=pages)
