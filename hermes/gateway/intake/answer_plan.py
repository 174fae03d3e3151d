"""The plans of mails that start nothing: control words, and commands that a policy or a share refuses."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from hermes import errors, ids
from hermes.aws import tables
from hermes.aws.records.stores import Stores
from hermes.domain.commands import Command, Origin, WorkStep
from hermes.domain.decisions.shares import ShareLimit
from hermes.domain.env import Env
from hermes.domain.mails import Outcome
from hermes.domain.reply_facts import Elsewhere, Nothing, PolicyNote, PolicySet, RefusedMail, ReplyFacts, ReplyKind
from hermes.domain.request import Intent, Policy
from hermes.domain.sessions import Session
from hermes.gateway.commands import status
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.plan import Parts, Plan, Standing
from hermes.gateway.replies.replies import ReplyWriter
from hermes.mail.read import signals
from hermes.mail.write import templates

#: Commands of other threads that an answer names.
_ELSEWHERE: Final = 5
#: Open commands of people whose container has the same name that are looked at.
_LOOKED_AT: Final = 20


class AnswerPlanner:
    """Plans `status`, `stop` and refusals by policy and share."""

    def __init__(self, *, stores: Stores, parts: Parts, writer: ReplyWriter, env: Env) -> None:
        self._parts = parts
        self._sessions = stores.sessions
        self._commands = stores.commands
        self._active = stores.active_jobs
        self._writer = writer
        self._env = env

    async def status(self, incoming: Incoming, standing: Standing) -> Plan:
        """Answer what runs, what waits and what was done, at once."""
        session = standing.session
        found = await self._commands.of_session(session.session_id, most=10) if session else []
        keys = self._keys(incoming, session)
        steps = await self._steps(keys)
        facts = status.of(
            session,
            found,
            standing.level,
            elsewhere=await self._elsewhere(incoming, session, keys, steps),
            steps=steps,
            is_theirs=lambda author: self._parts.same_person(author, incoming.origin.author),
        )
        return self.answer(incoming, standing, facts, "status", "status asked for")

    async def stop(self, incoming: Incoming, standing: Standing) -> Plan:
        """Raise the watermark over all commands of the session; the stopped command's reply is the answer.

        A `stop` that arrives after a newer mail leaves that mail's command alone, and stops older ones.
        """
        session, head = standing.session, standing.head
        if session is None or head is None or not await self._stoppable(session, head, incoming.order):
            keys = self._keys(incoming, session)
            others = await self._elsewhere(incoming, session, keys, await self._steps(keys))
            return self.answer(
                incoming,
                standing,
                Nothing(kind=ReplyKind.STOPPED_NOTHING, elsewhere=others),
                "stop",
                "stop asked for; nothing was running",
                after=self._remember(incoming, session),
            )
        now = self._env.now()
        seq = session.seq + 1
        upto = seq if incoming.order >= session.head_order else max(head.seq, session.interrupt_upto)
        order = max(session.stop_order, incoming.order)
        by = incoming.origin.author if order == incoming.order else session.stop_author
        told = {"interrupt_upto": upto, "stop_order": order, "stop_author": by}
        after = self._parts.joined(incoming, session).model_copy(update={"seq": seq, "updated_at": now, **told})
        record = self._parts.record(incoming, Outcome.CONTROL, "stop", standing, session.session_id)
        writes: list[tables.Write] = [self._sessions.record(record), self._sessions.advance(session, after)]
        writes += self._parts.aliases(incoming, session.session_id, standing)
        return Plan(
            record=record,
            writes=tuple(writes),
            session_write=1,
            text="stop asked for",
            session=after,
            stops=True,
        )

    def record(self, incoming: Incoming, standing: Standing, intent: Intent) -> Plan:
        """A courtesy and its like: recorded in its thread; nothing runs, nothing stops, and nobody is written to."""
        session = standing.session
        session_id = session.session_id if session else None
        record = self._parts.record(incoming, Outcome.CONTROL, intent.value, standing, session_id)
        writes: list[tables.Write] = [self._sessions.record(record)]
        if session is not None:
            after = self._parts.joined(incoming, session)
            mail = incoming.reading.mail
            if mail is not None and signals.shows_reactions(mail):
                after = after.model_copy(update={"reacts": True})
            writes += self._advanced(session, after)
            writes += self._parts.aliases(incoming, session.session_id, standing)
        else:
            writes += self._parts.once(incoming, standing)
        text = f"a mail that asks for nothing: {intent.value}"
        return Plan(record=record, writes=tuple(writes), session_write=-1, text=text, session=session)

    def say(
        self,
        incoming: Incoming,
        standing: Standing,
        kind: Literal[ReplyKind.HELP, ReplyKind.NOTHING_WAITS, ReplyKind.UNCLEAR],
        reason: str,
        *,
        understood: str = "",
    ) -> Plan:
        """A mail that is answered by a sentence, and changes nothing."""
        facts = Nothing(kind=kind, understood=understood)
        return self.answer(incoming, standing, facts, reason, f"answered: {reason}")

    def _keys(self, incoming: Incoming, session: Session | None) -> tuple[str, ...]:
        """The container keys in which this person's commands of the project run."""
        project = incoming.project
        keys = {ids.container_key(project.client, project.project, incoming.author.person)}
        if session is not None:
            keys.add(session.container_key)  # another person's, where they began the thread
        return tuple(sorted(keys))

    async def _steps(self, keys: Sequence[str]) -> dict[str, WorkStep]:
        """Command id → where it is, of those that run under these keys."""
        jobs = [job for key in keys for job in await self._active.of(key, now=self._env.now())]
        return {job.command_id: WorkStep(job.step) for job in jobs if job.step in set(WorkStep)}

    async def _elsewhere(
        self, incoming: Incoming, session: Session | None, keys: Sequence[str], steps: Mapping[str, WorkStep]
    ) -> tuple[Elsewhere, ...]:
        """What runs or waits for this person in other threads, of this project and of others; eventually consistent."""
        people = {key.rpartition("#")[2] for key in keys}
        timers = [
            one for one in await self._commands.due(before=None) if one.container_key.rpartition("#")[2] in people
        ]
        found = [await self._commands.get(timer.command_id) for timer in timers[:_LOOKED_AT]]
        theirs = [
            one
            for one in found
            if one is not None
            and not one.state.terminal
            and (session is None or one.session_id != session.session_id)
            and self._parts.same_person(one.origin.author, incoming.origin.author)
        ]
        theirs.sort(key=lambda one: one.accepted_at)
        return tuple(
            Elsewhere(instruction=one.title, state=one.state, step=steps.get(one.command_id))
            for one in theirs[:_ELSEWHERE]
        )

    def policy(self, incoming: Incoming, standing: Standing, policy: Policy | None) -> Plan:
        """Set the policy of the thread, or return it to the project's; a newer mail's setting stays."""
        session = standing.session
        if session is None:
            text = "a policy for a thread that has not begun"
            return self.answer(incoming, standing, Nothing(kind=ReplyKind.POLICY_NOWHERE), "policy", text)
        after = self._parts.joined(incoming, session)
        if incoming.order >= session.policy_order:
            changed = {
                "policy": policy,
                "policy_order": incoming.order,
                "seq": session.seq + 1,
                "updated_at": self._env.now(),
            }
            after = after.model_copy(update=changed)
        else:
            policy = session.policy
        facts = PolicySet(policy=PolicyNote(kept=policy or incoming.project.policy, usual=policy is None))
        text = f"the policy of the thread is {policy.value if policy else 'the usual one'}"
        return self.answer(incoming, standing, facts, "policy", text, after=after)

    def _remember(self, incoming: Incoming, session: Session | None) -> Session | None:
        """Nothing runs, but a mail that was sent before this `stop` may still arrive."""
        if session is None or incoming.order <= session.stop_order:
            return None
        told = {"stop_order": incoming.order, "stop_author": incoming.origin.author, "updated_at": self._env.now()}
        return self._parts.joined(incoming, session).model_copy(update=told)

    def _advanced(self, before: Session, after: Session) -> list[tables.Write]:
        if after.participants != before.participants and after.seq == before.seq:
            after = after.model_copy(update={"seq": before.seq + 1})  # two mails at once may both bring somebody in
        return [] if after == before else [self._sessions.advance(before, after)]

    async def _stoppable(self, session: Session, head: Command, order: float) -> bool:
        if order >= session.head_order and not head.state.terminal:
            return True
        found = await self._commands.open_of_session(session.session_id)
        return any(command.command_id != head.command_id for command in found)

    def not_for_readers(self, incoming: Incoming, standing: Standing) -> Plan:
        """A reader asks for a change: what runs continues, and the mail is refused in words."""
        facts = RefusedMail(kind=ReplyKind.NOT_FOR_READERS)
        return self.answer(incoming, standing, facts, "reader", "refused: a reader", refused=True)

    def only_files(self, incoming: Incoming, standing: Standing) -> Plan:
        """Files, and no word of what to do with them."""
        facts = RefusedMail(kind=ReplyKind.ONLY_FILES, attachments=incoming.brought)
        reason = errors.Refusal.NO_TEXT.value
        return self.answer(incoming, standing, facts, reason, "refused: files alone", refused=True)

    def reject(self, incoming: Incoming, standing: Standing) -> Plan:
        """Policy `reject`: the open command continues, and the mail is refused."""
        facts = RefusedMail(kind=ReplyKind.BUSY, open_instruction=standing.head.title if standing.head else "")
        reason = errors.Refusal.BUSY.value
        return self.answer(incoming, standing, facts, reason, "refused: busy", refused=True)

    async def over(self, incoming: Incoming, standing: Standing, limit: ShareLimit) -> Plan:
        """A share is used up: what runs continues, and the mail is refused for the limit."""
        reply_id = None
        if limit.until is not None:
            # Nothing changes until then, so the first mail's answer, by its row, is the answer to all.
            reply_id = f"{ids.digest('share', incoming.author.person, limit.row)}#answer"
        told = reply_id is not None and await self._parts.stands(reply_id)
        reason = f"{limit.reason}{' (the sender was told so)' if told else ''}"
        plan = self.answer(
            incoming,
            standing,
            RefusedMail(kind=templates.SHARES[limit.measure], share=limit),
            reason,
            f"refused: {limit.reason}",
            refused=True,
            reply_id=reply_id,
            told=told,
        )
        return dataclasses.replace(plan, over=limit)

    def answer(
        self,
        incoming: Incoming,
        standing: Standing,
        facts: ReplyFacts,
        reason: str,
        text: str,
        *,
        refused: bool = False,
        reply_id: str | None = None,
        told: bool = False,
        after: Session | None = None,
        to: Origin | None = None,
    ) -> Plan:
        """A plan that answers at once (`told`: the answer was sent before) and starts nothing; `after` is the session as it leaves it.

        `to`: another mail than the one that came, whose author gets the answer; the author of this one gets a copy if others do.
        """
        origin = to or incoming.origin
        session = standing.session
        session_id = session.session_id if session else None
        if session is not None and after is None:
            after = self._parts.joined(incoming, session)
        reply, *copies = self._writer.write(
            reply_id=reply_id or f"{incoming.mail_id}#answer",
            facts=facts,
            origin=origin,
            scope=incoming.project.name,
            session_id=session_id,
            mail_id=incoming.mail_id,
            copies=self._writer.readers(after, facts, origin, also=(incoming.origin.author,) if to is not None else ()),
        )
        outcome = Outcome.REFUSED if refused else Outcome.CONTROL
        record = self._parts.record(incoming, outcome, reason, standing, session_id).model_copy(
            update={"reply_id": None if told else reply.reply_id}
        )
        replies = () if told else (reply, *copies)
        writes: list[tables.Write] = [self._sessions.record(record)]
        if session is not None and after is not None:
            writes += self._advanced(session, after)
        for one in replies:
            writes += self._parts.reply(one, standing)
        if session is not None:
            writes += self._parts.aliases(incoming, session.session_id, standing)
        else:
            writes += self._parts.once(incoming, standing)
        return Plan(record=record, writes=tuple(writes), session_write=-1, text=text, session=session, replies=replies)
