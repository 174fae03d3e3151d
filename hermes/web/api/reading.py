"""The routes that read."""

from __future__ import annotations

import dataclasses
import time
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from hermes.admin.actions import holds
from hermes.admin.actions.commands import find
from hermes.admin.views import (
    audit,
    commands,
    costs,
    dead_letters,
    logs,
    mailbox,
    mails,
    now,
    projects,
    replies,
    thread,
    threads,
    workers,
)
from hermes.admin.views import wanted as searching
from hermes.admin.views.commands import CommandView
from hermes.admin.views.costs import Cost
from hermes.admin.views.dead_letters import DeadLetter
from hermes.admin.views.logs import LogPiece, WholeLog
from hermes.admin.views.mails import MailRow, MailView
from hermes.admin.views.now import Now
from hermes.admin.views.page import Page
from hermes.admin.views.projects import ProjectView
from hermes.admin.views.replies import ReplyRow, ReplyView
from hermes.admin.views.thread import Thread
from hermes.admin.views.threads import ThreadRow
from hermes.admin.views.wanted import Wanted
from hermes.admin.views.workers import Worker
from hermes.aws.records.costs import day_of
from hermes.domain.operating.audit import AuditRow
from hermes.domain.operating.holds import Holds
from hermes.web.api.parts import ROWS, ApiParts, CursorText, MostRows, SearchText, Who


def routes(parts: ApiParts) -> APIRouter:
    """`GET /now`, `/threads`, `/threads/{id}`, `/commands/{id}`, …"""
    made = APIRouter(tags=["read"])
    console = parts.console

    def search(text: str, states: tuple[str, ...] = ()) -> Wanted:
        return searching.parse(text, now=console.now(), states=states)

    @made.get("/now")
    async def this_moment(who: Who) -> Now:
        """What runs, waits and is being stopped; queues, workers, shares, today's cost."""
        return await now.now(console, who)

    @made.get("/threads")
    async def list_threads(
        who: Who, q: SearchText = "", cursor: CursorText = None, most: MostRows = ROWS
    ) -> Page[ThreadRow]:
        """Threads by their newest mail."""
        return await threads.threads(console, who, search(q, threads.STATES), cursor=cursor, most=most)

    @made.get("/threads/{session_id}")
    async def one_thread(who: Who, session_id: str) -> Thread:
        """One thread as a timeline."""
        return await thread.thread(console, who, session_id)

    @made.get("/commands/{command_id}")
    async def one_command(who: Who, command_id: str) -> CommandView:
        """One command."""
        return commands.view(await find(console, who, command_id))

    @made.get("/commands/{command_id}/log")
    async def follow_log(who: Who, command_id: str, after: str = "") -> LogPiece:
        """What is new of a command's output; give `after` of the answer with the next question, until `ended`."""
        return await logs.follow(console, who, command_id, after=after)

    @made.get("/commands/{command_id}/log/whole")
    async def whole_log(who: Who, command_id: str) -> WholeLog:
        """The whole output of an ended command."""
        return await logs.whole(console, who, command_id)

    @made.get("/mails")
    async def list_mails(
        who: Who, q: SearchText = "", cursor: CursorText = None, most: MostRows = ROWS
    ) -> Page[MailRow]:
        """Mails, newest first; `state:` is the outcome. Before the first page's come those that wait in a mailbox."""
        wanted = search(q, mails.STATES)
        found = await mails.mails(console, who, wanted, cursor=cursor, most=most)
        waiting = () if cursor else await mailbox.rows(console, who, wanted)
        return dataclasses.replace(found, rows=(*waiting, *found.rows))

    @made.get("/mails/{mail_id}")
    async def one_mail(who: Who, mail_id: str) -> MailView:
        """One mail, read."""
        return await mails.mail(console, who, mail_id)

    @made.get("/replies")
    async def list_replies(
        who: Who, q: SearchText = "", cursor: CursorText = None, most: MostRows = ROWS
    ) -> Page[ReplyRow]:
        """Replies, newest first: who has no answer, and why."""
        return await replies.replies(console, who, search(q, replies.STATES), cursor=cursor, most=most)

    @made.get("/replies/{reply_id:path}")
    async def one_reply(who: Who, reply_id: str) -> ReplyView:
        """One reply as it was sent; its id has a #, which is %23 in an address."""
        return await replies.reply(console, who, reply_id)

    @made.get("/workers")
    async def list_workers(who: Who, gone: bool = False) -> tuple[Worker, ...]:
        """Workers, newest first; `gone`: also those that ended."""
        return await workers.workers(console, who, gone=gone)

    @made.get("/costs", response_model=list[Cost])
    async def sum_costs(
        who: Who,
        since: str = "",
        until: str = "",
        by: Annotated[str, Query(description="client, project, person, agent, day; several with commas")] = ",".join(
            costs.BY
        ),
        format: Literal["json", "csv"] = "json",
    ) -> list[Cost] | PlainTextResponse:
        """What was spent from one day to another (UTC; without them: the last 30 days)."""
        at = console.now()
        found = await costs.costs(
            console,
            who,
            since=since or day_of(at - 30 * 86400),
            until=until or day_of(at),
            by=tuple(filter(None, by.split(","))),
        )
        if format == "csv":
            name = time.strftime("hermes-costs-%Y-%m-%d.csv", time.gmtime(at))
            disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
            return PlainTextResponse(costs.as_csv(found), media_type="text/csv; charset=utf-8", headers=disposition)
        return list(found)

    @made.get("/audit")
    async def list_audit(
        who: Who, q: SearchText = "", cursor: CursorText = None, most: MostRows = ROWS
    ) -> Page[AuditRow]:
        """What operators did, newest first; `state:` is the action."""
        return await audit.audit(console, who, search(q, audit.STATES), cursor=cursor, most=most)

    @made.get("/dead-letters")
    async def list_dead_letters(who: Who, q: SearchText = "", most: MostRows = ROWS) -> tuple[DeadLetter, ...]:
        """Dead letters and parked results, oldest first; for those who see everything."""
        if not who.sees_all:
            return ()
        return await dead_letters.dead_letters(console, search(q, dead_letters.QUEUES), most=most)

    @made.get("/projects")
    async def list_projects(who: Who) -> tuple[ProjectView, ...]:
        """Projects with their settings as they were read; secrets are hidden."""
        return projects.projects(console, who)

    @made.get("/holds")
    async def list_holds(who: Who) -> Holds:
        """What is paused, and who is blocked."""
        return await holds.held(console, who)

    return made
