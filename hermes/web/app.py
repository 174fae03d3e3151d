"""The gateway's application: what machines read, without mail text and addresses (`/healthz`, `/readyz`, `/metrics`), and the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse

from hermes.gateway.upkeep.health import Health
from hermes.web.metrics import Metrics
from hermes.web.site import Site


def app(
    *,
    health: Health,
    metrics: Metrics,
    control: APIRouter | None = None,
    objects: APIRouter | None = None,
    site: Site | None = None,
    ways: Callable[[], Mapping[str, Mapping[str, object]]] = dict,
) -> FastAPI:
    """The ASGI application.

    `control` are the routes that stop commands, each behind its token; `objects` the short links of mails; `site` is the page for people;
    `ways` tells how it stands with the ways in that can be ill.
    """
    made = FastAPI(title="Hermes", docs_url=None, redoc_url=None, openapi_url=None)

    @made.get("/healthz")
    async def healthz() -> JSONResponse:
        """200 while this process works, else 503: whatever watches it should start another. That AWS does not answer is no reason."""
        return _answer(health.alive, health, ways())

    @made.get("/readyz")
    async def readyz() -> JSONResponse:
        """200 while mail is taken, else 503: it is starting, stopping or not alive, or its inbound queue does not answer."""
        return _answer(health.ready, health, ways())

    @made.get("/metrics")
    async def scrape() -> Response:
        """Prometheus's text format."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    for routes in (control, objects):
        if routes is not None:
            made.include_router(routes)
    if site is not None:
        site.add_to(made)
    return made


def _answer(good: bool, health: Health, ways: Mapping[str, Mapping[str, object]]) -> JSONResponse:
    # A mailbox that cannot be read makes no process unhealthy: another one could not read it either.
    found = {"ok": good, **health.facts(), **ways}
    return JSONResponse(found, status_code=200 if good else 503)
