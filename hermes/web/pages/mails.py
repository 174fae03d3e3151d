"""The list of mails with what became of each, and one mail as it was read."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hermes.admin.views import mailbox, mails
from hermes.web.pages import lists
from hermes.web.pages.lists import ListQuery, ListRows
from hermes.web.parts import PageParts


def routes(parts: PageParts) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    @made.get("/mails")
    async def show_list(request: Request) -> HTMLResponse:
        visit = await parts.visit(request)

        async def look(asked: ListQuery) -> ListRows:
            found = await mails.mails(parts.console, visit.viewer, asked.wanted, cursor=asked.cursor)
            waiting = [] if asked.cursor else await mailbox.rows(parts.console, visit.viewer, asked.wanted)
            return ListRows([*waiting, *found.rows], found.cursor)

        return await lists.answer(parts, request, visit, "mails.html", states=mails.STATES, look=look)

    @made.get("/mails/{mail_id}")
    async def show(request: Request, mail_id: str) -> HTMLResponse:
        visit = await parts.visit(request)
        one = await mails.mail(parts.console, visit.viewer, mail_id)
        return parts.page("mail.html", visit, here="/mails", one=one)

    return made
