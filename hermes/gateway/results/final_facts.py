"""The facts of a command's final reply: the result, and what the records around it say of who stopped what for whom."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Final, Literal

from hermes import errors, limits
from hermes.aws.records.stores import Stores
from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.decisions import unstarted
from hermes.domain.decisions.people import People
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptReason, ResourceLimit, is_operator
from hermes.domain.mails import MailRecord
from hermes.domain.publishing.approvals import Approval
from hermes.domain.reply_facts import (
    Cause,
    Done,
    DoneKind,
    KeptWork,
    PolicyNote,
    ReplyKind,
    Report,
    RequestFacts,
    Stopped,
    StoppedKind,
    Superseded,
)
from hermes.domain.sessions import Session
from hermes.gateway.commands.precedence import Precedence
from hermes.gateway.replies import shown_files
from hermes.mail.authenticate.object_links import ObjectLinks

#: Older messages that a reply names as stopped or put aside.
REPLY_SUPERSEDED: Final = 5
#: A link to a log is valid for this long, the most that a presigned link can be.
LOG_LINK_SECONDS: Final = 7 * 24 * 3600
#: Commands before a question among which the newest link to its work is looked for.
_LOOKED_AT: Final = 20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The records around a command that ends."""

    session: Session | None
    aside: Sequence[Command]
    """The commands put aside for it."""
    newer: Command | None
    """The command that stopped it."""
    stopper: MailRecord | None
    """The mail that stopped it."""
    approval: Approval | None = None
    """The approval that its thread waits for."""
    stop_author: str = ""
    """Who sent the `stop`, where its mail is not known: its process died before the interrupt."""

    @property
    def also(self) -> tuple[str, ...]:
        """Who is told beside the author, whoever else is: who stopped it."""
        author = self.stopper.author if self.stopper is not None else self.stop_author
        return (author,) if author else ()


