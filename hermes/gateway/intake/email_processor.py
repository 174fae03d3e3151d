"""EmailProcessor: one mail becomes one recorded outcome, in one transaction.

Read and judge, find the session, place the command, commit; only then is a reply sent. If the process dies before the transaction,
the pointer comes again; if it dies after it, the record shows that the mail was handled, and the sweeper does what is still due.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

from hermes import errors, ids, logs
from hermes.aws.records.stores import Stores
from hermes.domain import trace
from hermes.domain.effects import Effects
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer
from hermes.gateway.intake import raw_mail
from hermes.gateway.intake.acceptor import Acceptor
from hermes.gateway.intake.admission import Admission, Judgement
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.mail_outcomes import MailOutcomes
from hermes.gateway.intake.plan import Plan
from hermes.gateway.intake.rejector import Rejector
from hermes.gateway.results.pending_results import PendingResults
from hermes.mail.authenticate import trust


class FollowUps(Protocol):
    """Starts the effects of committed transactions. The records imply them too, so a lost effect is done later."""

    def start(self, effects: Effects) -> None:
        """Start them; returns at once."""


class EmailProcessor:
    """Handles pointers, any number at the same time."""

    def __init__(
        self,
        *,
        stores: Stores,
        admission: Admission,
        acceptor: Acceptor,
        rejector: Rejector,
        outcomes: MailOutcomes,
        follow_ups: FollowUps,
        pending: PendingResults,
        env: Env,
    ) -> None:
        self._objects: raw_mail.MailObjects = stores.objects
        self._sessions = stores.sessions
        self._holds = stores.holds
        self._admission = admission
        self._acceptor = acceptor
        self._rejector = rejector
        self._outcomes = outcomes
        self._follow_ups = follow_ups
        self._pending = pending
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
        judged = await self._unless_blocked(judged)
        judged, looked = await self._acceptor.look(judged, mail_id)
        if judged.refusal is not None or judged.ignored or judged.project is None:
            return await self._turn_away(pointer, judged, mail_id=mail_id, content=judged.content)
        self._pending.announce()
        incoming = Incoming(
            pointer=pointer,
            order=order,
            mail_id=mail_id,
            content=judged.content,
            marks=judged.evidence.marks,
            project=judged.project,
            reading=judged.reading,
            origin=judged.origin(pointer),
            author=judged.participant,
            token=self._env.new_id(),
        )
        record, plan = await self._acceptor.accept(incoming, looked)
        return record if plan is None else self._done(plan, incoming)

    async def _unless_blocked(self, judged: Judgement) -> Judgement:
        """Refused without an answer where an operator has blocked the author."""
        author = judged.reading.author
        if author is None or judged.ignored or judged.project is None:
            return judged
        held = (await self._holds.now()).blocked(author.address)
        if held is None:
            return judged
        reason = f"the sender is blocked by {held.by}" + (f": {held.reason}" if held.reason else "")
        return dataclasses.replace(
            judged, refusal=errors.Refusal.NOT_AN_OWNER, authenticated=False, reason=reason[:500]
        )

    async def refuse(self, pointer: Pointer, reason: str) -> MailRecord:
        """Refuse a mail whose author is not proven, without a reply; the raw mail is kept."""
        judged = await self._admission.named(pointer, await self._raw(pointer))
        judged = dataclasses.replace(judged, refusal=errors.Refusal.NOT_AUTHENTICATED, reason=reason)
        return await self._turn_away(pointer, judged, mail_id=_mail_id(pointer, judged), content="")

    async def fail(self, pointer: Pointer, reason: str) -> None:
        """Record that a mail could not be handled, so that the operator sees it; the raw mail is kept.

        The record is written first, and once: what broke the handling may break this process again. Then the author is told, if they are
        proven. A mail that has an outcome keeps it.
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
        except Exception as error:  # what broke the handling may break this too; then the author is not told
            text = f"its author is not told: {type(error).__name__}: {error}"
            self._env.emit(Event("mail.untold", self._env.now(), text, {"mail_id": record.mail_id}))

    async def _tell(self, pointer: Pointer, record: MailRecord) -> None:
        """Tell the author of a mail that is recorded as failed, as far as its header shows who they are."""
        judged = await self._admission.known(pointer, await self._raw(pointer))
        if not judged.authenticated or judged.project is None or judged.reading.author is None:
            return
        if await self._sessions.mail(_mail_id(pointer, judged)) is not None:
            return  # another delivery of the same mail was handled
        self._follow_ups.start(await self._rejector.tell_failed(pointer, judged, record))

    async def _is_handled(self, pointer: Pointer) -> bool:
        """Whether this delivery has an outcome: the process died after recording it and before deleting the message."""
        try:
            judged = await self._admission.named(pointer, await self._raw(pointer))
        except errors.HermesError:
            return False
        ids_of = {_mail_id(pointer, judged), _mail_id(pointer, dataclasses.replace(judged, authenticated=True))}
        records = [await self._sessions.mail(one) for one in ids_of]
        return any(record is not None and record.key == pointer.key for record in records)

    async def _raw(self, pointer: Pointer) -> raw_mail.RawMail:
        return await raw_mail.fetch(self._objects, pointer)

    def _done(self, plan: Plan, incoming: Incoming) -> MailRecord:
        self._env.crash_point("mail.recorded")
        asked = incoming.reading.instruction
        self._outcomes.say(
            f"mail.{plan.record.outcome.value}",
            plan.text,
            plan.record,
            intent=asked.intent.value if asked is not None else None,
            project=incoming.project.name,
        )
        if plan.over is not None:
            self._outcomes.say("share.full", f"a share is used up: {plan.over.measure.value}", plan.record)
        self._follow_ups.start(plan.effects)
        self._env.crash_point("mail.announced")
        return plan.record

    async def _turn_away(self, pointer: Pointer, judged: Judgement, *, mail_id: str, content: str) -> MailRecord:
        record, effects = await self._rejector.turn_away(pointer, judged, mail_id=mail_id, content=content)
        self._follow_ups.start(effects)
        return record


def _mail_id(pointer: Pointer, judged: Judgement) -> str:
    """The id of a mail's record.

    A Message-ID counts only on mail of somebody who may command the project: otherwise anybody who learns one could send a mail with it
    first, and the true one would look like a copy. Copies to two addresses of one project, or to one with a `+detail`, are one mail.
    """
    mail = judged.reading.mail
    doubtful = judged.refusal in trust.DOUBTFUL or judged.refusal is errors.Refusal.NOT_AN_OWNER
    known = judged.authenticated and not doubtful
    if mail is None or judged.project is None or not known:
        return ids.mail_id(pointer.recipient, None, judged.raw_digest)
    return ids.mail_id(judged.project.name, mail.message_id, judged.raw_digest)
