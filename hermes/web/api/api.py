"""The API as an application of its own, to be mounted at `/api/v1`."""

from __future__ import annotations

from fastapi import FastAPI

from hermes import __version__
from hermes.web.api import acting, events, reading
from hermes.web.api.parts import ApiParts, errors_as_json

PATH = "/api/v1"


def application(parts: ApiParts) -> FastAPI:
    """The routes, their errors as JSON, and `/openapi.json`."""
    made = FastAPI(
        title="Hermes",
        version=__version__,
        description="What operators see and do. Every request carries `Authorization: Bearer TOKEN`.",
        docs_url=None,
        redoc_url=None,
    )
    made.state.access = parts.access
    errors_as_json(made)
    # Before the reading ones: `/replies/{id}/resend` is no reply's id.
    for routes in (acting.routes(parts), events.routes(parts), reading.routes(parts)):
        made.include_router(routes)
    return made
