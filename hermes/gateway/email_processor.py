"""EmailProcessor: one mail becomes one recorded outcome, in one transaction.

Read and judge, find the session, place the command, commit; only then is anybody told. If the process dies before the transaction,
the pointer comes again; if it dies after it, the record shows that the mail was handled and the sweeper does what the record owes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from hermes import errors, ids, limits
from hermes.aws import commands as command_records
from hermes.aws import objects, sessions, tables
from hermes.domain.commands import Command
from hermes.domain.events import Emit, Event
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer
from hermes.domain.reach import Reach, nowhere
from hermes.domain.replies import Reply
from hermes.domain.sessions import Session
from hermes.gateway.admission import Admission, Judgement
from hermes.gateway.incoming import Incoming
from hermes.gateway.plan import Parts, Plan, Standing
from hermes.gateway.planner import Planner
from hermes.gateway.replies import ReplyWriter, Tokens, alias_key, is_alias
from hermes.mail import templates

#: Thread keys that are looked up beside the mail's own id and its record: BatchGetItem takes 100 keys.
_KEYS = 97
_UNHANDLED = "Your message could not be handled, because of an error on our side. Nothing was changed."
_UNHANDLED_HINT = "Whoever runs Hermes for you can see it. Please send it again later."


class Aftermath(Protocol):
    """Takes over what a committed transaction owes; the record owes it too, so nothing is lost if this is."""

    def accepted(self, command: Command, session: Session, superseded: Command | None) -> None:
        """A command is to be sent, and what it supersedes (recorded as interrupting) to be stopped."""

    def stopped(self, session: Session, by: str) -> None:
        """Everything of the session below its watermark is to be stopped; `by` is the mail that asked."""

    def reply(self, reply: Reply) -> None:
        """A row of the outbox is to be sent; its lease is ours."""


class EmailProcessor:
    """Handles one pointer at a time; any number may be under way."""

    def __init__(
        self,
        *,
        objects: objects.Objects,
        tables: tables.Tables,
        sessions: sessions.Sessions,
        commands: command_records.Commands,
        admission: Admission,
        planner: Planner,
        parts: Parts,
        writer: ReplyWriter,
        aftermath: Aftermath,
        tokens: Tokens | None,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        new_id: Callable[[], str],
        jitter: Callable[[], float],
        emit: Emit,
        reach: Reach = nowhere,
    ) -> None:
        self._objects = objects
        self._tables = tables
        self._sessions = sessions
        self._commands = commands
        self._admission = admission
        self._planner = planner
        self._parts = parts
        self._writer = writer
        self._aftermath = aftermath
        self._tokens = tokens
        self._now = now
        self._sleep = sleep
        self._new_id = new_id
        self._jitter = jitter
        self._emit = emit
        self._reach = reach

    async def handle(self, pointer: Pointer, *, order: float) -> MailRecord:
        """The recorded outcome of one mail.

        `order` is its place in ingress order, epoch seconds by one clock. Raises `errors.Transient` (let the pointer come again) and
        `errors.Permanent` (park it).
        """
        raw = await self._raw(pointer)
        judged = await self._admission.judge(pointer, raw)
        mail_id = _mail_id(pointer, judged, raw)
        content = hashlib.sha256(raw).hexdigest()
        if judged.refusal is not None or judged.ignored or judged.project is None:
            return await self._turn_away(pointer, judged, mail_id=mail_id, content=content)
        incoming = Incoming(
            pointer=pointer,
            order=order,
            mail_id=mail_id,
            content=content,
            project=judged.project,
            reading=judged.reading,
            origin=judged.origin(pointer),
            token=self._new_id(),
        )
        return await self._accept(incoming)

    async def fail(self, pointer: Pointer, reason: str) -> None:
        """Record that a mail could not be handled, so that the operator sees it; the raw mail is kept.

        An author who is proven to be who they say is told. A mail that has an outcome keeps it.
        """
        mail_id = ids.digest("unhandled", pointer.recipient.lower(), pointer.key)
        content, judged = "", None
        try:
            raw = await self._raw(pointer)
            content, judged = hashlib.sha256(raw).hexdigest(), await self._admission.judge(pointer, raw)
            if await self._sessions.mail(_mail_id(pointer, judged, raw)) is not None:
                return
        except Exception as error:  # what broke the handling may break this too; then nobody can be told
            text = f"its author is not told: {type(error).__name__}: {error}"
            self._emit(Event("mail.untold", self._now(), text, {"mail_id": mail_id}))
        record = self._record(
            pointer,
            mail_id=mail_id,
            content=content,
            outcome=Outcome.FAILED,
            reason=reason[:500],
            token=self._new_id(),
        )
        if judged is not None and judged.authenticated and judged.project is not None:
            facts = {"error": _UNHANDLED, "hint": _UNHANDLED_HINT}
            await self._answer(pointer, judged, record, templates.Kind.FAILED, facts)
        elif await self._sessions.write_record(record):
            self._say("mail.failed", f"mail could not be handled: {reason}", record)

    async def _raw(self, pointer: Pointer) -> bytes:
        try:
            return await self._objects.get(pointer.key, bucket=pointer.bucket, most=limits.MAIL_BYTES)
        except errors.Refused as refused:
            raise errors.Unreadable(f"raw mail {pointer.key}: {refused.message}") from refused

    # ── accept ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _accept(self, incoming: Incoming) -> MailRecord:
        attachments = await self._planner.keep_attachments(incoming.mail_id, incoming.reading)
        salt = 0
        plan: Plan | None = None
        held: set[str] = set()
        keys = self._keys(incoming)
        for attempt in range(limits.ACCEPT_TRIES):
            record, aliases = await self._sessions.lookup(incoming.mail_id, list(keys))
            if record is not None and plan is not None and record.token == incoming.token:
                return self._done(
                    plan
                )  # our own write, whose answer was lost: what follows from it is still to be done
            if record is not None:
                return self._again(record, incoming)
            session, trace = await self._session(incoming, keys, {k: a.session_id for k, a in aliases.items()})
            head = await self._commands.get(session.head) if session and session.head else None
            standing = Standing(
                session=session,
                head=head,
                taken=frozenset(aliases) | held,
                trace=trace,
                salt=salt,
                attachments=attachments,
            )
            plan = await self._planner.plan(incoming, standing)
            self._reach("mail.planned")
            try:
                await self._tables.transact(plan.writes)
            except errors.ConditionFailed as failed:
                if session is None and plan.session_write in failed.items:
                    salt += 1  # another mail's thread has this very id
                # An alias that is another session's is left out: a mail or a reply is worth more than a name for it.
                held |= {key for index in failed.items if (key := self._sessions.alias_in(plan.writes[index]))}
            except errors.TransactionBusy:
                pass  # two transactions met on one session: the loser plans again from what stands then
            else:
                return self._done(plan)
            await self._sleep(min(1.0, 0.02 * 2**attempt) * (0.5 + self._jitter()))
        raise errors.TransactionBusy(f"the session of mail {incoming.mail_id} stayed contended")

    def _keys(self, incoming: Incoming) -> dict[str, str]:
        """Alias key → what it is, in the order to try. Its own id comes last: an answer to it may have been here first."""
        named = incoming.reading.thread_keys
        if len(named) > _KEYS:
            named = (
                *named[: _KEYS - 1],
                named[-1],
            )  # the oldest references go; Outlook's index, which stands last, stays
        own = incoming.origin.message_id
        wanted = [key for key in (*named, *([own] if own else [])) if is_alias(key)]
        return {alias_key(incoming.project.name, key): key for key in wanted}

    async def _session(
        self, incoming: Incoming, keys: dict[str, str], found: dict[str, str]
    ) -> tuple[Session | None, tuple[str, ...]]:
        """The session that the mail belongs to, and why; None begins one.

        In this order: the token of the envelope recipient, the mail's thread keys, its own id, the markers in the quoted text. Never the
        subject.
        """
        trace: list[str] = []
        seen: dict[str, Session | None] = {}
        for shown, session_id, proof in self._candidates(incoming, keys, found):
            if session_id is None:
                trace.append(f"{shown}: unknown")
                continue
            if session_id not in seen:
                seen[session_id] = await self._sessions.get(session_id)
            session = seen[session_id]
            if session is None:
                trace.append(f"{shown}: names session {session_id}, which is not there")
            elif not session.belongs_to(incoming.origin.author):
                trace.append(f"{shown}: names session {session_id}, in which the sender has no part")
                self._foreign(incoming, session_id)
            elif proof is not None and not (
                self._tokens and self._tokens.proves(proof, session_id, incoming.origin.author)
            ):
                trace.append(f"{shown}: names session {session_id}, but is not ours")
                self._foreign(incoming, session_id)
            else:
                trace.append(f"{shown}: session {session_id}")
                return session, tuple(trace)
        trace.append("a new session")
        return None, tuple(trace)

    def _candidates(
        self, incoming: Incoming, keys: dict[str, str], found: dict[str, str]
    ) -> list[tuple[str, str | None, str | None]]:
        """`(what is shown, session id if known, token to prove)` in the order to try."""
        first: list[tuple[str, str]] = []
        last: list[tuple[str, str]] = []
        if self._tokens is not None:
            newest = incoming.reading.newest
            quoted = newest.quoted if newest else ""
            first, last = self._tokens.candidates(incoming.project.name, incoming.pointer.recipient, quoted)
        return [
            *(("answer address", session_id, given) for given, session_id in first),
            *((shown, found.get(key), None) for key, shown in keys.items()),
            *(("footer marker", session_id, given) for given, session_id in last),
        ]

    def _foreign(self, incoming: Incoming, session_id: str) -> None:
        text = "a sender answered in a thread of another owner; it is no match"
        facts = {"session_id": session_id, "mail_id": incoming.mail_id}
        self._emit(Event("security.foreign_session", self._now(), text, facts))

    def _done(self, plan: Plan) -> MailRecord:
        self._reach("mail.recorded")
        for reply in plan.replies:
            self._aftermath.reply(reply)
        self._say(f"mail.{plan.record.outcome.value}", plan.text, plan.record)
        if plan.command is not None and not plan.command.state.terminal and plan.session is not None:
            self._aftermath.accepted(plan.command, plan.session, plan.superseded)
        elif plan.stops and plan.session is not None:
            self._aftermath.stopped(plan.session, plan.record.mail_id)
        self._reach("mail.announced")
        return plan.record

    # ── turn away ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _turn_away(self, pointer: Pointer, judged: Judgement, *, mail_id: str, content: str) -> MailRecord:
        mail = judged.reading.mail
        record = self._record(
            pointer,
            mail_id=mail_id,
            content=content,
            outcome=Outcome.IGNORED if judged.ignored else Outcome.REFUSED,
            reason=judged.reason,
            token=self._new_id(),
            message_id=mail.message_id if mail else None,
            author=judged.reading.author.address if judged.reading.author else None,
            subject=mail.subject if mail else "",
        )
        kind = templates.REFUSALS.get(judged.refusal) if judged.refusal else None
        if kind is None or not judged.authenticated:
            if await self._sessions.write_record(record):
                self._say(f"mail.{record.outcome.value}", f"mail {record.outcome.value}: {judged.reason}", record)
            return record
        return await self._answer(
            pointer, judged, record, kind, {"detail": judged.reason, "address": pointer.recipient}
        )

    async def _answer(
        self, pointer: Pointer, judged: Judgement, record: MailRecord, kind: templates.Kind, facts: dict[str, str]
    ) -> MailRecord:
        """Record an outcome together with the reply that tells it; the record that stands then."""
        reply = self._writer.write(
            reply_id=f"{record.mail_id}#{record.outcome.value}",
            kind=kind,
            facts=facts,
            origin=judged.origin(pointer),
            mail_id=record.mail_id,
        )
        record = record.model_copy(update={"reply_id": reply.reply_id})
        try:
            await self._tables.transact([self._sessions.record(record), *self._parts.reply(reply)])
        except errors.ConditionFailed as failed:
            stands = await self._sessions.mail(record.mail_id)
            if stands is None:
                raise errors.TransactionBusy(f"the answer to mail {record.mail_id} stayed contended") from failed
            if stands.token != record.token:
                return stands
        self._reach("refusal.recorded")
        self._aftermath.reply(reply)
        self._say(f"mail.{record.outcome.value}", f"mail {record.outcome.value}: {record.reason}", record)
        return record

    def _again(self, record: MailRecord, incoming: Incoming) -> MailRecord:
        if record.token != incoming.token:
            other = record.content and record.content != incoming.content
            what = "the same Message-ID with other text" if other else "a second copy"
            name = "security.changed_copy" if other else "mail.duplicate"
            self._say(name, f"{what} of a mail that is recorded; nothing is done", record)
        return record

    def _record(
        self,
        pointer: Pointer,
        *,
        mail_id: str,
        content: str,
        outcome: Outcome,
        reason: str,
        token: str,
        **more: str | None,
    ) -> MailRecord:
        now = self._now()
        return MailRecord(
            mail_id=mail_id,
            key=pointer.key,
            bucket=pointer.bucket,
            content=content,
            recipient=pointer.recipient,
            ingress=pointer.ingress,
            outcome=outcome,
            reason=reason,
            token=token,
            received_at=pointer.received_at,
            recorded_at=now,
            expires_at=int(now + limits.KEEP_SECONDS),
            message_id=more.get("message_id"),
            author=more.get("author"),
            subject=(more.get("subject") or "")[:300],
        )

    def _say(self, name: str, text: str, record: MailRecord) -> None:
        facts = {
            "mail_id": record.mail_id,
            "session_id": record.session_id,
            "command_id": record.command_id,
            "reason": record.reason,
        }
        self._emit(Event(name, self._now(), text, {k: v for k, v in facts.items() if v}))


def _mail_id(pointer: Pointer, judged: Judgement, raw: bytes) -> str:
    """The id of a mail's record.

    A Message-ID counts only in the hands of somebody who may command the project: otherwise whoever learns one could send a mail under it
    first, and the true one would look like a copy. Copies to two addresses of one project, or to one with a `+detail`, are one mail.
    """
    mail = judged.reading.mail
    known = judged.authenticated and judged.refusal is not errors.Refusal.NOT_AN_OWNER
    if mail is None or judged.project is None or not known:
        return ids.mail_id(pointer.recipient, None, raw)
    return ids.mail_id(judged.project.name, mail.message_id, raw)
