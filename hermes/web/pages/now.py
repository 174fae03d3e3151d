"""The first page: what runs, waits and is being stopped now; it moves by itself."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from hermes.admin.actions import holds
from hermes.admin.viewer import Viewer
from hermes.admin.views import now
from hermes.web.live import LiveParts
from hermes.web.parts import PageParts

#: Commands of each kind that the page shows; the rest is a number and a link.
SHOWN = 50


def routes(parts: PageParts, live: LiveParts) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    async def moving(viewer: Viewer) -> str:
        seen = await now.now(parts.console, viewer)
        held = await holds.held(parts.console, viewer)
        return parts.renderer.text("now_moving.html", seen=seen, held=held, viewer=viewer, shown=SHOWN)

    @made.get("/")
    async def show(request: Request) -> HTMLResponse:
        visit = await parts.visit(request)
        return parts.page("now.html", visit, here="/", moving=await moving(visit.viewer))

    @made.get("/events/now")
    async def follow(request: Request) -> Response:
        viewer = (await parts.visit(request)).viewer
        return live.answer(("now", viewer.projects, viewer.role), lambda: moving(viewer))

    return made
