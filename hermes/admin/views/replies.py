"""Replies as operators see them: who has no answer and why, and one reply as it was sent."""

from __future__ import annotations

import contextlib
import dataclasses
import email
import email.message
import email.policy
from collections.abc import Sequence
from typing import Final

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views import page
from hermes.admin.views.mails import AttachmentView
from hermes.admin.views.page import Page
from hermes.admin.views.wanted import EVERYTHING, Wanted
from hermes.aws import items
from hermes.aws.records import newest_first
from hermes.aws.records.newest_first import Index, Row
from hermes.domain.replies import Reply, ReplyState
from hermes.gateway.replies import shown_files
from hermes.mail.parse import inline_pictures

#: What `state:` may say in the list of replies.
STATES: Final = tuple(state.value for state in ReplyState)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """One reply of the list."""

    reply_id: str
    kind: str
    """`final`, `refusal`, `still_starting`, …"""
    project: str | None
    """`client/project`."""
    person: str
    """To whom."""
    state: str
    """`pending`, `sent`, `failed` or `bounced`."""
    why: str
    """Why they have no answer: the mail server's words, or what it waits for; empty where it was sent."""
    session_id: str | None
    command_id: str | None
    mail_id: str | None
    attempts: int
    created_at: float
    sent_at: float | None
    due: float | None
    """The next try; None: there is none."""
    in_hand: bool = False
    """A gateway is sending it now."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """One reply as it was sent."""

    row: ReplyRow
    subject: str
    sender: str
    text: str
    """The plain text."""
    html: str
    """The HTML, as the person gets it; empty: it has none. It holds text of people and agents: show it in a sandbox only."""
    attachments: tuple[AttachmentView, ...] = ()


async def replies(
    console: Console,
    viewer: Viewer,
    wanted: Wanted = EVERYTHING,
    *,
    cursor: str | None = None,
    most: int = page.PAGE_ROWS,
) -> Page[ReplyRow]:
    """Replies, newest first. Raises `errors.BadQuery`. Words are looked for in the server's words and the kind."""
    states = [one for one in STATES if wanted.state.admit(one)]
    index = Index(
        table=console.stores.outbox.table,
        name="by_state",
        partition="state",
        values=states,
        sort="created_at",
        key="reply_id",
    )
    before = page.begin(cursor)

    async def make(rows: Sequence[Row]) -> list[ReplyRow | None]:
        made = [_row(row) for row in rows]
        return [
            one
            if viewer.sees(one.project)
            and wanted.admits(
                project=one.project, person=one.person, subject=f"{one.kind} {one.why}", at=one.created_at
            )
            else None
            for one in made
        ]

    async with contextlib.aclosing(newest_first.walk(console.stores.tables, index, before=before, chunk=most)) as found:
        return await page.fill(found, index, most=min(most, page.PAGE_MOST), before=before, make=make)


async def reply(console: Console, viewer: Viewer, reply_id: str) -> ReplyView:
    """One reply. Raises `errors.NotFound`."""
    found = await console.stores.outbox.get(reply_id)
    if found is None:
        raise errors.NotFound(f"there is no reply {reply_id}")
    viewer.require(found.scope, f"reply {reply_id}")
    with contextlib.suppress(errors.Transient):  # then without its pictures
        found = found.model_copy(update={"raw": await shown_files.whole(console.stores.objects, found)})
    return view(found)


async def records(console: Console, reply_ids: Sequence[str]) -> dict[str, Reply]:
    """The whole records of some replies, by their ids."""
    keys = [(console.stores.outbox.table, {"reply_id": reply_id}) for reply_id in reply_ids]
    found: list[Reply] = []
    for begin in range(0, len(keys), 25):  # a reply may be large
        found += items.known(Reply, filter(None, await console.stores.tables.get_many(keys[begin : begin + 25])))
    return {one.reply_id: one for one in found}


async def of_session(console: Console, session_id: str, *, most: int = 100) -> list[ReplyView]:
    """The newest replies of a session, oldest first."""
    table = console.stores.outbox.table
    found = await console.stores.tables.query(
        table, index="by_session", partition=("session_id", session_id), most=most, forward=False
    )
    whole = await records(console, [str(items.plain(item["reply_id"])) for item in found])
    return [view(record) for record in sorted(whole.values(), key=lambda record: record.created_at)]


def row_of(record: Reply) -> ReplyRow:
    """A record as a row of the list."""
    return _row(record.model_dump(mode="python", exclude={"raw"}))


def view(record: Reply) -> ReplyView:
    """A record as a view."""
    parsed = email.message_from_bytes(record.raw, policy=email.policy.default)
    text, html, files = "", "", []
    for part in parsed.walk():
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name or part.get_content_maintype() != "text":
            size = len(part.get_payload(decode=True) or b"")
            files.append(AttachmentView(name=name or "", content_type=part.get_content_type(), size=size))
        elif part.get_content_subtype() == "html":
            html = html or _text(part)
        else:
            text = text or _text(part)
    return ReplyView(
        row=row_of(record),
        subject=str(parsed.get("subject", "")),
        sender=str(parsed.get("from", record.sender)),
        text=text,
        html=inline_pictures.shown(html, parsed),
        attachments=tuple(files),
    )


def _text(part: email.message.Message) -> str:
    raw = part.get_payload(decode=True)
    return raw.decode(part.get_content_charset("utf-8"), "replace") if isinstance(raw, bytes) else ""


def _row(row: Row) -> ReplyRow:
    state = str(row["state"])
    why = str(row.get("error", ""))
    if state == ReplyState.PENDING and not why:
        why = "it is being sent"
    return ReplyRow(
        reply_id=str(row["reply_id"]),
        kind=str(row.get("kind", "")),
        project=row.get("scope"),
        person=str(row.get("recipient", "")),
        state=state,
        why="" if state == ReplyState.SENT else why,
        session_id=row.get("session_id"),
        command_id=row.get("command_id"),
        mail_id=row.get("mail_id"),
        attempts=int(row.get("attempts", 0)),
        created_at=float(row["created_at"]),
        sent_at=row.get("sent_at"),
        due=row.get("due"),
        in_hand=state == ReplyState.PENDING and (bool(row.get("lease_token")) or not row.get("error")),
    )
