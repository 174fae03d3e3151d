"""One thread as a timeline: its mails, commands and replies in the order in which they happened."""

from __future__ import annotations

import asyncio
import dataclasses

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views import commands, mails, replies
from hermes.admin.views.commands import CommandView
from hermes.admin.views.mails import MailView
from hermes.admin.views.replies import ReplyView
from hermes.admin.views.threads import NO_COMMAND, ThreadRow

#: Mails of a thread that are read for its page, the newest; older ones have what the record has.
_READ = 20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ThreadEvent:
    """One line of the timeline. Exactly one of `mail`, `command` and `reply` is set; `what` says what happened to it."""

    at: float
    """Epoch seconds."""
    what: str
    """`mail`, `accepted`, `started`, `interrupting`, `succeeded` and so on, `reply`."""
    detail: str = ""
    mail: str | None = None
    """Id of one of `Thread.mails`."""
    command: str | None = None
    """Id of one of `Thread.commands`."""
    reply: str | None = None
    """Id of one of `Thread.replies`."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One thread, whole."""

    row: ThreadRow
    participants: tuple[str, ...]
    address: str
    """Ours in this thread."""
    branch: str
    container_key: str
    policy: str | None
    """The policy that a mail set for the thread; None: the project's."""
    created_at: float
    mails: tuple[MailView, ...]
    """Oldest first."""
    commands: tuple[CommandView, ...]
    """Oldest first."""
    replies: tuple[ReplyView, ...]
    """Oldest first."""
    timeline: tuple[ThreadEvent, ...]
    """Oldest first."""
    cost_usd: float
    """Of all its commands."""


async def thread(console: Console, viewer: Viewer, session_id: str) -> Thread:
    """One thread: its newest 50 commands, 200 mails and 100 replies. Raises `errors.NotFound`."""
    session = await console.stores.sessions.get(session_id)
    if session is None:
        raise errors.NotFound(f"there is no thread {session_id}")
    project = f"{session.client}/{session.project}"
    viewer.require(project, f"thread {session_id}")
    records, ran, sent = await asyncio.gather(
        mails.of_session(console, session_id),
        console.stores.commands.of_session(session_id),
        replies.of_session(console, session_id),
    )
    addresses = mails.addresses(console)
    came = [
        await mails.view(console, record, mails.row_of(record, addresses))
        if number >= len(records) - _READ
        else MailView(
            row=mails.row_of(record, addresses),
            trace=record.trace,
            ingress=record.ingress,
            message_id=record.message_id,
        )
        for number, record in enumerate(records)
    ]
    done = [commands.view(command) for command in reversed(ran)]
    head = next((one for one in reversed(done) if one.command_id == session.head), done[-1] if done else None)
    row = ThreadRow(
        session_id=session_id,
        project=project,
        person=session.owner,
        subject=session.subject,
        state=head.state if head else NO_COMMAND,
        head=session.head,
        title=head.title if head else "",
        updated_at=session.updated_at,
    )
    return Thread(
        row=row,
        participants=session.participants,
        address=session.address,
        branch=session.branch,
        container_key=session.container_key,
        policy=session.policy.value if session.policy else None,
        created_at=session.created_at,
        mails=tuple(came),
        commands=tuple(done),
        replies=tuple(sent),
        timeline=_timeline(came, done, sent),
        cost_usd=round(sum(one.cost_usd or 0.0 for one in done), 4),
    )


def _timeline(came: list[MailView], done: list[CommandView], sent: list[ReplyView]) -> tuple[ThreadEvent, ...]:
    moments = [
        ThreadEvent(at=one.row.received_at, what="mail", detail=one.row.outcome, mail=one.row.mail_id) for one in came
    ]
    moments += [
        ThreadEvent(at=entry.at, what=entry.what, detail=entry.detail, command=one.command_id)
        for one in done
        for entry in one.history
    ]
    moments += [
        ThreadEvent(
            at=one.row.sent_at or one.row.created_at, what="reply", detail=one.row.state, reply=one.row.reply_id
        )
        for one in sent
    ]
    return tuple(sorted(moments, key=lambda moment: moment.at))
