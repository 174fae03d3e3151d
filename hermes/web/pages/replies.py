"""The list of replies with who has no answer, and one reply as the person sees it."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from hermes.admin.views import replies
from hermes.web.access.guard import MAIL_POLICY
from hermes.web.pages import lists
from hermes.web.pages.lists import ListQuery, ListRows
from hermes.web.parts import PageParts


def routes(parts: PageParts) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    @made.get("/replies")
    async def show_list(request: Request) -> HTMLResponse:
        visit = await parts.visit(request)

        async def look(asked: ListQuery) -> ListRows:
            found = await replies.replies(parts.console, visit.viewer, asked.wanted, cursor=asked.cursor)
            return ListRows(found.rows, found.cursor)

        return await lists.answer(parts, request, visit, "replies.html", states=replies.STATES, look=look)

    @made.get("/replies/{reply_id}")
    async def show(request: Request, reply_id: str) -> HTMLResponse:
        visit = await parts.visit(request)
        one = await replies.reply(parts.console, visit.viewer, reply_id)
        return parts.page("reply.html", visit, here="/replies", one=one)

    @made.get("/replies/{reply_id}/html")
    async def frame(request: Request, reply_id: str) -> HTMLResponse:
        # It holds the words of people and agents: whatever opens it, it is a site of its own without scripts and network.
        visit = await parts.visit(request)
        one = await replies.reply(parts.console, visit.viewer, reply_id)
        if not one.html:
            raise HTTPException(404, "This reply has no HTML.")
        return HTMLResponse(one.html, headers={"content-security-policy": MAIL_POLICY})

    return made
