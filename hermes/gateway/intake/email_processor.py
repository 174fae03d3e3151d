"""EmailProcessor: one mail becomes one recorded outcome, in one transaction.

Read and judge, find the session, place the command, commit; only then is anybody told. If the process dies before the transaction,
the pointer comes again; if it dies after it, the record shows that the mail was handled and the sweeper does what the record owes.
"""

from __future__ import annotations

import dataclasses
from typing import Final, Protocol

from hermes import errors, ids, logs
from hermes.aws.records.stores import Stores
from hermes.domain import trace
from hermes.domain.effects import Effects, SendReply
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer
from hermes.domain.threads import Alias
from hermes.gateway.intake import raw_mail
from hermes.gateway.intake.admission import Admission, Judgement
from hermes.gateway.intake.bounces import Bounces
from hermes.gateway.intake.duplicates import Duplicates
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.mail_outcomes import MailOutcomes
from hermes.gateway.intake.plan import Parts, Plan, Standing
from hermes.gateway.intake.planner import Planner
from hermes.gateway.intake.thread_search import ThreadSearch
from hermes.gateway.replies.replies import ReplyWriter, content_key, signature_key
from hermes.gateway.results.pending_results import PendingResults
from hermes.mail.authenticate import trust
from hermes.mail.write import templates

#: Times a gateway builds an accepting transaction again after losing a race.
ACCEPT_TRIES: Final = 12

#: What the records held when a mail was first looked up.
_Looked = tuple[MailRecord | None, dict[str, Alias]]
_UNHANDLED = "Your message could not be handled, because of an error on our side. Nothing was changed."
_UNHANDLED_HINT = "Whoever runs Hermes for you can see it. Please send it again later."


class FollowUps(Protocol):
    """Carries out what committed transactions owe; the records owe it too, so nothing is lost if this is."""

    def start(self, effects: Effects) -> None:
        """Begin to; returns at once."""


