"""The first page: what happens now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hermes.gateway.upkeep.health import Health
from hermes.web.access.sign_in import SignIn
from hermes.web.rendering import Renderer


def routes(
    *, sign_in: SignIn, renderer: Renderer, health: Health, depths: Callable[[], Mapping[str, int]]
) -> APIRouter:
    """The routes; `depths` gives the messages that wait on each of the deployment's queues."""
    made = APIRouter(include_in_schema=False)

    @made.get("/")
    async def now(request: Request) -> HTMLResponse:
        visit = await sign_in.visit(request)
        return renderer.page("now.html", visit, here="/", ready=health.ready, poll_age=health.poll_age, depths=depths())

    return made
