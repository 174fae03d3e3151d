"""The page for people as one value: sign-in, templates, and the routes of its pages, added to the gateway's application."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from fastapi import APIRouter, FastAPI

from hermes.config.web_settings import Web
from hermes.web.access import guard
from hermes.web.access.sign_in import SignIn
from hermes.web.live import LiveParts
from hermes.web.pages import entrance
from hermes.web.parts import PageParts
from hermes.web.rendering import Renderer


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MorePages:
    """Pages that a deployment has besides: those of development."""

    names: Sequence[tuple[str, str]]
    """Path and name, for the navigation."""
    routes: Callable[[PageParts, LiveParts], APIRouter]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The page, ready to be added to an application."""

    settings: Web
    sign_in: SignIn
    renderer: Renderer
    pages: Sequence[APIRouter]

    def add_to(self, app: FastAPI) -> None:
        """Serve the page in this application."""
        app.include_router(entrance.routes(self.sign_in, self.renderer))
        for routes in self.pages:
            app.include_router(routes)
        entrance.errors_as_pages(app, self.sign_in, self.renderer)
        app.add_middleware(guard.Guard, hosts=guard.hosts_of(self.settings), secure=self.sign_in.secure)
