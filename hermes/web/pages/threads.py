"""The list of threads, and one thread as a timeline that moves by itself."""

from __future__ import annotations

import dataclasses

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from hermes.admin.viewer import Viewer
from hermes.admin.views import thread as thread_view
from hermes.admin.views import threads
from hermes.admin.views.commands import CommandView
from hermes.admin.views.mails import MailView
from hermes.admin.views.replies import ReplyView
from hermes.admin.views.thread import Thread
from hermes.web import charts
from hermes.web.charts import Chart
from hermes.web.live import LiveParts
from hermes.web.pages import lists
from hermes.web.pages.lists import ListQuery, ListRows
from hermes.web.parts import PageParts


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One card of the timeline: a mail, a reply, or a command with its chart."""

    at: float
    mail: MailView | None = None
    reply: ReplyView | None = None
    command: CommandView | None = None
    chart: Chart | None = None


def routes(parts: PageParts, live: LiveParts) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    @made.get("/threads")
    async def show_list(request: Request) -> HTMLResponse:
        visit = await parts.visit(request)

        async def look(asked: ListQuery) -> ListRows:
            found = await threads.threads(parts.console, visit.viewer, asked.wanted, cursor=asked.cursor)
            return ListRows(found.rows, found.cursor)

        return await lists.answer(parts, request, visit, "threads.html", states=threads.STATES, look=look)

    async def moving(viewer: Viewer, session_id: str) -> tuple[Thread, str]:
        found = await thread_view.thread(parts.console, viewer, session_id)
        now = parts.console.now()
        text = parts.renderer.text("thread_moving.html", thread=found, line=line(found, now), viewer=viewer, now=now)
        return found, text

    @made.get("/threads/{session_id}")
    async def show(request: Request, session_id: str) -> HTMLResponse:
        visit = await parts.visit(request)
        found, text = await moving(visit.viewer, session_id)
        return parts.page("thread.html", visit, here="/threads", thread=found, moving=text)

    @made.get("/events/threads/{session_id}")
    async def follow(request: Request, session_id: str) -> Response:
        viewer = (await parts.visit(request)).viewer
        await moving(viewer, session_id)  # what is not theirs to see is no stream either

        async def render() -> str:
            return (await moving(viewer, session_id))[1]

        return live.answer(("thread", session_id, viewer.projects, viewer.role), render)

    return made


def line(thread: Thread, now: float) -> list[TimelineItem]:
    """The cards in the order in which they happened."""
    items = [TimelineItem(at=one.row.received_at, mail=one) for one in thread.mails]
    items += [TimelineItem(at=one.accepted_at, command=one, chart=charts.of(one, now=now)) for one in thread.commands]
    items += [TimelineItem(at=one.row.sent_at or one.row.created_at, reply=one) for one in thread.replies]
    return sorted(items, key=lambda item: item.at)
