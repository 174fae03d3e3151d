"""What commands cost, by client, project, person, agent and day; also as CSV."""

from __future__ import annotations

import datetime
import urllib.parse
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from hermes import errors
from hermes.admin.views import costs
from hermes.admin.views.costs import Cost
from hermes.web.parts import PageParts

#: Days that are shown unless others are asked for.
DAYS: Final = 30
_BY: Final = ("project", "person")


def routes(parts: PageParts) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    def asked(request: Request) -> tuple[str, str, tuple[str, ...]]:
        today = datetime.datetime.fromtimestamp(parts.console.now(), datetime.UTC).date()
        since = request.query_params.get("since") or (today - datetime.timedelta(days=DAYS - 1)).isoformat()
        until = request.query_params.get("until") or today.isoformat()
        return since, until, tuple(request.query_params.getlist("by")) or _BY

    @made.get("/costs")
    async def show(request: Request) -> HTMLResponse:
        visit = await parts.visit(request)
        since, until, by = asked(request)
        rows: tuple[Cost, ...] = ()
        said = ""
        try:
            rows = await costs.costs(parts.console, visit.viewer, since=since, until=until, by=by)
        except errors.BadQuery as error:
            said = error.message
        query = urllib.parse.urlencode([("since", since), ("until", until), *(("by", name) for name in by)])
        facts = {"rows": rows, "since": since, "until": until, "by": by, "names": costs.BY, "query": query}
        return parts.page("costs.html", visit, status=400 if said else 200, here="/costs", said=said, **facts)

    @made.get("/costs.csv")
    async def download(request: Request) -> Response:
        visit = await parts.visit(request)
        since, until, by = asked(request)
        rows = await costs.costs(parts.console, visit.viewer, since=since, until=until, by=by)
        name = f'attachment; filename="hermes-costs-{since}-{until}.csv"'
        return Response(costs.as_csv(rows), media_type="text/csv; charset=utf-8", headers={"content-disposition": name})

    return made
