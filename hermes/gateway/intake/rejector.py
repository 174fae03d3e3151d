"""Rejector: records mails that are refused, ignored or could not be handled, each with its reply, if it has one."""

from __future__ import annotations

from hermes import errors, ids
from hermes.aws.records.stores import Stores
from hermes.domain.effects import Effects, SendReply
from hermes.domain.env import Env
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer
from hermes.domain.reply_facts import RefusedMail, ReplyKind, Report, Stopped
from hermes.gateway.intake.admission import Judgement
from hermes.gateway.intake.bounces import Bounces
from hermes.gateway.intake.mail_outcomes import MailOutcomes
from hermes.gateway.intake.plan import Parts
from hermes.gateway.replies.postmaster import Postmaster
from hermes.gateway.replies.replies import ReplyWriter
from hermes.mail.authenticate import trust
from hermes.mail.write import templates


class Rejector:
    """Writes record and reply in one transaction; the caller starts the reply."""

    def __init__(
        self,
        *,
        stores: Stores,
        parts: Parts,
        writer: ReplyWriter,
        outcomes: MailOutcomes,
        bounces: Bounces,
        postmaster: Postmaster,
        env: Env,
    ) -> None:
        self._tables = stores.tables
        self._sessions = stores.sessions
        self._parts = parts
        self._writer = writer
        self._outcomes = outcomes
        self._bounces = bounces
        self._postmaster = postmaster
        self._env = env

    async def turn_away(
        self, pointer: Pointer, judged: Judgement, *, mail_id: str, content: str
    ) -> tuple[MailRecord, Effects]:
        """Record that a mail is refused or ignored, with a reply if its author may be answered."""
        judged = await self._bounces.matched(pointer, judged) if judged.ignored else judged
        mail = judged.reading.mail
        record = self._outcomes.record(
            pointer,
            mail_id=mail_id,
            content=content,
            outcome=Outcome.IGNORED if judged.ignored else Outcome.REFUSED,
            reason=judged.reason,
            token=self._env.new_id(),
            message_id=mail.message_id if mail else None,
            author=judged.reading.author.address if judged.reading.author else None,
            subject=mail.subject if mail else "",
        )
        if judged.project is None and self._postmaster.takes(pointer.recipient):
            return await self._send_on(pointer, record)
        kind = templates.REFUSALS.get(judged.refusal) if judged.refusal else None
        if kind is ReplyKind.NO_TEXT:
            kind = templates.WITHOUT_TEXT[judged.reading.instead]
        if kind is None or not judged.authenticated:
            return await self._outcomes.aside(record, f"mail.{record.outcome.value}"), ()
        reply_id = f"{mail_id}#{record.outcome.value}"
        if judged.refusal in trust.DOUBTFUL and judged.evidence.marks:
            # Somebody who has one signed mail can change the rest of it and send it endlessly: its author is told once.
            reply_id = f"{ids.digest('doubt', kind.value, *judged.evidence.marks)}#{record.outcome.value}"
        if kind in templates.REJECTIONS:
            # One a day for each sender and kind: all refusals of the day share the row of the first.
            day = str(int(self._env.now() // 86400))
            reply_id = (
                f"{ids.digest('rejection', (record.author or '').lower(), kind.value, day)}#{record.outcome.value}"
            )
        brought = judged.reading.mail.attachments if judged.reading.mail and kind is ReplyKind.ONLY_FILES else ()
        facts = RefusedMail(kind=kind, attachment=judged.attachment, attachments=tuple(one.name for one in brought))
        return await self._answer(pointer, judged, record, facts, reply_id)

    async def _send_on(self, pointer: Pointer, record: MailRecord) -> tuple[MailRecord, Effects]:
        """Record a mail to the postmaster together with the mail that brings it to the operator."""
        told = {"outcome": Outcome.IGNORED, "reason": "for the postmaster; set mail.postmaster to have it sent on"}
        record = record.model_copy(update=told)
        reply = await self._postmaster.write(pointer, record)
        if reply is None:
            return await self._outcomes.aside(record, "mail.ignored"), ()
        told = {"reason": "for the postmaster, sent on to the operator", "reply_id": reply.reply_id}
        record = record.model_copy(update=told)
        try:
            await self._tables.transact([self._sessions.record(record), *self._parts.reply(reply)])
        except errors.ConditionFailed:
            return await self._sessions.mail(record.mail_id) or record, ()
        self._outcomes.say("mail.ignored", f"mail ignored: {record.reason}", record)
        return record, (SendReply(reply),)

    async def _answer(
        self,
        pointer: Pointer,
        judged: Judgement,
        record: MailRecord,
        facts: RefusedMail,
        reply_id: str,
    ) -> tuple[MailRecord, Effects]:
        """Record an outcome with its reply, unless the reply is in the outbox already; returns the current record."""
        (reply,) = self._writer.write(
            reply_id=reply_id,
            facts=facts,
            origin=judged.origin(pointer),
            mail_id=record.mail_id,
        )
        record = record.model_copy(update={"reply_id": reply.reply_id})
        try:
            await self._tables.transact([self._sessions.record(record), *self._parts.reply(reply)])
        except errors.ConditionFailed as failed:
            current = await self._sessions.mail(record.mail_id)
            if current is None and 0 not in failed.items:
                told = {"reply_id": None, "reason": f"{record.reason} (the sender was told so before)"[:500]}
                return await self._outcomes.aside(record.model_copy(update=told), f"mail.{record.outcome.value}"), ()
            if current is None:
                raise errors.TransactionBusy(f"the answer to mail {record.mail_id} stayed contended") from failed
            if current.token != record.token:
                return current, ()
        self._env.crash_point("refusal.recorded")
        self._outcomes.say(f"mail.{record.outcome.value}", f"mail {record.outcome.value}: {record.reason}", record)
        return record, (SendReply(reply),)

    async def tell_failed(self, pointer: Pointer, judged: Judgement, record: MailRecord) -> Effects:
        """Add the reply to the record of a mail that could not be handled."""
        (reply,) = self._writer.write(
            reply_id=f"{record.mail_id}#{record.outcome.value}",
            facts=Stopped(kind=ReplyKind.FAILED, report=Report(fault=errors.Fault.INTERNAL)),
            origin=judged.origin(pointer),
            mail_id=record.mail_id,
        )
        await self._tables.transact([self._sessions.answered(record, reply.reply_id), *self._parts.reply(reply)])
        return (SendReply(reply),)
