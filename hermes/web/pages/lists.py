"""What the pages of lists share: the fields of the search, the rows that are found, the way to the next page."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from hermes import errors
from hermes.admin.views import wanted
from hermes.admin.views.wanted import Wanted
from hermes.web.access.sign_in import Visit
from hermes.web.parts import PageParts, onward, search

_FIELDS = ("q", "project", "person", "state", "since", "cursor")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What a list is asked for."""

    wanted: Wanted
    cursor: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class ListRows:
    """The rows of one page of a list."""

    rows: Sequence[Any]
    cursor: str | None = None


async def answer(
    parts: PageParts,
    request: Request,
    visit: Visit,
    template: str,
    *,
    states: Sequence[str],
    look: Callable[[ListQuery], Awaitable[ListRows]],
) -> HTMLResponse:
    """A page of a list; a search that makes no sense is said on it."""
    query = request.query_params
    given = {name: query.get(name, "") for name in _FIELDS}
    given["line"] = search(given, ("project", "person", "state", "since"))
    found, said = ListRows(()), ""
    try:
        asked = wanted.parse(given["line"], now=parts.console.now(), states=states)
        found = await look(ListQuery(wanted=asked, cursor=given["cursor"] or None))
    except errors.BadQuery as error:
        said = error.message
    projects = sorted(one.name for one in parts.console.settings().projects if visit.viewer.sees(one.name))
    return parts.page(
        template,
        visit,
        status=400 if said else 200,
        here=request.url.path,
        rows=found.rows,
        onward=onward(request, found.cursor),
        said=said,
        given=given,
        states=states,
        projects=projects,
    )