class EmailProcessor:
    """Handles one pointer at a time; any number may be under way."""

    def __init__(
        self,
        *,
        stores: Stores,
        admission: Admission,
        planner: Planner,
        parts: Parts,
        writer: ReplyWriter,
        follow_ups: FollowUps,
        search: ThreadSearch,
        bounces: Bounces,
        outcomes: MailOutcomes,
        copies: Duplicates,
        pending: PendingResults,
        env: Env,
    ) -> None:
        self._objects = stores.objects
        self._tables = stores.tables
        self._sessions = stores.sessions
        self._commands = stores.commands
        self._admission = admission
        self._planner = planner
        self._parts = parts
        self._writer = writer
        self._follow_ups = follow_ups
        self._search = search
        self._bounces = bounces
        self._pending = pending
        self._outcomes = outcomes
        self._copies = copies
        self._env = env

    async def handle(self, pointer: Pointer, *, order: float) -> MailRecord:
        """The recorded outcome of one mail.

        `order` is its place in ingress order, epoch seconds by one clock. Raises `errors.Transient` (let the pointer come again) and
        `errors.Permanent` (park it).
        """
        async with self._admission.judge(pointer, await self._raw(pointer)) as judged:
            mail_id = _mail_id(pointer, judged)
            with logs.bound(mail_id=mail_id, trace_id=trace.of_mail(mail_id)):
                return await self._handle(pointer, order, judged, mail_id)

    async def _handle(self, pointer: Pointer, order: float, judged: Judgement, mail_id: str) -> MailRecord:
        said = judged.content
        looked: _Looked | None = None
        if judged.project is not None and judged.may_answer:
            keys = self._search.keys(judged.project.name, judged.reading.thread_keys, judged.message_id)
            known = _known_by(judged.project.name, said, judged.evidence.marks)
            looked = await self._sessions.lookup(mail_id, [*keys, *known])
            judged = await self._search.with_our_words(judged, keys, looked[1])
        if judged.refusal is not None or judged.ignored or judged.project is None:
            judged = await self._bounces.matched(pointer, judged) if judged.ignored else judged
            return await self._turn_away(pointer, judged, mail_id=mail_id, content=said)
        self._pending.announce()
        incoming = Incoming(
            pointer=pointer,
            order=order,
            mail_id=mail_id,
            content=said,
            marks=judged.evidence.marks,
            project=judged.project,
            reading=judged.reading,
            origin=judged.origin(pointer),
            token=self._env.new_id(),
        )
        return await self._accept(incoming, looked)

    async def refuse(self, pointer: Pointer, reason: str) -> MailRecord:
        """Refuse a mail whose author nothing vouches for, without a word to anybody; the raw mail is kept."""
        judged = await self._admission.named(pointer, await self._raw(pointer))
        judged = dataclasses.replace(judged, refusal=errors.Refusal.NOT_AUTHENTICATED, reason=reason)
        return await self._turn_away(pointer, judged, mail_id=_mail_id(pointer, judged), content="")

    async def fail(self, pointer: Pointer, reason: str) -> None:
        """Record that a mail could not be handled, so that the operator sees it; the raw mail is kept.

        Recorded first, and only once: whatever broke the handling may break this process again. Then an author who is proven to be who
        they say is told. A mail that has an outcome keeps it.
        """
        record = self._outcomes.record(
            pointer,
            mail_id=ids.digest("unhandled", pointer.recipient.lower(), pointer.key),
            content="",
            outcome=Outcome.FAILED,
            reason=reason[:500],
            token=self._env.new_id(),
        )
        if await self._sessions.mail(record.mail_id) is not None or await self._is_handled(pointer):
            return
        if not await self._sessions.write_record(record):
            return
        self._outcomes.say("mail.failed", f"mail could not be handled: {reason}", record)
        self._env.crash_point("mail.failed")
        try:
            await self._tell(pointer, record)
        except Exception as error:  # what broke the handling may break this too; then nobody can be told
            text = f"its author is not told: {type(error).__name__}: {error}"
            self._env.emit(Event("mail.untold", self._env.now(), text, {"mail_id": record.mail_id}))

    async def _tell(self, pointer: Pointer, record: MailRecord) -> None:
        """Tell the author of a mail that is recorded as failed, by what its header shows of them."""
        judged = await self._admission.known(pointer, await self._raw(pointer))
        if not judged.authenticated or judged.project is None or judged.reading.author is None:
            return
        if await self._sessions.mail(_mail_id(pointer, judged)) is not None:
            return  # another delivery of the same mail was handled
        reply = self._writer.write(
            reply_id=f"{record.mail_id}#{record.outcome.value}",
            kind=templates.ReplyKind.FAILED,
            facts={"error": _UNHANDLED, "hint": _UNHANDLED_HINT},
            origin=judged.origin(pointer),
            mail_id=record.mail_id,
        )
        await self._tables.transact([self._sessions.answered(record, reply.reply_id), *self._parts.reply(reply)])
        self._follow_ups.start((SendReply(reply),))

    async def _is_handled(self, pointer: Pointer) -> bool:
        """Whether this very delivery has an outcome: it was recorded, and the process died before the message was deleted."""
        try:
            judged = await self._admission.named(pointer, await self._raw(pointer))
        except errors.HermesError:
            return False
        ids_of = {_mail_id(pointer, judged), _mail_id(pointer, dataclasses.replace(judged, authenticated=True))}
        records = [await self._sessions.mail(one) for one in ids_of]
        return any(record is not None and record.key == pointer.key for record in records)

    async def _raw(self, pointer: Pointer) -> raw_mail.RawMail:
        return await raw_mail.fetch(self._objects, pointer)

    # ── accept ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _accept(self, incoming: Incoming, looked: _Looked | None) -> MailRecord:
        salt = 0
        plan: Plan | None = None
        held: set[str] = set()
        full: frozenset[str] = frozenset()
        scope = incoming.project.name
        keys = self._search.keys(scope, incoming.reading.thread_keys, incoming.origin.message_id)
        said = content_key(scope, incoming.content)
        known = _known_by(scope, incoming.content, incoming.marks)
        for attempt in range(ACCEPT_TRIES):
            record, aliases = looked or await self._sessions.lookup(incoming.mail_id, [*keys, *known])
            looked = None
            if record is not None and plan is not None and record.token == incoming.token:
                return self._done(
                    plan
                )  # our own write, whose answer was lost: what follows from it is still to be done
            if record is not None:
                return await self._copies.again(record, incoming)
            if (twin := self._copies.among(aliases, said, incoming)) is not None:
                return await self._copies.twin(twin, incoming)
            if (first := self._copies.signed(aliases, incoming)) is not None:
                return await self._copies.replayed(first, incoming)
            session, trace = await self._search.session(incoming, keys, aliases)
            head = await self._commands.get(session.head) if session and session.head else None
            if head is not None and head.mail_id == incoming.mail_id:
                continue  # a copy was recorded since the look: it would take the place of itself; the next look finds its record
            standing = Standing(
                session=session,
                head=head,
                taken=frozenset(aliases) | held,
                trace=trace,
                salt=salt,
                attachments=await self._planner.keep_attachments(incoming, session, salt),
                level=await self._planner.level(incoming, session),
                full=full,
            )
            plan = await self._planner.plan(incoming, standing)
            self._env.crash_point("mail.planned")
            full = frozenset()
            try:
                await self._tables.transact(plan.writes)
            except errors.ConditionFailed as failed:
                if session is None and plan.session_write in failed.items:
                    salt += 1  # another mail's thread has this very id
                # An alias that is another session's is left out: a mail or a reply is worth more than a name for it.
                held |= {key for index in failed.items if (key := self._sessions.alias_in(plan.writes[index]))}
                full = plan.full(failed.items)
            except errors.TransactionBusy:
                pass  # two transactions met on one session: the loser plans again from what stands then
            else:
                return self._done(plan)
            await self._env.sleep(min(1.0, 0.02 * 2**attempt) * (0.5 + self._env.jitter()))
        raise errors.TransactionBusy(f"the session of mail {incoming.mail_id} stayed contended")

    def _done(self, plan: Plan) -> MailRecord:
        self._env.crash_point("mail.recorded")
        self._outcomes.say(f"mail.{plan.record.outcome.value}", plan.text, plan.record)
        if plan.over is not None:
            self._outcomes.say("share.full", f"a share is used up: {plan.over.measure.value}", plan.record)
        self._follow_ups.start(plan.effects)
        self._env.crash_point("mail.announced")
        return plan.record

    # ── turn away ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _turn_away(self, pointer: Pointer, judged: Judgement, *, mail_id: str, content: str) -> MailRecord:
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
        kind = templates.REFUSALS.get(judged.refusal) if judged.refusal else None
        if kind is None or not judged.authenticated:
            return await self._outcomes.aside(record, f"mail.{record.outcome.value}")
        reply_id = f"{mail_id}#{record.outcome.value}"
        if judged.refusal in trust.DOUBTFUL and judged.evidence.marks:
            # Who has one signed mail can change the rest of it and send it without end: its author is told once.
            reply_id = f"{ids.digest('doubt', kind.value, *judged.evidence.marks)}#{record.outcome.value}"
        if kind in templates.REJECTIONS:
            # One a day for each sender and kind, whatever is sent: the row of the first is the row of all.
            day = str(int(self._env.now() // 86400))
            reply_id = (
                f"{ids.digest('rejection', (record.author or '').lower(), kind.value, day)}#{record.outcome.value}"
            )
        facts = {"detail": judged.reason, "address": pointer.recipient, **judged.facts}
        return await self._answer(pointer, judged, record, kind, facts, reply_id)

    async def _answer(
        self,
        pointer: Pointer,
        judged: Judgement,
        record: MailRecord,
        kind: templates.ReplyKind,
        facts: dict[str, str],
        reply_id: str,
    ) -> MailRecord:
        """Record an outcome together with the reply that tells it, unless it stands in the outbox; the record that stands then."""
        reply = self._writer.write(
            reply_id=reply_id,
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
            if stands is None and 0 not in failed.items:
                told = {"reply_id": None, "reason": f"{record.reason} (the sender was told so before)"[:500]}
                return await self._outcomes.aside(record.model_copy(update=told), f"mail.{record.outcome.value}")
            if stands is None:
                raise errors.TransactionBusy(f"the answer to mail {record.mail_id} stayed contended") from failed
            if stands.token != record.token:
                return stands
        self._env.crash_point("refusal.recorded")
        self._follow_ups.start((SendReply(reply),))
        self._outcomes.say(f"mail.{record.outcome.value}", f"mail {record.outcome.value}: {record.reason}", record)
        return record


def _known_by(scope: str, said: str, marks: tuple[str, ...]) -> list[str]:
    """The keys by which a copy of the mail would be known."""
    return [content_key(scope, said), *(signature_key(scope, mark) for mark in marks)]


def _mail_id(pointer: Pointer, judged: Judgement) -> str:
    """The id of a mail's record.

    A Message-ID counts only in the hands of somebody who may command the project: otherwise whoever learns one could send a mail under it
    first, and the true one would look like a copy. Copies to two addresses of one project, or to one with a `+detail`, are one mail.
    """
    mail = judged.reading.mail
    doubtful = judged.refusal in trust.DOUBTFUL or judged.refusal is errors.Refusal.NOT_AN_OWNER
    known = judged.authenticated and not doubtful
    if mail is None or judged.project is None or not known:
        return ids.mail_id(pointer.recipient, None, judged.raw_digest)
    return ids.mail_id(judged.project.name, mail.message_id, judged.raw_digest)
