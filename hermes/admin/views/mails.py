"""Mails as operators see them: the list of outcomes, and one mail with how it is read."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views import page
from hermes.admin.views.page import Page
from hermes.admin.views.wanted import EVERYTHING, Wanted
from hermes.aws import items
from hermes.aws.records import newest_first
from hermes.aws.records.newest_first import Index, Row
from hermes.domain import idn
from hermes.domain.mails import MailRecord, Outcome
from hermes.mail.authenticate import token
from hermes.mail.read import reading

#: What `state:` may say in the list of mails.
STATES: Final = tuple(outcome.value for outcome in Outcome)
#: A larger mail is shown without its text: reading it would hold up whoever else looks.
READ_BYTES: Final = 256 * 1024


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """One mail of the list."""

    mail_id: str
    project: str | None
    """`client/project` of the address that it came to; None: of no project that is configured."""
    person: str | None
    """Its author."""
    recipient: str
    subject: str
    outcome: str
    """`command`, `control`, `refused`, `ignored`, `failed`, or `waiting` in a mailbox."""
    reason: str
    session_id: str | None
    command_id: str | None
    reply_id: str | None
    received_at: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """A file that came with a mail."""

    name: str
    content_type: str
    size: int
    """Bytes."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """One mail with the reasons for what became of it."""

    row: MailRow
    trace: tuple[str, ...]
    """Why this session: each key that was tried and what it gave."""
    ingress: str
    message_id: str | None
    read: bool = False
    """Whether the fields below are filled: the raw mail is kept and not too large. They are how this version reads it."""
    text: str = ""
    """The new text."""
    quoted: str = ""
    signature: str = ""
    forwarded: str = ""
    confidence: float = 0.0
    """That the new text is what is new, from 0 to 1."""
    intent: str | None = None
    intent_reason: str = ""
    """Why this intent."""
    machine: str | None = None
    """The kind of machine that wrote it, and why it is taken for one."""
    refusal: str | None = None
    """Why its form alone refuses it."""
    attachments: tuple[AttachmentView, ...] = ()


async def mails(
    console: Console,
    viewer: Viewer,
    wanted: Wanted = EVERYTHING,
    *,
    cursor: str | None = None,
    most: int = page.PAGE_ROWS,
) -> Page[MailRow]:
    """Recorded mails, newest first; `state:` is the outcome. Those that wait in a mailbox are in `mailbox`. Raises `errors.BadQuery`."""
    outcomes = [one for one in STATES if one != Outcome.WAITING and wanted.state.admit(one)]
    index = Index(
        table=console.stores.sessions.mails,
        name="by_outcome",
        partition="outcome",
        values=outcomes,
        sort="received_at",
        key="mail_id",
    )
    before = page.begin(cursor)
    projects = addresses(console)

    async def make(rows: Sequence[Row]) -> list[MailRow | None]:
        made = [_row(row, projects) for row in rows]
        return [
            one
            if viewer.sees(one.project)
            and wanted.admits(project=one.project, person=one.person, subject=one.subject, at=one.received_at)
            else None
            for one in made
        ]

    async with contextlib.aclosing(newest_first.walk(console.stores.tables, index, before=before, chunk=most)) as found:
        return await page.fill(found, index, most=min(most, page.PAGE_MOST), before=before, make=make)


async def mail(console: Console, viewer: Viewer, mail_id: str) -> MailView:
    """One mail, read. Raises `errors.NotFound`."""
    record = await console.stores.sessions.mail(mail_id)
    if record is None:
        raise errors.NotFound(f"there is no mail {mail_id}")
    row = row_of(record, addresses(console))
    viewer.require(row.project, f"mail {mail_id}")
    return await view(console, record, row)


async def records(console: Console, mail_ids: Sequence[str]) -> dict[str, MailRecord]:
    """The whole records of some mails, by their ids."""
    table = console.stores.sessions.mails
    keys = [(table, {"mail_id": mail_id}) for mail_id in mail_ids]
    found: list[MailRecord] = []
    for begin in range(0, len(keys), 100):
        found += items.known(MailRecord, filter(None, await console.stores.tables.get_many(keys[begin : begin + 100])))
    return {one.mail_id: one for one in found}


async def of_session(console: Console, session_id: str, *, most: int = 200) -> list[MailRecord]:
    """The newest mails of a session, oldest first."""
    table = console.stores.sessions.mails
    found = await console.stores.tables.query(
        table, index="by_session", partition=("session_id", session_id), most=most, forward=False
    )
    whole = await records(console, [str(items.plain(item["mail_id"])) for item in found])
    return sorted(whole.values(), key=lambda record: record.received_at)


async def view(console: Console, record: MailRecord, row: MailRow) -> MailView:
    """A record as a view, with the raw mail read where that is kept and small."""
    plain = MailView(row=row, trace=record.trace, ingress=record.ingress, message_id=record.message_id)
    try:
        raw, size = await console.stores.objects.beginning(record.key, bucket=record.bucket, most=READ_BYTES)
    except errors.HermesError:
        return plain  # it has expired, or cannot be read now
    if size > READ_BYTES:
        return plain
    found = await asyncio.to_thread(reading.read, raw)
    newest, asked, machine = found.newest, found.instruction, found.machine
    return dataclasses.replace(
        plain,
        read=True,
        text=newest.text if newest else "",
        quoted=newest.quoted if newest else "",
        signature=newest.signature if newest else "",
        forwarded=newest.forwarded if newest else "",
        confidence=newest.confidence if newest else 0.0,
        intent=asked.intent.value if asked else None,
        intent_reason=asked.why if asked else "",
        machine=f"{machine.kind.value}: {machine.reason}" if machine else None,
        refusal=f"{found.refusal.value}: {found.refusal_detail}" if found.refusal else None,
        attachments=tuple(
            AttachmentView(name=one.name, content_type=one.content_type, size=len(one.content))
            for one in (found.mail.attachments if found.mail else ())
        ),
    )


def addresses(console: Console) -> Mapping[str, str]:
    """The projects by their addresses."""
    return {idn.mailbox(address): one.name for one in console.settings().projects for address in one.addresses}


def row_of(record: MailRecord, projects: Mapping[str, str]) -> MailRow:
    """A record as a row of the list."""
    return _row(record.model_dump(mode="json"), projects)


def project_of(recipient: str, projects: Mapping[str, str]) -> str | None:
    """The project of an address of ours, also of one with a token in it."""
    with contextlib.suppress(ValueError):
        return projects.get(idn.mailbox(token.read(recipient)[0]))
    return None


def _row(row: Row, projects: Mapping[str, str]) -> MailRow:
    return MailRow(
        mail_id=str(row["mail_id"]),
        project=project_of(str(row.get("recipient", "")), projects),
        person=row.get("author"),
        recipient=str(row.get("recipient", "")),
        subject=str(row.get("subject", "")),
        outcome=str(row["outcome"]),
        reason=str(row.get("reason", "")),
        session_id=row.get("session_id"),
        command_id=row.get("command_id"),
        reply_id=row.get("reply_id"),
        received_at=float(row["received_at"]),
    )
