"""What every page stands on: the console, the sign-in, the templates, the clock."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse

from hermes.admin.console import Console
from hermes.domain.env import Env
from hermes.web.access.sign_in import SignIn, Visit
from hermes.web.rendering import Renderer


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """Handed to the routes of every page."""

    console: Console
    sign_in: SignIn
    renderer: Renderer
    stopping: Callable[[], bool]
    """Whether this gateway stops: streams end then, so that browsers go to another."""
    env: Env

    async def visit(self, request: Request, *, whole: bool = False) -> Visit:
        """Who asks. `whole`: only who sees everything may. Raises `SignInNeeded`, `HTTPException`."""
        visit = await self.sign_in.visit(request)
        if whole and visit.viewer.projects is not None:
            raise HTTPException(403, "This page is for people who see every project.")
        return visit

    def page(self, name: str, visit: Visit, **facts: Any) -> HTMLResponse:
        """A template for somebody; `now` and `settings` are there in each."""
        return self.renderer.page(name, visit, now=self.console.now(), **facts)


def search(query: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The fields of a search form as one line of a search (`hermes.admin.views.wanted`): `not failed` becomes `-state:failed`."""
    line = [query.get("q", "").strip()]
    for name in names:
        value = query.get(name, "").strip()
        if value:
            negative = value.startswith("not ")
            word = value.removeprefix("not ")
            line.append(f"{'-' if negative else ''}{name}:" + (f'"{word}"' if " " in word else word))
    return " ".join(part for part in line if part)


def onward(request: Request, cursor: str | None) -> str | None:
    """The address of the next page of a list; None: there is none."""
    if cursor is None:
        return None
    kept = {name: value for name, value in request.query_params.items() if name != "cursor" and value}
    return f"{request.url.path}?{urllib.parse.urlencode(kept | {'cursor': cursor})}"