class FinalFacts:
    """Reads them."""

    def __init__(
        self, *, stores: Stores, people: People, precedence: Precedence, links: ObjectLinks | None = None, env: Env
    ) -> None:
        """`links`: those of our own web; None: it is not configured."""
        self._commands = stores.commands
        self._sessions = stores.sessions
        self._objects = stores.objects
        self._approvals = stores.approvals
        self._people = people
        self._precedence = precedence
        self._links = links
        self._env = env

    async def _aside(self, command: Command) -> Sequence[Command]:
        """The commands put aside for it, for its reply; none if they cannot be read now, since the end of a command does not wait."""
        try:
            return await self._precedence.waiting_for(command)
        except errors.Transient:
            return ()

    async def around(self, command: Command, result: wire.ResultMessage) -> Around:
        """What the reply tells beside the result."""
        why = command.interruption
        by = why.interrupted_by if why is not None else result.interrupted_by
        by = None if is_operator(by) else by
        newer = await self._commands.get(by) if by else None
        stopper = await self._sessions.mail(by) if by and newer is None else None
        session, aside = await asyncio.gather(self._session(command.session_id), self._aside(command))
        reason = why.reason if why is not None else result.interrupt_reason
        # Only the watermark was left of the stop.
        lost = why is not None and why.interrupted_by is None and reason is InterruptReason.USER_CANCELLED
        return Around(
            session=session,
            stop_author=session.stop_author
            if lost and session is not None and session.interrupt_upto > command.seq
            else "",
            approval=await self._approval(session),
            aside=aside,
            newer=newer,
            stopper=stopper,
        )

    async def _session(self, session_id: str) -> Session | None:
        """The session; None where its record cannot be read by this version: the author is answered all the same."""
        try:
            return await self._sessions.get(session_id)
        except errors.UnknownRecord:
            return None

    async def _approval(self, session: Session | None) -> Approval | None:
        """The approval that a thread waits for; None if it cannot be read now."""
        if session is None or session.approval is None:
            return None
        try:
            found = await self._approvals.get(session.approval)
        except errors.Transient:
            return None
        return found if found is not None and found.waits else None

    def _other(self, command: Command, author: str | None, name: str) -> str:
        """The name of who did something to a command; empty if it was its own author."""
        if not author or self._people.same(author, command.origin.author):
            return ""
        return name or author

    async def of(
        self, command: Command, result: wire.ResultMessage, kind: DoneKind | StoppedKind, around: Around
    ) -> Done | Stopped:
        """The facts of the reply."""
        older = [await self._superseded(command, command.supersedes)] if command.supersedes else []
        older += [Superseded(instruction=other.title, aside=True) for other in around.aside]
        request = RequestFacts(
            instruction=command.title,
            policy=PolicyNote.of(command),
            superseded=tuple(older[:REPLY_SUPERSEDED]),
            restarts=command.attempt - 1 - command.preempted,
            put_aside=command.let_go > 0 and command.rank is not None,
            attachments=tuple(ref.name for ref in command.context.attachments),
        )
        work = unstarted.work(command) if result.never_started else KeptWork.of(result)
        if kind is ReplyKind.PUBLISHED or kind is ReplyKind.TAKEN_BACK:
            return published(command, result, kind, request, work)
        if kind is ReplyKind.SUCCEEDED or kind is ReplyKind.NOTHING_CHANGED or kind is ReplyKind.ANSWERED:
            shown = await self._shown(command.session_id) if kind is ReplyKind.ANSWERED else ""
            files = await shown_files.of_result(self._objects, command.session_id, result)
            report = Report.of(result, branch=command.context.branch, preview_url=shown, files=files)
            before = around.approval is not None and around.approval.commit != result.git_commit
            can = (
                kind is ReplyKind.SUCCEEDED
                and command.context.live is not None
                and not (result.undone or result.failed_checks)
            )
            return Done(
                kind=kind, request=request, work=work, report=report, can_go_live=can, asked_before=can and before
            )
        log_url = ""
        # A presigned link opens any key, so only a log of this session gets one.
        if result.log_key and result.log_key.startswith(f"logs/{command.session_id}/"):
            log_url = await self._link(result.log_key)
        own = command.context.branch if command.context.publishing is None else ""
        report = Report.of(result, branch=own, log_url=log_url)
        cause = self._cause(command, result, around) if result.interrupted or result.timed_out else None
        return Stopped(kind=kind, request=request, work=work, report=report, cause=cause)

    async def _link(self, key: str) -> str:
        """A link for a mail that may be read next week; empty where none would last."""
        if self._links is not None:
            return self._links.link(key, until=self._env.now() + limits.KEEP_SECONDS)
        return await self._objects.link(key, seconds=LOG_LINK_SECONDS) if self._objects.links_last else ""

    async def _shown(self, session_id: str) -> str:
        """Where the newest work of a session can be seen, for the answer to a question; empty if nowhere, or if that cannot be read now."""
        try:
            before = await self._commands.of_session(session_id, most=_LOOKED_AT)
        except errors.Transient:
            return ""
        links = (one.result.preview_url for one in before if one.result is not None and one.result.success)
        return next((link for link in links if link), "")

    def _cause(self, command: Command, result: wire.ResultMessage, around: Around) -> Cause:
        """Why it was stopped, by the record, or else by the worker, which may have known first."""
        why = command.interruption
        reason = why.reason if why is not None else result.interrupt_reason
        by = why.interrupted_by if why is not None else result.interrupted_by
        reason = InterruptReason.CUSTOM if is_operator(by) else reason
        newer, stopper = around.newer, around.stopper
        who = self._other(command, newer.origin.author, newer.origin.name) if newer is not None else ""
        if stopper is not None:
            who = self._other(command, stopper.author, stopper.author_name)
        elif around.stop_author:
            who = self._other(command, around.stop_author, "")
        return Cause(
            reason=reason or InterruptReason.CUSTOM,
            newer=newer.title if newer is not None else "",
            who=who,
            by_person=newer is not None or bool(around.also),
            elsewhere=newer is not None and newer.session_id != command.session_id,
            limit=next((limit for limit in ResourceLimit if limit == by), None),
        )

    async def _superseded(self, command: Command, command_id: str) -> Superseded:
        """The command that this one stopped, and where its work is."""
        older = await self._commands.get(command_id)
        if older is None:
            return Superseded()
        return Superseded(
            instruction=older.title,
            work=KeptWork.of(older.result) if older.result else None,
            whose=self._other(command, older.origin.author, older.origin.name),
        )


def published(
    command: Command,
    result: wire.ResultMessage,
    kind: Literal[ReplyKind.PUBLISHED, ReplyKind.TAKEN_BACK],
    request: RequestFacts,
    work: KeptWork,
) -> Done:
    """The facts of what went live, or back: named by the request for the change, not by the yes to it."""
    plan = command.context.publishing
    names = tuple(one.name or one.email for one in plan.approved_by) if plan is not None else ()
    return Done(
        kind=kind,
        request=dataclasses.replace(request, instruction=""),
        work=work,
        report=Report.of(result),
        title=plan.title if plan is not None else "",
        approved_by=names,
    )
