"""The short links in mails: each leads to a presigned link that is made when it is opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from hermes import errors
from hermes.domain.env import Env
from hermes.mail.authenticate.object_links import PATH, ObjectLinks

#: The presigned link is followed at once.
SECONDS: Final = 120
_HEADERS: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}


def routes(links: ObjectLinks, presigned: Callable[[str, int], Awaitable[str]], env: Env) -> APIRouter:
    """The route. Opening a link changes nothing, whoever opens it: mail scanners do."""
    made = APIRouter(include_in_schema=False)

    @made.get(f"{PATH}{{token}}")
    async def opened(token: str) -> Response:
        name = links.read(token, now=env.now())
        if name is None:
            return PlainTextResponse("This link is not valid, or too old.", status_code=404, headers=_HEADERS)
        try:
            there = await presigned(name, SECONDS)
        except errors.HermesError:
            text = "This cannot be shown just now. Please try again in some minutes."
            return PlainTextResponse(text, status_code=503, headers={**_HEADERS, "retry-after": "60"})
        return RedirectResponse(there, status_code=302, headers=_HEADERS)

    return made
