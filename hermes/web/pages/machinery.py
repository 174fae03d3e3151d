"""What operators look after: workers, dead letters, projects with their settings, and the audit."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hermes.admin.views import audit, dead_letters, projects, workers
from hermes.web.pages import lists
from hermes.web.pages.lists import ListQuery, ListRows
from hermes.web.parts import PageParts


def routes(parts: PageParts) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    @made.get("/workers")
    async def show_workers(request: Request) -> HTMLResponse:
        visit = await parts.visit(request)
        gone = bool(request.query_params.get("gone"))
        rows = await workers.workers(parts.console, visit.viewer, gone=gone)
        return parts.page("workers.html", visit, here="/workers", rows=rows, gone=gone)

    @made.get("/dead-letters")
    async def show_dead_letters(request: Request) -> HTMLResponse:
        visit = await parts.visit(request, whole=True)

        async def look(asked: ListQuery) -> ListRows:
            return ListRows(await dead_letters.dead_letters(parts.console, asked.wanted))

        return await lists.answer(parts, request, visit, "dead_letters.html", states=dead_letters.QUEUES, look=look)

    @made.get("/projects")
    async def show_projects(request: Request) -> HTMLResponse:
        visit = await parts.visit(request)
        return parts.page("projects.html", visit, here="/projects", rows=projects.projects(parts.console, visit.viewer))

    @made.get("/audit")
    async def show_audit(request: Request) -> HTMLResponse:
        visit = await parts.visit(request)

        async def look(asked: ListQuery) -> ListRows:
            found = await audit.audit(parts.console, visit.viewer, asked.wanted, cursor=asked.cursor)
            return ListRows(found.rows, found.cursor)

        return await lists.answer(parts, request, visit, "audit.html", states=audit.STATES, look=look)

    return made
