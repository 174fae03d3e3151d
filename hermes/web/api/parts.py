"""What the routes of the API stand on, and how its errors are told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.live import LiveFeed
from hermes.admin.viewer import Viewer
from hermes.admin.views.page import PAGE_MOST, PAGE_ROWS
from hermes.domain.env import Env
from hermes.web.api.access import TokenAccess

#: Error → the status that tells it. The first that fits.
_STATUS: Final[tuple[tuple[type[errors.HermesError], int], ...]] = (
    (errors.BadQuery, 400),
    (errors.NotFound, 404),
    (errors.NotAllowed, 403),
    (errors.NotPossible, 409),
    (errors.Permanent, 409),
    (errors.Transient, 503),
    (errors.ConditionFailed, 409),
)

SearchText = Annotated[
    str, Query(description="A search, as `hermes threads --filter` takes it: words, state:failed, -project:…, since:7d")
]
CursorText = Annotated[str | None, Query(description="Of the page before")]
MostRows = Annotated[int, Query(ge=1, le=PAGE_MOST)]
ROWS: Final = PAGE_ROWS


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ApiParts:
    """Handed to the routes."""

    console: Console
    access: TokenAccess
    feed: LiveFeed
    stopping: Callable[[], bool]
    """Whether this gateway stops: streams end then, so that clients go to another."""
    env: Env


def caller(request: HTTPConnection) -> Viewer:
    """Who asks, by the token. Raises `HTTPException`."""
    access: TokenAccess = request.app.state.access
    return access(request)


Who = Annotated[Viewer, Depends(caller)]


class ActionReason(BaseModel):
    """The body of an action."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500, description="Why, for the audit")


class ActionDone(BaseModel):
    """What came of an action."""

    subject: str
    done: bool
    text: str


def errors_as_json(app: FastAPI) -> None:
    """Answer Hermes' errors with a status and `{"detail": sentence}`."""

    async def told(_: Request, error: Exception) -> JSONResponse:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        message: Any = error.message if isinstance(error, errors.HermesError) else "an error in Hermes"
        if isinstance(error, errors.Transient):
            return JSONResponse({"detail": "a service did not answer; try again"}, 503, headers={"Retry-After": "2"})
        return JSONResponse({"detail": message}, status_code=status)

    app.add_exception_handler(errors.HermesError, told)
